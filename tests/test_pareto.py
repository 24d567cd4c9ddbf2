"""Fronts, hypervolume and order against their definitions."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autotune import pareto


@st.composite
def point_sets(draw: st.DrawFn, most: int = 14, nan: bool = False) -> np.ndarray:
    """Few distinct values, so that ties and duplicates abound."""
    shape = (draw(st.integers(1, most)), draw(st.integers(1, 4)))
    values = st.sampled_from([-1.0, -0.0, 0.0, 0.5, 1.0, 2.0, np.inf] + ([np.nan] if nan else []))
    return draw(arrays(np.float64, shape, elements=values))


def brute_dominates(a: np.ndarray, b: np.ndarray) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True)) and any(x < y for x, y in zip(a, b, strict=True))


def brute_fronts(points: np.ndarray) -> list[int]:
    """Peel off what nothing left dominates; rows with a NaN come after everything."""
    left = [i for i in range(len(points)) if not np.isnan(points[i]).any()]
    ranks = {}
    rank = 0
    while left:
        peeled = [i for i in left if not any(brute_dominates(points[j], points[i]) for j in left)]
        ranks |= dict.fromkeys(peeled, rank)
        left = [i for i in left if i not in peeled]
        rank += 1
    return [ranks.get(i, rank) for i in range(len(points))]


def brute_hypervolume(points: np.ndarray, reference: np.ndarray) -> float:
    """Inclusion and exclusion over all subsets."""
    boxes = [p for p in points if (p < reference).all()]
    total = 0.0
    for size in range(1, len(boxes) + 1):
        for subset in combinations(boxes, size):
            total += (-1) ** (size + 1) * float(np.prod(reference - np.max(subset, axis=0)))
    return total


@given(point_sets())
def test_dominates_is_its_definition(points: np.ndarray) -> None:
    table = pareto.dominates(points[:, None], points[None])
    assert table.tolist() == [[brute_dominates(a, b) for b in points] for a in points]


@given(point_sets(nan=True))
def test_fronts_are_the_peeled_ones(points: np.ndarray) -> None:
    assert pareto.fronts(points).tolist() == brute_fronts(points)


@given(point_sets(nan=True), st.randoms(use_true_random=False))
def test_ranks_follow_the_points_when_they_are_shuffled(points: np.ndarray, random: object) -> None:
    shuffled = list(range(len(points)))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert pareto.fronts(points[shuffled]).tolist() == pareto.fronts(points)[shuffled].tolist()


def test_ranks_are_not_an_order() -> None:
    # The best point stands last: its rank is 0, and the order begins with its index.
    points = np.array([[3.0, 3.0], [2.0, 2.0], [4.0, 4.0], [1.0, 1.0]])
    assert pareto.fronts(points).tolist() == [2, 1, 3, 0]
    assert pareto.order(points).tolist() == [3, 1, 0, 2]


@given(point_sets(nan=True))
def test_front_mask_is_what_nothing_dominates(points: np.ndarray) -> None:
    whole = ~np.isnan(points).any(axis=1)
    expected = [whole[i] and not any(brute_dominates(q, p) for q in points[whole]) for i, p in enumerate(points)]
    assert pareto.front_mask(points).tolist() == expected


@given(point_sets(most=8))
def test_hypervolume_is_inclusion_and_exclusion(points: np.ndarray) -> None:
    reference = np.full(points.shape[1], 1.5)
    assert pareto.hypervolume(points, reference) == pytest.approx(brute_hypervolume(points, reference), abs=1e-9)


@pytest.mark.parametrize("m", [2, 3, 4, 5])
def test_hypervolume_of_many_points_is_what_monte_carlo_finds(m: int) -> None:
    rng = np.random.default_rng(m)
    directions = np.abs(rng.normal(size=(40, m)))
    points = 1 - directions / np.linalg.norm(directions, axis=1, keepdims=True)
    samples = rng.random((100_000, m))
    hit = np.zeros(len(samples), dtype=bool)
    for point in points:
        hit |= (point <= samples).all(axis=1)
    assert pareto.hypervolume(points, np.ones(m)) == pytest.approx(hit.mean(), abs=5e-3)


def test_hypervolume_knows_no_dominated_nor_missing_nor_outside_points() -> None:
    front = np.array([[0.0, 1.0], [1.0, 0.0]])
    others = np.array([[0.0, 1.0], [1.0, 1.0], [np.nan, -5.0], [-5.0, 2.0], [-1.0, np.inf]])
    assert pareto.hypervolume(front, [2.0, 2.0]) == 3.0
    assert pareto.hypervolume(np.vstack((front, others)), [2.0, 2.0]) == 3.0
    assert pareto.hypervolume(np.empty((0, 2)), [2.0, 2.0]) == 0.0


def test_shapes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3,\)"):
        pareto.fronts([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="reference"):
        pareto.hypervolume([[1.0, 2.0]], [1.0])


@given(point_sets(nan=True))
def test_order_is_a_permutation_that_follows_the_fronts(points: np.ndarray) -> None:
    order = pareto.order(points)
    assert sorted(order.tolist()) == list(range(len(points)))
    assert (np.diff(pareto.fronts(points)[order]) >= 0).all()


@given(point_sets())
def test_each_front_begins_with_its_best_on_the_first_objective(points: np.ndarray) -> None:
    ranks, order = pareto.fronts(points), pareto.order(points)
    for front in range(ranks.max() + 1):
        members = order[ranks[order] == front]
        assert points[members[0], 0] == points[members, 0].min()


@settings(deadline=None)
@given(arrays(np.float64, (9, 2), elements=st.floats(0, 1, width=16)))
def test_each_next_point_of_a_front_is_the_farthest_from_those_before(raw: np.ndarray) -> None:
    angle = raw[:, 0] * np.pi / 2
    points = np.stack((1 - np.cos(angle), 1 - np.sin(angle)), axis=1)
    points = points[pareto.front_mask(points)]
    chosen = points[pareto.order(points)]
    scaled = (chosen - chosen.min(axis=0)) / np.where(np.ptp(chosen, axis=0) > 0, np.ptp(chosen, axis=0), 1)
    for i in range(1, len(scaled)):
        gaps = [min(np.sum((p - q) ** 2) for q in scaled[:i]) for p in scaled[i:]]
        assert gaps[0] == pytest.approx(max(gaps), abs=1e-9)


@given(point_sets(nan=True), st.integers(0, 14))
def test_ordering_only_the_first_gives_the_same_first(points: np.ndarray, first: int) -> None:
    short = pareto.order(points, first)
    assert short[:first].tolist() == pareto.order(points)[:first].tolist()
    assert sorted(short.tolist()) == list(range(len(points)))


def test_any_beginning_of_a_front_is_spread() -> None:
    points = np.stack((np.linspace(0, 1, 101), np.linspace(1, 0, 101)), axis=1)
    assert sorted(pareto.order(points)[:5].tolist()) == [0, 25, 50, 75, 100]


def test_equal_points_come_last_in_their_front() -> None:
    points = np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    assert pareto.order(points).tolist() == [0, 2, 3, 1, 4]


def test_with_a_corner_the_largest_volume_leads() -> None:
    front = np.array([[0.0, 1.0], [0.2, 0.1], [1.0, 0.0]])
    assert pareto.spread(front, 3).tolist() == [0, 2, 1]
    assert pareto.spread(front, 3, np.array([1.0, 1.0])).tolist() == [1, 0, 2]
    assert pareto.spread(front[[0, 2]], 2, np.array([1.0, 1.0])).tolist() == [0, 1], "neither dominates anything"
    flat = np.array([[0.0, 1.0, 5.0], [0.2, 0.1, 5.0]])
    assert pareto.spread(flat, 1, np.array([1.0, 1.1, 5.0]))[0] == 1, "an objective that is equal for all says nothing"
    assert pareto.spread(np.array([[np.inf, 0.0], [0.5, 0.5]]), 1, np.array([1.0, 1.0]))[0] == 1


@given(point_sets(nan=True))
def test_the_worst_is_finite_where_anything_is(points: np.ndarray) -> None:
    for column, worst in zip(points.T, pareto.worst(points), strict=True):
        finite = column[np.isfinite(column)]
        assert worst == (finite.max() if len(finite) else -np.inf)
