"""Names, levels, and a searcher beside a scheduler."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import numpy as np
import pytest
from helpers.histories import history_of, small_setting, trial
from helpers.peft_like import PeftLike
from helpers.simulate import setting_of, simulate

from autotune.budget import Budget
from autotune.decision import Done, Start, Thaw
from autotune.errors import AutotuneError
from autotune.history import History
from autotune.strategies import Composed, available, check, levels, make_strategy
from autotune.strategies import registry as registry
from autotune.strategies.asha import Asha
from autotune.strategies.mobo import FreezeThaw
from autotune.strategies.registry import parse
from autotune.trial import Config, TrialState

RNG = np.random.default_rng(0)


class Nothing:
    """A searcher with no idea."""

    def suggest(self, history: History, rng: np.random.Generator) -> Config | None:
        return None


def composed() -> Composed:
    setting = small_setting()
    return Composed(Nothing(), Asha(setting), setting)


@pytest.mark.parametrize(
    ("full", "eta", "least", "expected"),
    [
        (81, 3, 1, (1, 3, 9, 27, 81)),
        (81, 3, 2, (3, 9, 27, 81)),
        (8802, 3, 300, (326, 978, 2934, 8802)),
        (100, 4, 100, (100,)),
        (100, 2, 101, (100,)),
        (5, 2, 1, (1, 2, 5)),
        (2, 3, 1, (1, 2)),
        (1, 2, 1, (1,)),
    ],
)
def test_levels(full: int, eta: int, least: int, expected: tuple[int, ...]) -> None:
    assert levels(full, eta, least) == expected


@pytest.mark.parametrize("arguments", [(0, 3, 1), (9, 1, 1), (9, 3, 0)])
def test_levels_that_make_no_sense(arguments: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="levels"):
        levels(*arguments)


def test_a_start_carries_the_schedulers_wish_and_the_studys_seed() -> None:
    setting = setting_of(PeftLike())
    answer = make_strategy("random", "hyperband", setting).next(history_of(full=2700), RNG)
    assert isinstance(answer, Start)
    assert (answer.end, answer.bracket, answer.seed) == (100, 0, setting.seed)
    assert answer.reason == "bracket 0: trial 1 of 27, to 100 examples; at random"


def test_an_exhausted_space_trains_what_there_is_the_best_first() -> None:
    trials = [trial(0, {100: 0.7}), trial(1, {100: 0.8})]
    answer = composed().next(history_of(*trials), RNG)
    assert isinstance(answer, Thaw)
    assert (answer.trial, answer.end) == (1, 300)
    complete = [trial(i, {900: 0.7}, state=TrialState.COMPLETE) for i in range(2)]
    answer = composed().next(history_of(*complete), RNG)
    assert isinstance(answer, Done)
    assert "exhausted" in answer.reason


def test_a_budget_in_trials_promotes_but_does_not_launch() -> None:
    history = History(900, Budget(trials=3), {i: trial(i, {100: i / 10}) for i in range(3)})
    answer = make_strategy("random", "asha", small_setting()).next(history, RNG)
    assert isinstance(answer, Thaw)
    assert answer.trial == 2
    two = History(900, Budget(trials=2), {i: trial(i, {100: i / 10}) for i in range(2)})
    answer = make_strategy("random", "asha", small_setting()).next(two, RNG)
    assert isinstance(answer, Thaw)
    assert (answer.trial, answer.reason) == (1, "continued to 300 examples: nothing has been trained in full yet")
    ended = trial(0, {100: 0.1, 900: 0.2}, state=TrialState.COMPLETE)
    one = History(900, Budget(trials=2), {0: ended, 1: trial(1, {100: 0.1})})
    assert isinstance(make_strategy("random", "asha", small_setting()).next(one, RNG), Done)


PAIRS = [("random", "asha"), ("tpe", "hyperband"), ("tpe", "fifo"), ("mobo", "asha")]


@pytest.mark.parametrize(("searcher", "scheduler"), PAIRS)
def test_every_pair_searches(searcher: str, scheduler: str) -> None:
    problem = PeftLike()
    done = simulate(make_strategy(searcher, scheduler, setting_of(problem)), problem, device_seconds=12_000, workers=2)
    assert any(t.state is TrialState.COMPLETE for t in done.history.trials.values())


def test_unknown_names_are_refused_with_what_is_near() -> None:
    with pytest.raises(AutotuneError, match="unknown searcher 'tep'") as error:
        check("tep", "asha")
    assert error.value.remedy == "did you mean tpe? choose from auto, mobo, random, tpe"
    with pytest.raises(AutotuneError, match="unknown scheduler 'pbt'") as error:
        make_strategy("tpe", "pbt", small_setting())
    assert error.value.remedy == "choose from asha, auto, curves, fifo, freeze-thaw, hyperband"


@pytest.mark.parametrize(
    ("kind", "name", "meant"),
    [
        ("searcher", "mob", "mobo"),
        ("searcher", "randm", "random"),
        ("searcher", "aut", "auto"),
        ("scheduler", "freeze_thaw", "freeze-thaw"),
        ("scheduler", "ahsa", "asha"),
    ],
)
def test_what_is_meant_is_guessed(kind: str, name: str, meant: str) -> None:
    names = {"searcher": "auto", "scheduler": "auto"} | {kind: name}
    with pytest.raises(AutotuneError, match=f"unknown {kind}") as error:
        check(**names)
    assert error.value.remedy is not None
    assert error.value.remedy.startswith(f"did you mean {meant}? ")


@pytest.mark.parametrize("searcher", ["random", "tpe"])
def test_freeze_thaw_takes_no_other_models(searcher: str) -> None:
    with pytest.raises(AutotuneError, match="freeze-thaw decides by the models of mobo") as error:
        make_strategy(searcher, "freeze-thaw", small_setting())
    assert f"--searcher {searcher} --scheduler asha" in str(error.value.remedy)


@pytest.mark.parametrize("searcher", ["mobo", "auto"])
def test_freeze_thaw_is_made_with_its_own_models(searcher: str) -> None:
    assert isinstance(make_strategy(searcher, "freeze-thaw", small_setting()), FreezeThaw)


def test_an_unknown_searcher_is_told_before_what_does_not_go_together() -> None:
    with pytest.raises(AutotuneError, match="unknown searcher"):
        check("tep", "freeze-thaw")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("auto", ("auto", "auto")),
        ("tpe", ("tpe", "auto")),
        ("tpe+asha", ("tpe", "asha")),
        ("+asha", ("auto", "asha")),
        ("", ("auto", "auto")),
        ("mobo+freeze-thaw", ("mobo", "freeze-thaw")),
    ],
)
def test_names_are_read(text: str, names: tuple[str, str]) -> None:
    assert parse(text) == names


def test_other_packages_add_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = EntryPoint("mine", "autotune.strategies.random_search:RandomSearch", "autotune.searchers")

    def entry_points(*, group: str, name: str | None = None) -> list[EntryPoint]:
        return [mine] if group == mine.group and name in (None, mine.name) else []

    monkeypatch.setattr(registry, "entry_points", entry_points)
    assert available("searcher") == ["auto", "mine", "mobo", "random", "tpe"]
    assert available("scheduler") == ["asha", "auto", "curves", "fifo", "freeze-thaw", "hyperband"]
    assert isinstance(make_strategy("mine", "fifo", small_setting()), Composed)
