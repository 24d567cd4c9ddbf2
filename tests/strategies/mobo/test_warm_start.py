"""What an earlier search tells a later one, and how far it is believed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.cube import LEVELS, LOSS, SIZE, TIME, complete, config, history, points, setting, space, trial

from autotune.errors import AutotuneError
from autotune.objectives import Objective
from autotune.space import SearchSpace
from autotune.strategies.earlier import Earlier, counterparts
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.recalling import recall
from autotune.strategies.mobo.surrogate import Surrogate
from autotune.strategies.proposals import Proposals

ACCURACY = Objective("accuracy", "maximize")


def bowl(x: float, y: float) -> dict[str, float]:
    return {"loss": 2.0 + 3 * (y - 0.7) ** 2 + 0.5 * (x - 0.2) ** 2}


def turned(x: float, y: float) -> dict[str, float]:
    return {"loss": 5.0 - bowl(x, y)["loss"]}


def earlier(count: int = 30) -> Earlier:
    return recall("before", history(*complete(points(count), bowl)), setting(), space(), (LOSS, SIZE))


def error_with(trials: int, *sources: Earlier) -> float:
    """Root mean square error of predicted ends on a grid, in deviations of the truth; the mean of six searches."""
    made = setting((LOSS, SIZE), earlier=sources)
    grid = [(x, y) for x in np.linspace(0, 1, 7) for y in np.linspace(0, 1, 7)]
    truth = np.array([bowl(*at)["loss"] for at in grid])
    errors = []
    for seed in range(6):
        past = history(*complete(points(trials, seed=seed), bowl))
        found = Surrogate(past, made, Basis(made)).means([config(*at) for at in grid])[:, 0]
        errors.append(float(np.sqrt(np.mean((found - truth) ** 2)) / truth.std()))
    return float(np.mean(errors))


def contrary() -> Earlier:
    return recall("other", history(*complete(points(30), turned)), setting(), space(), (LOSS, SIZE))


def test_few_trials_and_an_earlier_search_foretell_more_than_few_trials() -> None:
    assert error_with(3, earlier()) < 0.5 * error_with(3)


def test_evidence_overrules_an_earlier_search_that_says_the_contrary() -> None:
    assert error_with(2, contrary()) > error_with(2, earlier())
    assert error_with(4, contrary()) < error_with(4)


def test_of_two_sources_the_one_that_is_right_is_believed() -> None:
    assert error_with(4, earlier(), contrary()) < 0.5 * error_with(4)


def test_what_is_recalled_is_plain_data() -> None:
    found = earlier()
    assert Earlier.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_the_front_is_tried_first_after_what_was_asked_for() -> None:
    asked = config(0.5, 0.5)
    found = earlier()
    assert found.first
    proposals = Proposals(setting(enqueued=[asked], earlier=[found]))
    tried: list[object] = []
    for _ in range(1 + len(found.first)):
        tried.append(proposals.enqueued(lambda c: c not in tried))
    assert tried == [asked, *found.first]
    assert proposals.enqueued(lambda c: c not in tried) is None


def test_of_a_pool_only_its_members_are_tried() -> None:
    found = earlier()
    pool = [config(0.5, 0.5), found.first[1]]
    assert Proposals(setting(pool=pool, earlier=[found])).enqueued(lambda c: True) == found.first[1]


def test_rows_of_every_level_are_recalled() -> None:
    half = trial(0, (0.1, 0.2), {1: {"loss": 3.0}, 3: {"loss": 2.5}})
    whole = trial(1, (0.3, 0.4), {1: {"loss": 3.0}, 3: {"loss": 2.0}, 9: {"loss": 1.0}})
    found = recall("before", history(half, whole), setting(), space(), (LOSS, SIZE))
    assert found.depth == pytest.approx([1.0, 0.5, 1.0, 0.5, 0.0])
    assert found.configs == [config(0.1, 0.2)] * 2 + [config(0.3, 0.4)] * 3
    assert found.first == [config(0.3, 0.4)]
    assert LEVELS == (1, 3, 9)


def test_the_first_metric_tells_of_the_first_metric_and_costs_of_themselves() -> None:
    latency = Objective("latency_ms", "minimize")
    assert counterparts((ACCURACY, SIZE, latency), (LOSS, latency)) == {"accuracy": LOSS, "latency_ms": latency}
    assert counterparts((ACCURACY, TIME), (LOSS,)) == {"accuracy": LOSS}


def test_a_search_that_has_nothing_to_say_is_refused() -> None:
    with pytest.raises(AutotuneError, match="trained nothing in full that lies within space 'cube'"):
        recall("before", history(trial(0, (0.1, 0.2), {1: {"loss": 3.0}})), setting(), space(), (LOSS,))
    other = SearchSpace.from_dict({"name": "else", "parameters": {"z": {"type": "float", "low": 0.0, "high": 1.0}}})
    with pytest.raises(AutotuneError, match="within space 'else'"):
        recall("before", history(*complete(points(3), bowl)), setting(), other, (LOSS,))
    with pytest.raises(AutotuneError, match="nothing that this search learns"):
        recall("before", history(*complete(points(3), bowl)), setting((SIZE,)), space(), (LOSS,))
