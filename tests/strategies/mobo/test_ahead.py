"""What is prepared while devices train: when, once, and the same whoever asks."""

from __future__ import annotations

from dataclasses import replace
from threading import Event, Thread

import numpy as np
import pytest
from helpers.cube import LOSS, SIZE, complete, config, history, points, setting, trial

from autotune.aside import in_a_thread, when_asked
from autotune.history import History
from autotune.strategies.mobo import FreezeThaw, Mobo
from autotune.strategies.mobo.ahead import Ahead
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.outlook import Outlook
from autotune.strategies.mobo.threads import one_thread
from autotune.trial import Config, TrialState

MADE = setting((LOSS, SIZE))


def bowl(x: float, y: float) -> dict[str, float]:
    return {"loss": (y - 0.5) ** 2 + 0.2 * (1 - x), "time": x + y}


def past(count: int) -> History:
    """So many trials in full, and two half-way."""
    half = [trial(50 + i, [0.9, 0.4 + i / 10], {1: bowl(0.9, 0.4)}, state=TrialState.PAUSED) for i in range(2)]
    return history(*complete(points(count), bowl), *half)


def marked(now: History, *marks: History) -> History:
    return replace(now, _marks=marks)


def test_it_is_made_of_each_mark_once_and_decisions_use_the_earlier() -> None:
    asked: list[History] = []
    ahead = Ahead(lambda h: asked.append(h) or len(h.trials), lambda work: (lambda found: lambda: found)(work()))
    first, second, third = past(5), past(6), past(7)
    assert ahead.of(past(9)) is None
    assert ahead.of(marked(past(9), first)) is None
    assert [ahead.of(marked(past(9), first, second)) for _ in range(3)] == [7, 7, 7]
    assert ahead.of(marked(past(9), second, third)) == 8
    assert asked == [first, second, third]


def test_two_are_never_made_at_the_same_time() -> None:
    busy: list[bool] = []
    going, go_on = Event(), Event()

    def make(made_of: History) -> int:
        assert not busy
        busy.append(True)
        going.set()
        assert go_on.wait(10)
        busy.clear()
        return len(made_of.trials)

    ahead = Ahead(make, in_a_thread)
    found: list[int | None] = []
    asking = Thread(target=lambda: found.append(ahead.of(marked(past(9), past(5), past(6)))))
    asking.start()
    assert going.wait(10)
    go_on.set()
    asking.join(10)
    assert found == [7]
    assert ahead.of(marked(past(9), past(5), past(6))) == 7


def test_what_went_wrong_aside_is_told_to_the_decision() -> None:
    def make(made_of: History) -> int:
        raise np.linalg.LinAlgError("singular")

    ahead = Ahead(make, in_a_thread)
    with pytest.raises(np.linalg.LinAlgError):
        ahead.of(marked(past(9), past(5), past(6)))


@pytest.mark.parametrize("make", [FreezeThaw, Mobo])
def test_a_decision_is_the_same_however_it_was_prepared(make) -> None:  # type: ignore[no-untyped-def]
    now = marked(past(20), past(14), past(17))

    def asked(strategy) -> object:  # type: ignore[no-untyped-def]
        rng = np.random.default_rng(3)
        return strategy.next(now, rng) if make is FreezeThaw else strategy.suggest(now, rng)

    used = make(replace(MADE, aside=in_a_thread))
    for marks in ((past(12), past(14)), (past(14), past(17))):
        strategy_history = marked(past(18), *marks)
        rng = np.random.default_rng(1)
        used.next(strategy_history, rng) if make is FreezeThaw else used.suggest(strategy_history, rng)
    answers = [asked(used), asked(make(replace(MADE, aside=when_asked))), asked(used)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0] != asked_of_the_present(make)


def asked_of_the_present(make) -> object:  # type: ignore[no-untyped-def]
    strategy, rng = make(MADE), np.random.default_rng(3)
    return strategy.next(past(20), rng) if make is FreezeThaw else strategy.suggest(past(20), rng)


def outlook(made_of: History) -> Outlook:
    return Outlook.of(made_of, MADE, Basis(MADE))


def test_a_narrowed_outlook_weighs_few_candidates_and_what_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autotune.strategies.mobo.outlook._THAWS", 1)
    monkeypatch.setattr("autotune.strategies.mobo.outlook._STARTS", 5)
    before = past(12)
    narrow = outlook(before).narrowed(before, np.random.default_rng(0))
    assert len(narrow.starts) == 5
    (hopeless,) = narrow.hopeless
    assert [t.number for t in narrow.to_thaw(before, [], np.inf, 0)] == [({50, 51} - {hopeless}).pop()]
    further = replace(before.trials[hopeless], examples_seen=2)
    later = replace(before, trials={**before.trials, hopeless: further})
    assert {t.number for t in narrow.to_thaw(later, [], np.inf, 0)} == {50, 51}
    rng = np.random.default_rng(0)
    assert narrow.to_start([], np.inf, 0, lambda c: True, rng)[0] in narrow.starts
    taken: list[Config] = list(narrow.starts)
    fresh = narrow.to_start([], np.inf, 0, lambda c: c not in taken, rng)
    assert fresh
    assert not any(c in taken for c in fresh)


def test_expectations_that_are_remembered_are_those_that_are_asked_for() -> None:
    model = outlook(past(12)).model
    configs = [config(x, 0.5) for x in (0.1, 0.4, 0.8)]
    plain = model.means(configs)
    model.remember(configs[1:])
    assert model.means(configs) == pytest.approx(plain, rel=1e-12)
    assert model.means([]).shape == (0, 2)
    model._remembered[id(configs[2])] = (configs[2], np.array([7.0, 7.0]))
    assert model.means(configs)[2].tolist() == [7.0, 7.0]


def test_the_limit_of_threads_ends_with_the_last_who_computes() -> None:
    from threadpoolctl import threadpool_info

    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    before = threads()
    first, second = one_thread(), one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads() == {1}
    second.__exit__(None, None, None)
    assert threads() == before
