"""Configurations as rows: what their distances mean."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.space import SearchSpace, available_spaces
from autotune.strategies.mobo.encoding import Encoding
from autotune.trial import Config

DEPTH = 6
SPACES = {name: SearchSpace.load(name).bind(DEPTH) for name in available_spaces()}


def space(**parameters: dict[str, Any]) -> SearchSpace:
    return SearchSpace.from_dict({"name": "made", "parameters": parameters}).bind(DEPTH)


def choice(*options: object, **more: Any) -> dict[str, Any]:
    return {"type": "choice", "options": list(options), **more}


def number(low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"type": "float", "low": low, "high": high, **more}


def branches() -> SearchSpace:
    return space(
        method=choice("a", "b"),
        **{
            "a.lr": number(1e-4, 1e-2, log=True, when={"method": "a"}),
            "b.lr": number(1e-2, 1.0, log=True, when={"method": "b"}),
            "b.width": {"type": "int", "low": 1, "high": 9, "when": {"method": "b"}},
        },
    )


def distance(encoding: Encoding, a: Config, b: Config) -> float:
    """The square of it, over all columns."""
    one, other = encoding.rows([a, b])
    return float(((one - other) ** 2).sum())


@pytest.mark.parametrize("count", [2, 3, 7])
def test_two_options_are_at_distance_one_whatever_their_number(count: int) -> None:
    encoding = Encoding(space(x=choice(*range(count))))
    for a, b in combinations(range(count), 2):
        assert distance(encoding, {"x": a}, {"x": b}) == pytest.approx(1)
    assert distance(encoding, {"x": 0}, {"x": 0}) == 0
    assert encoding.scales == 1


def test_an_option_and_nothing_at_all_are_at_half_of_that() -> None:
    encoding = Encoding(space(on={"type": "bool"}, x=choice("p", "q", "r", when={"on": True})))
    off, p = {"on": False}, {"on": True, "x": "p"}
    assert distance(encoding, off, p) == pytest.approx(1 + 0.5)


@pytest.mark.parametrize("log", [False, True])
def test_numbers_lie_where_they_are_in_their_range(log: bool) -> None:
    encoding = Encoding(space(x=number(1.0, 100.0, log=log)))
    rows = encoding.rows([{"x": 1.0}, {"x": 10.0}, {"x": 100.0}])
    assert rows[:, 0] == pytest.approx([0, 0.5 if log else 1 / 11, 1])


def test_truth_values_are_options_too() -> None:
    encoding = Encoding(space(x={"type": "bool"}))
    assert distance(encoding, {"x": True}, {"x": False}) == pytest.approx(1)


def test_layer_subsets_differ_by_the_share_of_layers_their_size_and_their_centre() -> None:
    encoding = Encoding(space(x={"type": "layers"}))
    low, high, most = encoding.rows([{"x": (0, 1)}, {"x": (4, 5)}, {"x": (0, 1, 2, 3)}])
    assert encoding.scales == 3
    assert encoding.groups.tolist() == [0] * DEPTH + [1, 2]
    apart = (low - high) ** 2
    assert apart[:DEPTH].sum() == pytest.approx(4 / DEPTH)
    assert apart[DEPTH] == 0
    assert apart[DEPTH + 1] == pytest.approx(((4.5 - 0.5) / (DEPTH - 1)) ** 2)
    more = (low - most) ** 2
    assert more[:DEPTH].sum() == pytest.approx(2 / DEPTH)
    assert more[DEPTH] == pytest.approx((2 / DEPTH) ** 2)


def test_a_subset_of_none_has_its_centre_in_the_middle() -> None:
    encoding = Encoding(space(x={"type": "layers", "min": 0}))
    (row,) = encoding.rows([{"x": ()}])
    assert row.tolist() == [0.0] * DEPTH + [0.0, 0.5]


def test_numbers_by_layer_differ_by_layer_and_on_average() -> None:
    encoding = Encoding(space(x={"type": "per_layer", "options": [0, 2, 8]}))
    a, b = encoding.rows([{"x": (0,) * DEPTH}, {"x": (8,) * 3 + (0,) * 3}])
    assert encoding.groups.tolist() == [0] * DEPTH + [1]
    assert ((a - b) ** 2)[:DEPTH].sum() == pytest.approx(0.5)
    assert b[DEPTH] - a[DEPTH] == pytest.approx(0.5)


def test_branches_share_the_numbers_of_what_ends_on_the_same_word() -> None:
    shared, apart = Encoding(branches()), Encoding(branches(), share=False)
    assert (shared.scales, apart.scales) == (3, 4)
    a, b = {"method": "a", "a.lr": 1e-3}, {"method": "b", "b.lr": 0.1, "b.width": 5}
    rows = shared.rows([a, b])
    lr = np.flatnonzero(shared.groups == 1)
    assert rows[:, lr].ravel() == pytest.approx([0.5, 0.5])
    assert distance(shared, a, b) == pytest.approx(1)  # the method; the width of a stands in the middle, as b's does


def test_inactive_numbers_stand_in_their_middle() -> None:
    encoding = Encoding(branches())
    (row,) = encoding.rows([{"method": "a", "a.lr": 1e-4}])
    assert row.tolist() == pytest.approx([0.5**0.5, 0.0, 0.0, 0.5])


def test_parameters_that_may_be_active_together_share_nothing() -> None:
    both = space(
        method=choice("a", "b"),
        **{
            "a.lr": number(0, 1, when={"method": ["a", "b"]}),
            "b.lr": number(0, 1, when={"method": "b"}),
            "lr": number(0, 1),
        },
    )
    encoding = Encoding(both)
    assert encoding.scales == 4
    (row,) = encoding.rows([{"method": "b", "a.lr": 0.1, "b.lr": 0.2, "lr": 0.3}])
    assert sorted(row.tolist())[1:4] == pytest.approx([0.1, 0.2, 0.3])


def test_different_kinds_of_one_name_share_nothing() -> None:
    kinds = space(
        method=choice("a", "b", "c"),
        **{
            "a.x": number(0, 1, when={"method": "a"}),
            "b.x": choice("p", "q", when={"method": "b"}),
            "c.x": {"type": "layers", "when": {"method": "c"}},
        },
    )
    assert Encoding(kinds).scales == 1 + 1 + 1 + 3


def test_options_of_branches_are_united() -> None:
    united = space(
        method=choice("a", "b"),
        **{"a.x": choice("p", "q", when={"method": "a"}), "b.x": choice("q", "r", when={"method": "b"})},
    )
    encoding = Encoding(united)
    assert encoding.rows([{"method": "a", "a.x": "p"}]).shape == (1, 2 + 3)
    same = distance(encoding, {"method": "a", "a.x": "q"}, {"method": "b", "b.x": "q"})
    other = distance(encoding, {"method": "a", "a.x": "q"}, {"method": "b", "b.x": "r"})
    assert (same, other) == (pytest.approx(1), pytest.approx(2))


def test_what_cannot_vary_takes_no_column() -> None:
    encoding = Encoding(space(x=number(0, 1), y=number(3, 3), z=choice("only")))
    assert encoding.rows([{"x": 0.25, "y": 3.0, "z": "only"}]).tolist() == [[0.25]]


def test_no_configurations_are_no_rows() -> None:
    encoding = Encoding(SPACES["quick"])
    assert encoding.rows([]).shape == (0, len(encoding.groups))


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("depth", [1, 6])
def test_every_shipped_space_is_encoded(name: str, depth: int) -> None:
    bound = SearchSpace.load(name).bind(depth)
    rng = np.random.default_rng(0)
    configs = [bound.default(), *(bound.sample(rng) for _ in range(100))]
    encoding = Encoding(bound)
    rows = encoding.rows(configs)
    assert rows.shape == (101, len(encoding.groups))
    assert np.isfinite(rows).all()
    assert rows.min() >= 0
    assert rows.max() <= 1
    assert set(encoding.groups.tolist()) == set(range(encoding.scales))


@pytest.mark.parametrize("share", [False, True])
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SPACES)), st.integers(0, 2**32 - 1))
def test_configurations_that_differ_have_rows_that_differ(share: bool, name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = SPACES[name].sample(rng), SPACES[name].sample(rng)
    encoding = Encoding(SPACES[name], share=share)
    assert (distance(encoding, a, b) < 1e-12) == (a == b)
    assert np.array_equal(encoding.rows([a, b])[1:], encoding.rows([b]))


@pytest.mark.parametrize("name", SPACES)
def test_active_parameters_never_write_to_the_same_numbers(name: str) -> None:
    encoding = Encoding(SPACES[name])
    rng = np.random.default_rng(1)
    for _ in range(100):
        config = SPACES[name].sample(rng)
        starts = [encoding._parameters[p][1].start for p in config if p in encoding._parameters]
        assert len(starts) == len(set(starts))
