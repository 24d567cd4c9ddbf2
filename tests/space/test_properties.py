"""What holds for every space, over random ones."""

from __future__ import annotations

import json
import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.space import Bool, Choice, Domain, Float, Int, Layers, Parameter, SearchSpace

DEPTH = 5


def floats() -> st.SearchStrategy[Float]:
    ends = st.floats(-1e6, 1e6, allow_subnormal=False)
    positive = st.floats(1e-9, 1e9)
    plain = st.tuples(ends, ends).map(lambda e: Float(min(e), max(e)))
    return plain | st.tuples(positive, positive).map(lambda e: Float(min(e), max(e), log=True))


def ints(most: int = 1000) -> st.SearchStrategy[Int]:
    ends, positive = st.integers(-most, most), st.integers(1, most)
    plain = st.tuples(ends, ends).map(lambda e: Int(min(e), max(e)))
    return plain | st.tuples(positive, positive).map(lambda e: Int(min(e), max(e), log=True))


def choices() -> st.SearchStrategy[Choice]:
    options = st.text("abc 01", min_size=1, max_size=3) | st.integers(2, 9)
    return st.lists(options, min_size=1, max_size=4, unique=True).map(Choice)


@st.composite
def layers(draw: st.DrawFn) -> Layers:
    low = draw(st.integers(1, DEPTH))
    high = draw(st.none() | st.integers(low, 2 * DEPTH))
    size = draw(st.integers(low, min(high or DEPTH, DEPTH)))
    default = draw(st.sampled_from([f"top{size}", f"bottom{size}", tuple(range(size))]))
    return Layers(low, high, default, fixed=draw(st.booleans()), depth=DEPTH)


def domains() -> st.SearchStrategy[Domain]:
    return st.one_of(floats(), ints(), choices(), st.booleans().map(Bool), layers())


@st.composite
def spaces(draw: st.DrawFn, domain: st.SearchStrategy[Domain] | None = None) -> SearchSpace:
    """Spaces with conditions: each parameter may ask for a value of one before it."""
    parameters: dict[str, Parameter] = {}
    for i in range(draw(st.integers(1, 6))):
        parents = [p for p in parameters.values() if isinstance(p.domain, Choice | Bool)]
        when: dict[str, Any] = {}
        if parents and draw(st.booleans()):
            parent = draw(st.sampled_from(parents))
            values = parent.domain.options if isinstance(parent.domain, Choice) else (False, True)
            when = {parent.name: tuple(draw(st.lists(st.sampled_from(values), min_size=1, unique=True)))}
        parameters[f"p{i}"] = Parameter(f"p{i}", draw(domains() if domain is None else domain), when)
    return SearchSpace("random", parameters)


seeds = st.integers(0, 2**32 - 1)


@given(domains(), seeds)
def test_a_domain_accepts_and_encodes_what_it_gives(domain: Domain, seed: int) -> None:
    for value in (domain.sample(np.random.default_rng(seed)), domain.default_value):
        assert domain.validate(value) is None
        code = domain.encode(value)
        assert len(code) == domain.width
        assert all(0 <= x <= 1 for x in code)
        assert domain.coerce(value) == value
        assert domain.coerce(json.loads(json.dumps(value))) == value
        # Texts that a person copies from a table come back as the value.
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assert domain.coerce(text) == value
        assert type(domain.coerce(text)) is type(value)
    assert domain.count >= 1
    assert domain.describe()


@given(spaces(), seeds)
def test_samples_are_valid_and_walk_again_to_themselves(space: SearchSpace, seed: int) -> None:
    for config in (space.sample(np.random.default_rng(seed)), space.default()):
        space.validate(config)
        assert space.walk(lambda p, config=config: config[p.name]) == config  # type: ignore[misc]
        assert space.complete(config) == config
        assert list(config) == [name for name in space.parameters if name in config]
        assert space.sample(np.random.default_rng(seed)) == space.sample(np.random.default_rng(seed))


