"""Non-dominated sorting, hypervolume and a spread-keeping order. Every objective is minimised.

Points are arrays of shape (n, m): n points, m objectives. A point with a NaN has not been observed: it dominates
nothing, stands on no front and ranks behind everything else.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def _matrix(points: npt.ArrayLike) -> Floats:
    array = np.asarray(points, dtype=np.float64)
    if array.size == 0:
        array = array.reshape(0, array.shape[1] if array.ndim == 2 else 1)
    if array.ndim != 2:
        raise ValueError(f"points have shape {array.shape}; (n, m) is needed")
    return array + 0.0  # turns -0.0 into 0.0, which np.unique keeps apart from it


def dominates(a: npt.ArrayLike, b: npt.ArrayLike) -> Any:
    """Whether ``a`` is nowhere worse than ``b`` and somewhere better.

    Args:
        a: shape (..., m).
        b: shape (..., m), broadcast against ``a``.

    Returns:
        Booleans of the broadcast shape without its last axis. A NaN on either side gives False.
    """
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return (left <= right).all(axis=-1) & (left < right).any(axis=-1)


def fronts(points: npt.ArrayLike) -> Ints:
    """The front each point stands on: 0 for the non-dominated ones, 1 for those that only front 0 dominates, and so on.

    Equal points share a front. O(n log n) for two objectives; for more, efficient non-dominated sorting with binary
    search (Zhang et al. 2015, ENS-BS).

    Args:
        points: shape (n, m).

    Returns:
        Ranks (not an order), shape (n,). Rows with a NaN get the rank after the last front.
    """
    array = _matrix(points)
    ranks = np.zeros(len(array), dtype=np.int64)
    observed = ~np.isnan(array).any(axis=1)
    if observed.any():
        unique, inverse = np.unique(array[observed], axis=0, return_inverse=True)
        sort = _fronts_of_two if array.shape[1] == 2 else _fronts_of_many
        found = np.arange(len(unique)) if array.shape[1] == 1 else sort(unique)
        ranks[observed] = found[inverse.reshape(-1)]
        ranks[~observed] = found.max() + 1
    return ranks


def _fronts_of_two(unique: Floats) -> Ints:
    # Rows are distinct and in lexicographic order, so a front dominates the next row exactly if the smallest second
    # objective in it is not above the row's; these smallest values ascend from front to front.
    smallest: list[float] = []
    ranks = np.empty(len(unique), dtype=np.int64)
    for row, value in enumerate(unique[:, 1].tolist()):
        front = bisect_right(smallest, value)
        if front == len(smallest):
            smallest.append(value)
        else:
            smallest[front] = value
        ranks[row] = front
    return ranks


def _fronts_of_many(unique: Floats) -> Ints:
    # Lexicographic order again: no row dominates an earlier one. If a front holds a row's dominator, so does each
    # before.
    members: list[list[int]] = []
    ranks = np.empty(len(unique), dtype=np.int64)
    for row, point in enumerate(unique):
        low, high = 0, len(members)
        while low < high:
            middle = (low + high) // 2
            if (unique[members[middle]] <= point).all(axis=1).any():
                low = middle + 1
            else:
                high = middle
        if low == len(members):
            members.append([])
        members[low].append(row)
        ranks[row] = low
    return ranks


def front_mask(points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which points no other point dominates, shape (n,); never a row with a NaN."""
    array = _matrix(points)
    return np.asarray(~np.isnan(array).any(axis=1) & (fronts(array) == 0), dtype=np.bool_)


