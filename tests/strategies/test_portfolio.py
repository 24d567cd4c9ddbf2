"""What ships to begin searches with."""

from __future__ import annotations

import pytest
from helpers.minilm import MODEL

from autotune.controller.checks import Checks
from autotune.objectives import COSTS, Objective
from autotune.space import SearchSpace
from autotune.strategies.earlier import Earlier
from autotune.strategies.portfolio import portfolio
from autotune.trial import Config

ACCURACY, PARAMETERS = Objective("accuracy", "maximize"), COSTS["trainable_params"]
CHECKS = Checks(MODEL, ())


def told(space: str, task: str = "glue/rte", first: Objective = ACCURACY) -> list[Earlier]:
    bound = SearchSpace.load(space).bind(MODEL.layers)
    return portfolio(task, bound, (first, PARAMETERS), CHECKS.costs, CHECKS.refuse)


@pytest.mark.parametrize("space", ["peft", "encoder"])
def test_recorded_trainings_lie_within_the_space_and_say_where_they_are_from(space: str) -> None:
    (found,) = told(space)
    bound = SearchSpace.load(space).bind(MODEL.layers)
    assert "recorded trainings of builtin/minilm on demo/docstrings" in found.name
    assert len(found.configs) == len(found.depth) == len(found.values["accuracy"])
    for config in (*found.configs, *found.first):
        bound.validate(config)
    ends = dict(zip(map(repr, found.configs), zip(found.depth, found.values["accuracy"], strict=True), strict=True))
    assert all(ends[repr(config)][0] == 0 for config in found.first)


def test_the_first_are_spread_along_the_front() -> None:
    (found,) = told("peft")

    def parameters(config: Config) -> float:
        return CHECKS.costs(config)["trainable_params"]

    assert len(found.first) == 5
    assert min(map(parameters, found.first)) < 1_000
    assert max(map(parameters, found.first)) > 100_000


def test_the_values_are_those_of_the_first_metric_whatever_it_is() -> None:
    (found,) = told("peft", first=Objective("f1", "maximize"))
    assert list(found.values) == ["f1"]
    assert portfolio("glue/rte", SearchSpace.load("peft").bind(6), (PARAMETERS,), CHECKS.costs, CHECKS.refuse) == []


def test_a_recording_says_nothing_of_its_own_task_nor_where_hardly_any_of_it_fits() -> None:
    assert told("peft", task="demo/docstrings") == []
    assert told("placement") == []


def test_what_a_constraint_forbids_is_not_tried() -> None:
    from autotune.objectives import Constraint

    few = Checks(MODEL, (Constraint.parse("trainable_params<=20k"),))
    (found,) = portfolio("glue/rte", SearchSpace.load("peft").bind(6), (ACCURACY, PARAMETERS), few.costs, few.refuse)
    assert all(few.costs(config)["trainable_params"] <= 20_000 for config in (*found.configs, *found.first))
