"""What a further full training is expected to add to the front's hypervolume, noise and running trials considered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from autotune import pareto
from autotune.pareto import Floats

Boxes = tuple[Floats, Floats]
"""Lower and upper corners, (k, m) each."""


def normal_draws(count: int, width: int, seed: int) -> Floats:
    """Quasi-random standard normal numbers, (count, width)."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    sobol = qmc.Sobol(width, scramble=True, rng=np.random.default_rng(seed))
    uniform = sobol.random(count)
    return np.asarray(ndtri(np.clip(uniform, 1e-6, 1 - 1e-6)), dtype=np.float64)


def improvements(fronts: Floats, points: Floats, reference: Floats) -> Floats:
    """By how much each point enlarges the hypervolume of each front, in every draw.

    Args:
        fronts: for each of s draws the points there are, (s, n, m), minimised.
        points: candidates in the same draws, (s, c, m).
        reference: (m,).

    Returns:
        (s, c).
    """
    return within(cells(fronts, reference), points)


def within(boxes: Sequence[Boxes], points: Floats) -> Floats:
    """The same for fronts whose ``cells`` are at hand: how much of these each point dominates, (s, c)."""
    gains = np.empty(points.shape[:2])
    for draw, (low, high) in enumerate(boxes):
        sides = np.maximum(high[None] - np.maximum(low[None], points[draw][:, None]), 0.0)
        gains[draw] = sides.prod(axis=2).sum(axis=1)
    return gains


def cells(fronts: Floats, reference: Floats) -> list[Boxes]:
    """For each draw the boxes that together are what no point of its front dominates, below the reference.

    Staircases for two objectives, a sweep for three; BoTorch's partitioning (Lacour et
    al. 2017) for more. Unbounded sides are -inf.

    Args:
        fronts: (s, n, m), minimised; dominated points and such beyond the reference say nothing.
        reference: (m,).
    """
    width = len(reference)
    best = _best(np.minimum(fronts, reference), reference)
    if width == 1:
        ends = best.min(axis=1, initial=reference[0])
        return [(np.array([[-np.inf]]), end[None, None]) for end in ends[:, 0]]
    if width == 2:
        low, high = _staircases(best, reference)
    else:
        partition = _swept if width == 3 else _partition
        return [partition(front, reference) for front in best]
    return list(zip(low, high, strict=True))


def _best(fronts: Floats, reference: Floats) -> Floats:
    """The non-dominated points of each draw; the rest of the array lies on the reference, dominating nothing."""
    beaten = (fronts >= reference).any(axis=2)
    beaten |= pareto.dominates(fronts[:, None], fronts[:, :, None]).any(axis=2)
    kept = np.argsort(beaten, axis=1, kind="stable")[:, : int((~beaten).sum(axis=1).max(initial=0))]
    found: Floats = np.take_along_axis(np.where(beaten[:, :, None], reference, fronts), kept[:, :, None], axis=1)
    return found


def _staircases(best: Floats, reference: Floats) -> Boxes:
    """Low and high corners, (..., n + 1, 2), of n points each, (..., n, 2)."""
    order = np.argsort(best[..., 0], axis=-1, kind="stable")
    right = np.take_along_axis(best[..., 0], order, axis=-1)
    top = np.minimum.accumulate(np.take_along_axis(best[..., 1], order, axis=-1), axis=-1)
    end = (*best.shape[:-2], 1)
    lowest, last = np.full(end, -np.inf), np.full(end, reference[0])
    left = np.concatenate((lowest, right), axis=-1)
    high = np.stack(
        (
            np.concatenate((right, last), axis=-1),
            np.concatenate((np.full(end, reference[1]), top), axis=-1),
        ),
        axis=-1,
    )
    return np.stack((left, np.full(left.shape, -np.inf)), axis=-1), high


def _swept(front: Floats, reference: Floats) -> Boxes:
    """The same for three objectives, at most 2n + 1 boxes: a sweep along the third, strips of the other two.

    A strip reaches from its left to the next one's, up to its top. A point cuts the strips that it reaches into: what
    they were up to its height becomes boxes.
    """
    end, top, ceiling = reference.tolist()
    lefts, tops, floors = [-np.inf], [top], [-np.inf]
    low: list[tuple[float, float, float]] = []
    high: list[tuple[float, float, float]] = []

    def close(first: int, last: int, height: float) -> None:
        for k in range(first, last):
            low.append((lefts[k], -np.inf, floors[k]))
            high.append((lefts[k + 1] if k + 1 < len(lefts) else end, tops[k], height))

    for x, y, z in front[np.argsort(front[:, 2], kind="stable")].tolist():
        first = bisect_right(lefts, x) - 1
        if x >= end or z >= ceiling or tops[first] <= y:
            continue
        last = first
        while last < len(tops) and tops[last] > y:
            last += 1
        close(first, last, z)
        left = [lefts[first]] if lefts[first] < x else []
        tops[first:last] = [*(tops[first] for _ in left), y]
        lefts[first:last] = [*left, x]
        floors[first:last] = [z] * (len(left) + 1)
    close(0, len(lefts), ceiling)
    return np.array(low), np.array(high)


def _partition(front: Floats, reference: Floats) -> Boxes:
    import torch
    from botorch.utils.multi_objective.box_decompositions import FastNondominatedPartitioning

    inside = np.unique(front[(front < reference).all(axis=1)], axis=0)
    if not len(inside):
        return np.full((1, len(reference)), -np.inf), reference[None].astype(np.float64)
    boxes = FastNondominatedPartitioning(-torch.from_numpy(reference), -torch.from_numpy(inside)).get_hypercell_bounds()
    low, high = -boxes[1].numpy(), -boxes[0].numpy()
    return low, high
