"""What an ``Optimizer`` is given and told: checked, and refused where it makes no sense."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from helpers.asking import SIZE, SPACE, STRATEGIES, TWO, ask, drive, optimizer, size, values

from autotune.errors import AutotuneError
from autotune.objectives import Objective
from autotune.optimizer import Optimizer
from autotune.trial import TrialState


@pytest.mark.parametrize("cost", [-1.0, math.nan, math.inf])
def test_a_cost_is_a_number_that_can_be_summed(cost: float) -> None:
    made = optimizer()
    asked = ask(made)
    with pytest.raises(AutotuneError, match="cost"):
        made.tell(asked, values(asked.config), cost)
    with pytest.raises(AutotuneError, match="cost"):
        made.lost(asked, cost)
    made.tell(asked, values(asked.config), 0.0)


@pytest.mark.parametrize(("told", "message"), [({}, "told nothing"), ({"loss": 1.0, "f1": 2.0}, "told loss, f1")])
def test_every_learnt_objective_is_told(told: Mapping[str, float], message: str) -> None:
    made = optimizer()
    asked = ask(made)
    with pytest.raises(AutotuneError, match=message):
        made.tell(asked, told, 1.0)
    made.tell(asked, {"loss": 1.0, "score": 2.0, "more": 3.0}, 1.0)


def test_objectives_are_asked_of_curve_points_too() -> None:
    made = optimizer(strategy="random+fifo")
    asked = ask(made)
    with pytest.raises(AutotuneError, match="'score' is missing"):
        made.tell(asked, values(asked.config), 1.0, curve={3: {"loss": 1.0}})


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_values_that_are_no_numbers_never_end_a_search(strategy: str) -> None:
    made = optimizer(strategy=strategy)
    odd = [math.nan, math.inf, -math.inf, 1e300, 0.0]
    for i in range(12):
        asked = ask(made)
        made.tell(asked, {"loss": odd[i % 5], "score": odd[i % 3]}, 1.0)
    made.front()


def test_objectives_may_be_a_mapping_or_a_list() -> None:
    listed = [Objective("loss", "minimize"), Objective("score", "maximize")]
    assert optimizer(TWO).objectives == optimizer(listed).objectives == tuple(listed)


@pytest.mark.parametrize(
    ("objectives", "more", "message"),
    [
        ({"loss": "down"}, {}, "objective 'loss' is to 'down'"),
        ([], {}, "no objective was given"),
        ([SIZE], {}, "`known` does not tell it"),
        (TWO, {"lowest": 10}, "lowest=10 and full=9"),
        (TWO, {"lowest": 0}, "lowest=0 is no whole number of 1 or more"),
        (TWO, {"full": 2.5}, "full=2.5"),
        (TWO, {"full": "9"}, "full='9'"),
        (TWO, {"seed": -1}, "seed=-1"),
        (TWO, {"seed": None}, "seed=None"),
        (TWO, {"budget": "8h"}, "budget='8h' is no number above 0"),
        (TWO, {"budget": 0}, "budget=0"),
        (TWO, {"budget": math.nan}, "budget=nan"),
        (TWO, {"trials": 1.5}, "trials=1.5 is no whole number"),
        (TWO, {"trainings": -1}, "trainings=-1"),
        (["loss"], {}, "objectives are"),
        ("loss", {}, "objectives are"),
        ([SIZE, SIZE], {"known": size}, "objective 'size' stands twice"),
        (TWO, {"constraints": ["size=3"]}, "not of the form NAME<=NUMBER"),
        (TWO, {"eta": 1}, "eta"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(objectives: Any, more: Any, message: str) -> None:
    with pytest.raises(AutotuneError, match=message):
        Optimizer(SPACE, objectives, **({"full": 9} | more))


def test_a_pool_outside_the_space_is_refused() -> None:
    good = {"x": 0.5, "y": 0.5, "kind": "a"}
    with pytest.raises(AutotuneError, match="configuration 1 of the pool lies outside space 'made'"):
        optimizer(pool=[good, {"x": 2.0, "y": 0.5, "kind": "a"}])
    with pytest.raises(AutotuneError, match="the pool is empty"):
        optimizer(pool=[])


@pytest.mark.parametrize("strategy", ["mobo+freeze-thaw", "mobo+fifo", "tpe+asha"])
@pytest.mark.parametrize("odd", [{"size": math.nan}, {"size": math.inf}, {}], ids=["nan", "infinite", "untold"])
def test_what_should_be_known_and_is_no_number_is_never_asked(strategy: str, odd: dict[str, float]) -> None:
    made = optimizer(
        {"loss": "minimize", "size": "minimize"}, strategy, known=lambda c: odd if c["x"] > 0.6 else size(c)
    )
    asked = drive(made, 20)
    assert len(asked) == 20
    assert max(piece.config["x"] for piece in asked) <= 0.6
    assert not [piece.reason for piece in asked if "nan" in piece.reason]


def test_an_objective_has_one_of_two_directions() -> None:
    with pytest.raises(AutotuneError, match="objective 'loss' is to 'min'"):
        Objective("loss", "min")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_a_failure(value: float) -> None:
    made = optimizer(strategy="random+fifo")
    made.tell(ask(made), {"loss": value, "score": 0.5}, 1.0)
    (trial,) = made.history.trials.values()
    assert trial.state is TrialState.FAILED
    assert trial.failure is not None
    assert trial.failure.message == f"it reported loss={value}"


@pytest.mark.parametrize("told", [{"loss": "low", "score": 1}, {"loss": None, "score": 1}, [0.1, 0.2], 0.3])
def test_what_is_no_number_is_refused_and_can_be_told_again(told: Any) -> None:
    made = optimizer()
    asked = ask(made)
    with pytest.raises(AutotuneError, match="tell numbers by name"):
        made.tell(asked, told, 1.0)
    made.tell(asked, values(asked.config), 1.0)


def test_numbers_of_other_libraries_become_plain_ones() -> None:
    made = optimizer()
    made.tell(ask(made), {"loss": np.float32(0.5), "score": np.int64(1)}, 1.0)
    assert json.loads(json.dumps(made.to_json()))


def test_the_answer_of_another_optimizer_is_refused() -> None:
    made, other = optimizer(defaults=False), optimizer(seed=1, defaults=False)
    ask(made)
    with pytest.raises(AutotuneError, match="not under way"):
        made.tell(ask(other), {"loss": 0.1, "score": 0.1})


def test_losses_that_were_promised_are_missed() -> None:
    made = optimizer({"score": "maximize"}, losses=True)
    asked = ask(made)
    with pytest.raises(AutotuneError, match="losses=True, and no loss was told"):
        made.tell(asked, {"score": 0.5})
    made.tell(asked, {"score": 0.5, "train_loss": 1.0})
