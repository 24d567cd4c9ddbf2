"""What a further full training is expected to add to the front's hypervolume, noise and running trials considered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from autotune.pareto import Floats

Boxes = tuple[Floats, Floats]
"""Lower and upper corners, (k, m) each."""


@lru_cache(maxsize=4)
def normal_draws(count: int, width: int, seed: int) -> Floats:
    """Quasi-random standard normal numbers, (count, width)."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    sobol = qmc.Sobol(width, scramble=True, rng=np.random.default_rng(seed))
    uniform = sobol.random(count)
    return np.asarray(ndtri(np.clip(uniform, 1e-6, 1 - 1e-6)), dtype=np.float64)


def within(boxes: Sequence[Boxes], points: Floats) -> Floats:
    """By how much each point enlarges the hypervolume of each front: how much of its ``cells`` it dominates.

    Args:
        boxes: of the fronts, one for each of s draws.
        points: candidates in the same draws, (s, c, m), minimised.

    Returns:
        (s, c).
    """
    gains = np.empty(points.shape[:2])
    for draw, (low, high) in enumerate(boxes):
        volumes: Floats | float = 1.0
        for start, end, at in zip(low.T, high.T, points[draw].T, strict=True):
            volumes = volumes * np.maximum(end - np.maximum(start, at[:, None]), 0.0)
        gains[draw] = np.sum(volumes, axis=1)
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
    inside = np.minimum(fronts, reference)
    if width == 1:
        ends = inside.min(axis=1, initial=reference[0])
        return [(np.array([[-np.inf]]), end[None, None]) for end in ends[:, 0]]
    if width == 2:
        return list(zip(*_staircases(*_ascending(inside, reference), reference), strict=True))
    partition = _swept if width == 3 else _partition
    return [partition(front, reference) for front in inside]


def _ascending(fronts: Floats, reference: Floats) -> tuple[Floats, Floats]:
    """Both coordinates of each draw's non-dominated points by the first; what is left over lies on the reference."""
    order = np.lexsort((fronts[..., 1], fronts[..., 0]), axis=-1)
    x, y = (np.take_along_axis(fronts[..., k], order, axis=-1) for k in (0, 1))
    kept = (x < reference[0]) & (y < reference[1])
    kept[..., 1:] &= y[..., 1:] < np.minimum.accumulate(y, axis=-1)[..., :-1]
    most = int(kept.sum(axis=-1).max(initial=0))
    first = np.argsort(~kept, axis=-1, kind="stable")[..., :most]
    right, top = (
        np.take_along_axis(np.where(kept, v, end), first, axis=-1) for v, end in zip((x, y), reference, strict=True)
    )
    return right, top


def _staircases(right: Floats, top: Floats, reference: Floats) -> Boxes:
    """Low and high corners, (s, n + 1, 2), of n points in each draw that descend from the left."""
    end = (len(right), 1)
    left = np.concatenate((np.full(end, -np.inf), right), axis=1)
    right = np.concatenate((right, np.full(end, reference[0])), axis=1)
    above = np.concatenate((np.full(end, reference[1]), top), axis=1)
    return np.stack((left, np.full(left.shape, -np.inf)), axis=2), np.stack((right, above), axis=2)


def _swept(front: Floats, reference: Floats) -> Boxes:
    """``cells`` of a front of three objectives, at most 2n + 1 boxes: a sweep along the third, strips of the others.

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
