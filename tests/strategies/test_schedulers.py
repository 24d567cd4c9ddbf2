"""What every scheduler keeps, run over all that ship."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from helpers.flaky import Flaky, Tiny
from helpers.histories import control, failed, history_of, small_setting, spread, trial
from helpers.peft_like import PeftLike
from helpers.simulate import setting_of, simulate

from autotune.decision import Answer, Done, Start, Stop, Thaw, Wait
from autotune.history import History
from autotune.objectives import Constraint
from autotune.strategies.base import Launch, Scheduler, Setting
from autotune.strategies.composed import Composed
from autotune.strategies.random_search import RandomSearch
from autotune.strategies.registry import SCHEDULERS
from autotune.trial import FailureKind, TrialKind, TrialState

Make = Callable[[Setting], Scheduler]


def composed(make: Make, setting: Setting) -> Composed:
    return Composed(RandomSearch(setting), make(setting), setting)


def ends(make: Make, setting: Setting) -> tuple[int, ...]:
    """The fidelities that a scheduler may train to: the rungs, or a ladder of its own."""
    return getattr(make(setting), "ladder", setting.levels)


def check(history: History, answer: Answer, levels: tuple[int, ...]) -> None:
    """Whether an answer is one that a scheduler may give."""
    if isinstance(answer, Start):
        assert answer.end in levels
        assert answer.reason
    elif isinstance(answer, Thaw | Stop):
        trial = history.trials[answer.trial]
        assert (trial.state, trial.kind) == (TrialState.PAUSED, TrialKind.SEARCH)
        assert answer.reason
        if isinstance(answer, Thaw):
            assert answer.end in levels
            assert answer.end > trial.examples_seen
    elif isinstance(answer, Wait):
        assert history.running


@pytest.mark.parametrize("make", SCHEDULERS.values(), ids=SCHEDULERS.keys())
class TestEveryScheduler:
    @pytest.mark.parametrize("workers", [1, 3])
    @pytest.mark.parametrize("problem", [PeftLike(), Flaky()], ids=["calm", "flaky"])
    def test_thaws_and_stops_nothing_but_paused_trials(self, make: Make, problem: PeftLike, workers: int) -> None:
        strategy = composed(make, setting_of(problem))
        done = simulate(
            strategy,
            problem,
            workers=workers,
            device_seconds=40_000,
            watch=lambda history, answer: check(history, answer, ends(make, setting_of(problem))),
        )
        assert done.ending == "the budget is spent"
        assert any(t.state is TrialState.COMPLETE for t in done.history.trials.values())

    @pytest.mark.parametrize("workers", [1, 4])
    def test_a_budget_in_trials_ends(self, make: Make, workers: int) -> None:
        problem = Flaky()
        done = simulate(composed(make, setting_of(problem)), problem, workers=workers, trials=30)
        assert len(done.history.trials) == 30
        assert "decisions" not in done.ending
        assert done.ending != "deadlock"
        assert any(t.state is TrialState.COMPLETE for t in done.history.trials.values())

    @pytest.mark.parametrize("workers", [1, 4])
    def test_a_small_space_is_trained_as_far_as_it_deserves(self, make: Make, workers: int) -> None:
        problem = Tiny()
        done = simulate(composed(make, setting_of(problem)), problem, workers=workers)
        assert "exhausted" in done.ending
        assert len(done.history.trials) == 13
        states = {t.state for t in done.history.trials.values()}
        assert TrialState.COMPLETE in states
        assert states <= {TrialState.COMPLETE, TrialState.STOPPED, TrialState.FAILED}

    def test_no_device_idles_while_trials_may_be_launched(self, make: Make) -> None:
        problem = PeftLike()
        answers: list[Answer] = []
        watch = lambda history, answer: answers.append(answer)  # noqa: E731
        simulate(composed(make, setting_of(problem)), problem, workers=5, device_seconds=50_000, watch=watch)
        assert not any(isinstance(answer, Wait | Done) for answer in answers)

    def test_is_a_function_of_the_history(self, make: Make) -> None:
        problem = Flaky()
        setting = setting_of(problem)
        used = composed(make, setting)
        done = simulate(used, problem, workers=2, device_seconds=30_000, seed=5)
        for history, decision in done.decisions[::3]:
            rng = np.random.default_rng([5, decision.number])
            assert composed(make, setting).next(history, rng) == decision.action

    def test_without_launches_there_are_none(self, make: Make) -> None:
        scheduler = make(small_setting())
        assert isinstance(scheduler.next(history_of()), Launch)
        assert isinstance(scheduler.next(history_of(), launching=False), Done)
        running = trial(0, {}, state=TrialState.RUNNING, target=900, bracket=0)
        assert isinstance(scheduler.next(history_of(running), launching=False), Wait)

    def test_controls_and_repeats_are_not_its_own(self, make: Make) -> None:
        others = [control(i, {100: a}, p) for i, (a, p) in enumerate(spread(12))]
        others += [trial(12 + i, {100: 0.9}, kind=TrialKind.REPEAT, repeat_of=0) for i in range(12)]
        assert isinstance(make(small_setting()).next(history_of(*others)), Launch)

    @pytest.mark.parametrize("seen", [0, 40])
    def test_what_was_interrupted_goes_on_before_anything_new(self, make: Make, seen: int) -> None:
        cut = trial(0, {}, examples_seen=seen, bracket=0)
        answer = make(small_setting()).next(history_of(cut))
        assert isinstance(answer, Thaw)
        assert answer.trial == 0
        assert answer.reason.startswith("continued")

    def test_failures_alone_stop_nothing(self, make: Make) -> None:
        gone = [failed(i, kind, bracket=0) for i, kind in enumerate(list(FailureKind) * 2)]
        assert isinstance(make(small_setting()).next(history_of(*gone)), Launch)


@pytest.mark.parametrize("name", sorted(set(SCHEDULERS) - {"fifo"}))
def test_what_breaks_a_bound_on_costs_is_not_trained_on(name: str) -> None:
    """A latency that is too long after 100 examples is too long after 900."""
    setting = replace(small_setting(), constraints=(Constraint.parse("latency_ms<=5"),))
    slow = [trial(i, {100: 0.5 + i / 20}, measured={"latency_ms": 9.0}, bracket=0) for i in range(9)]
    history = history_of(*slow)
    for launching in (True, False):
        answer = SCHEDULERS[name](setting).next(history, launching=launching)
        assert isinstance(answer, Stop | Done if not launching else Stop | Launch)
    fast = trial(9, {100: 0.1}, measured={"latency_ms": 4.0}, bracket=0)
    paused = {t.number for t in slow}
    for _ in range(len(slow) + 1):
        answer = SCHEDULERS[name](setting).next(
            history_of(*(t for t in slow if t.number in paused), fast), launching=False
        )
        if not isinstance(answer, Stop):
            break
        paused.remove(answer.trial)
    assert not isinstance(answer, Thaw) or answer.trial == fast.number