def hypervolume(points: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """The volume that the points dominate, bounded by the reference point. Exact.

    A sweep for two objectives; for more, the sum of exclusive volumes of While et al. (2012, WFG), which loses one
    objective at each level.

    Args:
        points: shape (n, m); those that are not better than the reference in every objective add nothing.
        reference: shape (m,).
    """
    array, corner = _matrix(points), np.asarray(reference, dtype=np.float64)
    if len(array) == 0:
        return 0.0
    if corner.shape != (array.shape[1],):
        raise ValueError(f"the reference point has shape {corner.shape}; ({array.shape[1]},) is needed")
    inside = array[(array < corner).all(axis=1)]
    return _volume(inside, corner) if len(inside) else 0.0


def _volume(points: Floats, reference: Floats) -> float:
    if len(points) == 1 or points.shape[1] == 1:
        return float(np.prod(reference - points.min(axis=0)))
    front = np.unique(points[front_mask(points)], axis=0)
    if front.shape[1] == 2:
        # In ascending order of the first objective the second one descends: a staircase.
        heights = np.concatenate(([reference[1]], front[:-1, 1])) - front[:, 1]
        return float(((reference[0] - front[:, 0]) * heights).sum())
    front = front[np.argsort(front[:, -1], kind="stable")]
    depths = reference[-1] - front[:, -1]
    total = 0.0
    for i, point in enumerate(front[:, :-1]):
        # What is no deeper than the point's own last objective and dominated by a deeper point is counted there
        # already.
        own = float(np.prod(reference[:-1] - point))
        shared = _volume(np.maximum(front[:i, :-1], point), reference[:-1]) if i else 0.0
        total += float(depths[i]) * (own - shared)
    return total


def order(points: npt.ArrayLike, first: int | None = None) -> Ints:
    """Indices of the points, best first: by front, and inside a front so that any beginning of it is spread out.

    Within a front the point that is best on the FIRST objective leads; then always the one farthest from those already
    chosen follows (an epsilon-net, as Schmucker et al. 2021 promote), each objective scaled to the front's own range.
    Ties go to the smaller index, so equal points come one after the other at the end.

    Args:
        points: shape (n, m).
        first: order only as many of the best as this; the others follow by front alone, which is quicker.

    Returns:
        Indices (an order, not ranks), shape (n,): ``points[order(points)[0]]`` is the best.
    """
    array = _matrix(points)
    ranks = fronts(array)
    wanted = len(array) if first is None else first
    parts: list[Ints] = []
    by_front = np.argsort(ranks, kind="stable")
    for members in np.split(by_front, np.flatnonzero(np.diff(ranks[by_front])) + 1):
        parts.append(members[spread(array[members], wanted)] if wanted > 0 else members)
        wanted -= len(members)
    return np.concatenate(parts).astype(np.int64)


def worst(points: Floats) -> Floats:
    """The largest finite value of each objective, (m,); minus infinity where there is none."""
    found: Floats = np.where(np.isfinite(points), points, -np.inf).max(axis=0, initial=-np.inf)
    return found


def spread(front: Floats, wanted: int, corner: Floats | None = None) -> Ints:
    """The order within one front: indices, of which so many at the beginning are spread out; the others follow.

    Args:
        front: points that do not dominate each other, (n, m).
        wanted: at least 1.
        corner: with it the point leads that dominates the largest volume up to there, (m,).
    """
    if len(front) <= 1 or np.isnan(front).any():
        return np.arange(len(front))
    scaled = _scaled(front)
    by_first = front.T[::-1]
    chosen = [int(np.lexsort(by_first if corner is None else (*by_first, -_volumes(front, corner)))[0])]
    distance = np.full(len(front), np.inf)
    taken = np.zeros(len(front), dtype=bool)
    while True:
        taken[chosen[-1]] = True
        if len(chosen) >= min(wanted, len(front)):
            return np.concatenate((chosen, np.flatnonzero(~taken))).astype(np.int64)
        distance = np.minimum(distance, ((scaled - scaled[chosen[-1]]) ** 2).sum(axis=1))
        distance[taken] = -1.0
        chosen.append(int(distance.argmax()))


def _volumes(front: Floats, corner: Floats) -> Floats:
    """What each point dominates up to a corner, (n,), in the objectives in which any is better than the corner."""
    depths = np.clip(corner - np.where(np.isfinite(front), front, np.inf), 0.0, None)
    deepest = depths.max(axis=0)
    volumes: Floats = np.prod(depths / np.where(deepest > 0, deepest, 1.0), axis=1, where=deepest > 0)
    return volumes


def _scaled(front: Floats) -> Floats:
    """Each objective on the front's own range, infinities one range beyond the finite values."""
    finite = np.where(np.isfinite(front), front, np.nan)
    known = ~np.isnan(finite).all(axis=0)
    low, high = np.zeros(front.shape[1]), np.zeros(front.shape[1])
    low[known], high[known] = np.nanmin(finite[:, known], axis=0), np.nanmax(finite[:, known], axis=0)
    width = np.where(high > low, high - low, 1.0)
    clipped: Floats = np.clip((front - low) / width, -1.0, 2.0)
    return clipped
