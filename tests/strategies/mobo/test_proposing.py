"""Where the acquisition is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from helpers.cube import config, points, setting, space

from autotune.space import SearchSpace
from autotune.strategies.mobo.proposing import leaders, propose
from autotune.trial import Config


def anything(config: Config) -> bool:
    return True


def near(*x: float):
    """Best at a point."""

    def value(configs: Sequence[Config]) -> np.ndarray:
        at = np.array([[float(c[f"x{i}"]) for i in range(len(x))] for c in configs])
        return -((at - np.array(x)) ** 2).sum(axis=1)

    return value


def test_local_search_finds_the_peak() -> None:
    made = setting(space=space(6))
    target = (0.3, 0.9, 0.5, 0.1, 0.77, 0.42)
    found, *_ = propose(made, anything, [], near(*target), np.random.default_rng(0))
    rng = np.random.default_rng(1)
    assert found.value > near(*target)([made.space.sample(rng) for _ in range(2000)]).max()
    assert found.value == near(*target)([found.config])[0]


def test_the_best_come_first_and_those_that_it_began_with_last() -> None:
    made = setting(space=space(3))
    drawn: list[Config] = []

    def value(configs: Sequence[Config]) -> np.ndarray:
        if not drawn:
            drawn.extend(configs)
        return near(0.3, 0.9, 0.5)(configs)

    found = propose(made, anything, [config(0.2, 0.2, 0.2)], value, np.random.default_rng(0))
    begun = next(i for i, proposed in enumerate(found) if any(proposed.config is c for c in drawn))
    for part in (found[:begun], found[begun:]):
        assert [p.value for p in part] == sorted((p.value for p in part), reverse=True)
    assert begun > 90
    assert len({id(p.config) for p in found}) == len(found) > 300


def test_leaders_are_a_place_to_begin() -> None:
    made = setting(space=space(6))
    target = (0.3, 0.9, 0.5, 0.1, 0.77, 0.42)
    rng = np.random.default_rng
    alone, *_ = propose(made, anything, [], near(*target), rng(0))
    helped, *_ = propose(made, anything, [config(*(t + 0.01 for t in target))], near(*target), rng(0))
    assert helped.value > alone.value


def test_what_is_not_acceptable_is_never_looked_at() -> None:
    made = setting()

    def value(configs: Sequence[Config]) -> np.ndarray:
        assert all(c["x0"] > 0.5 for c in configs)
        return near(0.0, 0.0)(configs)

    found, *_ = propose(made, lambda c: c["x0"] > 0.5, [config(0.2, 0.2)], value, np.random.default_rng(0))
    assert 0.5 < float(found.config["x0"]) < 0.52


def test_nothing_acceptable_is_nothing() -> None:
    assert propose(setting(), lambda c: False, [config(0.2, 0.2)], near(0.0, 0.0), np.random.default_rng(0)) == []


def test_no_configuration_is_valued_twice() -> None:
    seen: list[str] = []
    made = setting(
        space=SearchSpace.from_dict({"parameters": {"x0": {"type": "int", "low": 1, "high": 30}}}),
    )

    def value(configs: Sequence[Config]) -> np.ndarray:
        seen.extend(repr(c) for c in configs)
        return np.array([float(c["x0"]) for c in configs])

    found, *_ = propose(made, anything, [{"x0": 3}], value, np.random.default_rng(0))
    assert found.config == {"x0": 30}
    assert len(seen) == len(set(seen)) == 30


def test_of_a_pool_all_that_is_acceptable_is_looked_at() -> None:
    pool = [config(*x) for x in points(40)]
    made = setting(pool=pool)
    best = max(pool[1:], key=lambda c: near(0.5, 0.5)([c])[0])
    found, *_ = propose(made, lambda c: c is not pool[0], [], near(0.5, 0.5), np.random.default_rng(0))
    assert found.config is best
    assert propose(made, lambda c: False, [], near(0.5, 0.5), np.random.default_rng(0)) == []


def test_it_is_a_function_of_the_generator() -> None:
    made = setting()
    found = [propose(made, anything, [config(0.1, 0.1)], near(0.6, 0.6), np.random.default_rng(s)) for s in (1, 1, 2)]
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("values", [np.nan, 0.0])
def test_values_that_say_nothing_still_propose(values: float) -> None:
    assert propose(setting(), anything, [], lambda configs: np.full(len(configs), values), np.random.default_rng(0))


def test_leaders_come_by_fronts() -> None:
    configs = [config(i / 10, 0) for i in range(5)]
    values = np.array([[1.0, 1.0], [0.0, 2.0], [2.0, 0.0], [2.0, 2.0], [3.0, 3.0]])
    assert leaders(configs, values, np.zeros(5), 3) == [configs[1], configs[2], configs[0]]
    assert leaders(configs, values, np.zeros(5))[3:] == configs[3:]
    assert leaders([], np.empty((0, 2)), np.empty(0)) == []


def test_leaders_that_break_a_bound_come_last_the_nearest_to_it_first() -> None:
    configs = [config(i / 10, 0) for i in range(5)]
    values = np.array([[1.0, 1.0], [0.0, 2.0], [2.0, 0.0], [2.0, 2.0], [3.0, 3.0]])
    excess = np.array([0.0, 2.0, 1.0, 0.0, 3.0])
    assert leaders(configs, values, excess) == [configs[i] for i in (0, 3, 2, 1, 4)]
    assert leaders(configs, values, excess, 1) == [configs[0]]
