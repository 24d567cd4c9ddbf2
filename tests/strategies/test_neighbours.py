"""Small steps: always valid, and everywhere in the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.space import Bool, Choice, Domain, Float, Int, Layers, PerLayer, SearchSpace, available_spaces
from autotune.strategies.neighbours import at, carried, neighbour, step
from autotune.trial import Value

SPACES = {(name, depth): SearchSpace.load(name).bind(depth) for name in available_spaces() for depth in (1, 6)}
seeds = st.integers(0, 2**32 - 1)
SMALL: dict[str, Domain] = {
    "int": Int(1, 9),
    "log int": Int(1, 64, log=True),
    "choice": Choice(["a", "b", 3, True]),
    "bool": Bool(),
    "layers": Layers(depth=4),
    "some layers": Layers(min=2, max=3, default="top2", depth=4),
    "any layers": Layers(min=0, depth=3),
    "exactly two": Layers(min=2, max=2, default="top2", depth=4),
    "per layer": PerLayer((0, 2, 8), depth=3),
}
SINGLE: dict[str, Domain] = {
    "float": Float(0.5, 0.5),
    "int": Int(3, 3),
    "choice": Choice(["a"]),
    "layers": Layers(min=4, depth=4),
    "fixed layers": Layers(default="top2", fixed=True, depth=4),
    "fixed per layer": PerLayer((0, 2), default=2, fixed=True, depth=3),
    "per layer": PerLayer((2,), depth=3),
}


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(SPACES)), seeds, st.floats(1e-4, 3.0), st.integers(1, 40))
def test_a_neighbour_is_a_configuration_of_the_space(
    name: tuple[str, int], seed: int, reach: float, changes: int
) -> None:
    space, rng = SPACES[name], np.random.default_rng(seed)
    config = space.sample(rng)
    for _ in range(5):
        config = neighbour(space, config, rng, reach, changes)
        space.validate(config)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SPACES)), seeds)
def test_one_change_leaves_the_other_parameters_alone(name: tuple[str, int], seed: int) -> None:
    space, rng = SPACES[name], np.random.default_rng(seed)
    config = space.sample(rng)
    found = neighbour(space, config, rng, 0.1)
    if found.keys() == config.keys():
        assert sum(found[p] != config[p] for p in config) <= 1


def test_the_same_generator_takes_the_same_step() -> None:
    space = SPACES["peft", 6]
    config = space.default()
    draws = [neighbour(space, config, np.random.default_rng(4), 0.2, 3) for _ in range(2)]
    assert draws[0] == draws[1]


@pytest.mark.parametrize("domain", SMALL.values(), ids=SMALL.keys())
def test_a_step_goes_elsewhere_and_steps_lead_everywhere(domain: Domain) -> None:
    rng = np.random.default_rng(0)
    value: Value = domain.default_value
    seen = {value}
    for _ in range(4000):
        found = step(domain, value, rng, 0.1)
        assert domain.validate(found) is None
        assert found != value
        value = found
        seen.add(value)
    assert len(seen) == domain.count


@pytest.mark.parametrize("log", [False, True])
def test_steps_of_a_number_are_as_long_as_they_should_be(log: bool) -> None:
    domain, rng = Float(1.0, 1e4, log=log), np.random.default_rng(0)
    middle = at(domain, 0.5)
    places = np.array([domain.encode(step(domain, middle, rng, 0.05))[0] for _ in range(2000)])
    assert places.mean() == pytest.approx(0.5, abs=0.01)
    assert places.std() == pytest.approx(0.05, rel=0.1)


def test_steps_of_a_number_come_near_both_ends() -> None:
    domain, rng = Float(-2.0, 3.0), np.random.default_rng(0)
    value: Value = 0.0
    seen = []
    for _ in range(2000):
        value = step(domain, value, rng, 0.2)
        assert domain.validate(value) is None
        seen.append(value)
    assert min(seen) < -1.95
    assert max(seen) > 2.95


@pytest.mark.parametrize("domain", SINGLE.values(), ids=SINGLE.keys())
def test_what_has_one_value_keeps_it(domain: Domain) -> None:
    assert domain.count == 1
    assert step(domain, domain.default_value, np.random.default_rng(0), 1.0) == domain.default_value


def test_a_space_of_one_configuration_has_no_neighbours() -> None:
    space = SearchSpace.from_dict({"parameters": {"x": {"type": "int", "low": 2, "high": 2}}})
    assert neighbour(space, {"x": 2}, np.random.default_rng(0), 0.5) == {"x": 2}


def test_a_step_changes_the_method_and_keeps_the_place_of_what_it_shares() -> None:
    parameters: dict[str, Any] = {
        "method": {"type": "choice", "options": ["a", "b"]},
        "a.lr": {"type": "float", "low": 1e-4, "high": 1e-2, "log": True, "when": {"method": "a"}},
        "b.lr": {"type": "float", "low": 1e-2, "high": 1.0, "log": True, "when": {"method": "b"}},
        "a.layers": {"type": "layers", "when": {"method": "a"}, "depth": 3},
        "b.layers": {"type": "layers", "when": {"method": "b"}, "depth": 3, "max": 2, "default": [0]},
        "b.size": {"type": "int", "low": 1, "high": 9, "when": {"method": "b"}},
    }
    space = SearchSpace.from_dict({"name": "made", "parameters": parameters})
    rng = np.random.default_rng(0)
    sizes = set()
    for config in ({"method": "a", "a.lr": 1e-3, "a.layers": (1, 2)}, {"method": "a", "a.lr": 1e-3, "a.layers": (2,)}):
        changed = [c for _ in range(200) if (c := neighbour(space, config, rng, 0.1))["method"] == "b"]
        assert changed
        assert all(c["b.lr"] == pytest.approx(0.1) for c in changed)
        assert all(c["b.layers"] == config["a.layers"] for c in changed)
        sizes |= {c["b.size"] for c in changed}
    assert len(sizes) > 4


@pytest.mark.parametrize(
    ("source", "target", "value", "expected"),
    [
        (Float(0, 1), Float(10, 20), 0.25, 12.5),
        (Int(1, 9), Float(0, 1), 5, 0.5),
        (Float(0, 1), Int(1, 9), 0.5, 5),
        (Choice(["p", "q"]), Choice(["q", "r"]), "q", "q"),
        (Choice(["p", "q"]), Choice(["q", "r"]), "p", "q"),
        (Layers(depth=4), Layers(max=2, default="top2", depth=4), (0, 1, 2), (2, 3)),
        (Layers(depth=4), Layers(max=3, default="top2", depth=4), (0, 1, 2), (0, 1, 2)),
        (Choice(["p", "q"]), Float(0, 1), "p", 0.5),
    ],
)
def test_values_are_carried_from_branch_to_branch(source: Domain, target: Domain, value: Value, expected: Any) -> None:
    assert carried(source, target, value) == expected


@given(st.floats(-50, 50), st.booleans())
def test_beyond_the_ends_a_place_turns_back(place: float, log: bool) -> None:
    for domain in (Float(1.0, 7.0, log=log), Int(1, 7, log=log)):
        found = at(domain, place)
        assert domain.validate(found) is None
    assert at(Float(0.0, 1.0), -0.25) == pytest.approx(0.25)
    assert at(Float(0.0, 1.0), 1.25) == pytest.approx(0.75)