@given(spaces(), seeds)
def test_codes_have_one_width_stay_within_the_unit_cube_and_tell_configurations_apart(
    space: SearchSpace, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    configs = [space.sample(rng) for _ in range(5)]
    codes = space.encode(configs)
    assert codes.shape == (5, space.width)
    assert codes.min() >= 0
    assert codes.max() <= 1
    assert np.array_equal(codes, space.encode([dict(c) for c in configs]))
    if not any(isinstance(p.domain, Float | Int) for p in space.parameters.values()):
        for (a, x), (b, y) in product(zip(configs, codes, strict=True), repeat=2):
            assert (a == b) == np.array_equal(x, y)


@given(spaces())
def test_a_space_survives_json(space: SearchSpace) -> None:
    data = json.loads(json.dumps(space.to_dict()))
    again = SearchSpace.from_dict(data)
    assert again == space
    assert again.to_dict() == space.to_dict() == data
    assert again.digest == space.digest


@settings(max_examples=40)
@given(spaces(st.one_of(choices(), st.booleans().map(Bool), ints(3), st.just(Layers(min=4, depth=DEPTH)))))
def test_size_counts_the_configurations(space: SearchSpace) -> None:
    def values(domain: Domain) -> list[Any]:
        if isinstance(domain, Choice):
            return list(domain.options)
        if isinstance(domain, Int):
            return list(range(domain.low, domain.high + 1))
        if isinstance(domain, Layers):
            subsets = (domain.from_bits(bits) for bits in product((False, True), repeat=DEPTH))
            return sorted(set(subsets))
        return [False, True]

    configs: list[dict[str, Any]] = [{}]
    for name, parameter in space.parameters.items():
        configs = [
            grown
            for config in configs
            for grown in (
                [{**config, name: v} for v in values(parameter.domain)] if parameter.active(config) else [config]
            )
        ]
        if len(configs) > 20_000:
            return
    assert space.size() == len(configs)


@given(layers(), st.lists(st.booleans(), min_size=DEPTH, max_size=DEPTH))
def test_any_bits_give_a_valid_subset(domain: Layers, bits: list[bool]) -> None:
    subset = domain.from_bits(bits)
    assert domain.validate(subset) is None
    assert domain.from_bits(domain.bits(subset)) == subset


def test_a_continuous_parameter_makes_a_space_infinite() -> None:
    space = SearchSpace("s", {"a": Parameter("a", Bool()), "x": Parameter("x", Float(0, 1), {"a": (True,)})})
    assert space.size() == math.inf
    assert SearchSpace("s", {"x": Parameter("x", Float(1, 1))}).size() == 1


@pytest.mark.parametrize(
    ("domain", "middle"), [(Float(1e-4, 1e-2, log=True), 1e-3), (Int(1, 256, log=True), 16), (Float(0, 1), 0.5)]
)
def test_the_default_of_a_range_is_the_middle_of_its_scale(domain: Domain, middle: float) -> None:
    assert domain.default_value == middle
    assert domain.encode(middle) == pytest.approx([0.5])


def test_logarithmic_numbers_are_sampled_uniformly_in_the_logarithm() -> None:
    rng = np.random.default_rng(0)
    ranks = [Int(1, 64, log=True).sample(rng) for _ in range(6000)]
    assert {1, 64} <= set(ranks)
    # One decade of a three-decade range holds a third.
    rates = [Float(1e-4, 1e-1, log=True).sample(rng) for _ in range(6000)]
    assert np.mean(np.array(rates) < 1e-3) == pytest.approx(1 / 3, abs=0.03)
    halves = np.mean(np.array(ranks) <= 5)  # log(5.5 / 0.5) of log(64.5 / 0.5)
    assert halves == pytest.approx(math.log(11) / math.log(129), abs=0.03)


def test_layer_subsets_are_uniform_in_size_then_in_membership() -> None:
    rng = np.random.default_rng(0)
    domain = Layers(min=2, max=5, default="top2", depth=6)
    subsets = [domain.sample(rng) for _ in range(8000)]
    sizes = np.bincount([len(s) for s in subsets], minlength=7) / len(subsets)
    assert sizes[2:6] == pytest.approx([0.25] * 4, abs=0.03)
    assert sizes[[0, 1, 6]].sum() == 0
    pairs = [s for s in subsets if len(s) == 2]
    assert len(set(pairs)) == 15
    members = np.bincount([i for s in pairs for i in s], minlength=6) / len(pairs)
    assert members == pytest.approx([1 / 3] * 6, abs=0.05)
