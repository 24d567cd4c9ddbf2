"""What a further full training is expected to add to the front's hypervolume, noise and running trials considered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autotune import pareto
from autotune.pareto import Floats


def normal_draws(count: int, width: int, seed: int) -> Floats:
    """Quasi-random standard normal numbers, (count, width)."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    sobol = qmc.Sobol(width, scramble=True, rng=np.random.default_rng(seed))
    uniform = sobol.random(count)
    return np.asarray(ndtri(np.clip(uniform, 1e-6, 1 - 1e-6)), dtype=np.float64)


def improvements(fronts: Sequence[Floats], points: Floats, reference: Floats) -> Floats:
    """By how much each point enlarges the hypervolume of each front, in every draw.

    Args:
        fronts: for each of s draws the points there are, (n_s, m), minimised.
        points: candidates in the same draws, (s, c, m).
        reference: (m,).

    Returns:
        (s, c).
    """
    return within([cells(front, reference) for front in fronts], points)


def within(boxes: Sequence[tuple[Floats, Floats]], points: Floats) -> Floats:
    """The same for fronts whose ``cells`` are at hand: how much of these each point dominates, (s, c)."""
    gains = np.empty(points.shape[:2])
    for draw, (low, high) in enumerate(boxes):
        gains[draw] = (
            np.maximum(high[None] - np.maximum(low[None], points[draw][:, None]), 0.0).prod(axis=2).sum(axis=1)
        )
    return gains


def cells(front: Floats, reference: Floats) -> tuple[Floats, Floats]:
    """Boxes that together are what no point of the front dominates, below the reference: lower, upper corners (k, m).

    A staircase for two objectives; BoTorch's partitioning (Lacour et al. 2017) for more. Unbounded sides are -inf.
    """
    width = len(reference)
    inside = front[(front < reference).all(axis=1)]
    if width == 1:
        return np.array([[-np.inf]]), np.array([[min(inside.min(initial=np.inf), reference[0])]])
    if not len(inside):
        return np.full((1, width), -np.inf), reference[None].astype(np.float64)
    best = np.unique(inside[pareto.front_mask(inside)], axis=0)
    if width > 2:
        return _boxes(best, reference)
    left = np.concatenate(([-np.inf], best[:, 0]))
    right = np.concatenate((best[:, 0], [reference[0]]))
    top = np.concatenate(([reference[1]], best[:, 1]))
    return np.column_stack((left, np.full(len(left), -np.inf))), np.column_stack((right, top))


def _boxes(front: Floats, reference: Floats) -> tuple[Floats, Floats]:
    import torch
    from botorch.utils.multi_objective.box_decompositions import FastNondominatedPartitioning

    boxes = FastNondominatedPartitioning(-torch.from_numpy(reference), -torch.from_numpy(front)).get_hypercell_bounds()
    low, high = -boxes[1].numpy(), -boxes[0].numpy()
    return low, high
