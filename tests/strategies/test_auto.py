"""What auto stands for."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from helpers.histories import small_setting

from autotune.bench.simulate import optimizer_of
from autotune.bench.synthetic import Peft
from autotune.strategies import Composed, available, make_strategy
from autotune.strategies.auto import AUTO, FEWEST_TRAININGS, MOST_TRAININGS, Choice
from autotune.strategies.auto import choose_strategy as choose
from autotune.strategies.mobo import FreezeThaw


def choose_strategy(
    searcher: str, scheduler: str, trainings: float | None, levels: int, *, conditional: bool = True
) -> Choice:
    return choose(searcher, scheduler, trainings, levels, conditional=conditional)


@pytest.mark.parametrize("trainings", [None, FEWEST_TRAININGS, 200.0, MOST_TRAININGS])
def test_models_propose_and_halving_promotes_where_the_budget_holds_some_trainings(trainings: float | None) -> None:
    found = choose_strategy(AUTO, AUTO, trainings, 4)
    assert (found.searcher, found.scheduler) == ("mobo", "asha")
    assert "models propose, halving tells who goes on" in found.reason


@pytest.mark.parametrize(
    ("trainings", "levels"), [(0.0, 4), (5.0, 4), (FEWEST_TRAININGS - 0.1, 2), (None, 1), (90.0, 1)]
)
def test_models_decide_alone_where_halving_has_too_little_to_halve(trainings: float | None, levels: int) -> None:
    found = choose_strategy(AUTO, AUTO, trainings, levels)
    assert (found.searcher, found.scheduler) == ("mobo", "freeze-thaw")
    assert ("models weigh every step of every trial" if levels > 1 else "models weigh every training") in found.reason


def test_models_decide_alone_where_all_trials_share_all_their_parameters() -> None:
    found = choose_strategy(AUTO, AUTO, 50.0, 4, conditional=False)
    assert (found.searcher, found.scheduler) == ("mobo", "freeze-thaw")


def test_models_decide_alone_where_only_the_end_tells_whether_a_bound_is_held() -> None:
    found = choose(AUTO, AUTO, 50.0, 4, conditional=True, late=True)
    assert (found.searcher, found.scheduler) == ("mobo", "freeze-thaw")
    assert "keep within its bounds" in found.reason
    assert choose(AUTO, AUTO, 5000.0, 4, conditional=True, late=True).scheduler == "asha"


@pytest.mark.parametrize(("levels", "scheduler"), [(1, "fifo"), (2, "asha"), (5, "asha")])
def test_thousands_of_trainings_go_without_gaussian_processes(levels: int, scheduler: str) -> None:
    found = choose_strategy(AUTO, AUTO, 5000.0, levels)
    assert (found.searcher, found.scheduler) == ("tpe", scheduler)
    assert "about 5,000 full trainings" in found.reason


def test_names_that_were_given_stay() -> None:
    given = [(s, t) for s, t in product(("mobo", "random", "tpe", "mine"), ("asha", "fifo", "hyperband", "theirs"))]
    for searcher, scheduler in given:
        for trainings in (None, 5.0, 5000.0):
            found = choose_strategy(searcher, scheduler, trainings, 3)
            assert (found.searcher, found.scheduler, found.reason) == (searcher, scheduler, "")


@pytest.mark.parametrize("trainings", [None, 5.0, 5000.0])
def test_the_one_name_that_was_given_stays(trainings: float | None) -> None:
    for scheduler in ("asha", "fifo", "hyperband", "freeze-thaw"):
        found = choose_strategy(AUTO, scheduler, trainings, 3)
        assert found.scheduler == scheduler
        assert found.reason
        expected = "tpe" if trainings == 5000 and scheduler != "freeze-thaw" else "mobo"
        assert found.searcher == expected
    for searcher in ("random", "tpe", "mine"):
        found = choose_strategy(searcher, AUTO, trainings, 3)
        assert (found.searcher, found.scheduler) == (searcher, "asha")
        assert bool(found.reason) == (trainings == 5000), "a size too large for models is a reason, a name is none"
        assert choose_strategy(searcher, AUTO, trainings, 1).scheduler == "fifo"
    assert choose_strategy("mobo", AUTO, 5.0, 3).scheduler == "freeze-thaw"
    assert choose_strategy("mobo", AUTO, 50.0, 3).scheduler == "asha"
    assert choose_strategy("mobo", AUTO, 5000.0, 3).scheduler == "asha"


def test_the_reason_says_how_much_the_budget_holds() -> None:
    assert "about 37 full trainings" in choose_strategy(AUTO, AUTO, 36.8, 3).reason
    assert "unknown size" in choose_strategy(AUTO, AUTO, None, 3).reason


@pytest.mark.parametrize(
    ("trainings", "same_as"),
    [(None, "mobo+asha"), (5.0, "mobo+freeze-thaw"), (30.0, "mobo+asha"), (5000.0, "tpe+asha")],
)
def test_a_simulated_search_goes_by_what_its_budget_holds(trainings: float | None, same_as: str) -> None:
    def asks(strategy: str, trainings: float | None) -> list[tuple[object, ...]]:
        made = optimizer_of(Peft(), strategy, 0, None, trainings)
        found = []
        for _ in range(12):
            asked = made.ask()
            assert asked is not None
            found.append((asked.trial, asked.end, asked.config))
            made.tell(asked, *Peft().evaluate(asked.config, asked.end))
        return found

    assert asks("auto", trainings) == asks(same_as, None)


@pytest.mark.parametrize("trainings", [None, 5.0, 5000.0])
@pytest.mark.parametrize("levels", [1, 3])
def test_whatever_is_chosen_can_be_made(trainings: float | None, levels: int) -> None:
    setting = replace(small_setting(), levels=(100, 300, 900)[-levels:])
    for searcher, scheduler in product(available("searcher"), available("scheduler")):
        if scheduler == "freeze-thaw" and searcher not in (AUTO, "mobo"):
            continue
        found = choose_strategy(searcher, scheduler, trainings, levels)
        assert AUTO not in (found.searcher, found.scheduler)
        made = make_strategy(found.searcher, found.scheduler, setting)
        assert isinstance(made, FreezeThaw) == (found.scheduler == "freeze-thaw")
        assert isinstance(made, FreezeThaw | Composed)
