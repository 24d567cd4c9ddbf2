"""Heavy tails: distributions that have them, and estimates that bear them."""

from __future__ import annotations

import numpy as np

from autotune.curves.curve import Floats
from autotune.curves.mixture import Posterior

TAIL_SDS, TAIL_WEIGHTS = np.array([0.6, 1.3, 4.0]), np.array([0.5, 0.4, 0.1])
"""Normal distributions that together resemble Student's t with three degrees of freedom."""
LEAST_SD = 2e-3
"""Nothing is foretold more closely than this, in units of the study's spread."""


def heavy(location: Floats, spread: Floats) -> Posterior:
    """A heavy-tailed distribution around each location."""
    n = len(location)
    sds = np.maximum(spread, LEAST_SD)[:, None] * TAIL_SDS
    return Posterior(np.tile(TAIL_WEIGHTS, (n, 1)), np.tile(location[:, None], (1, 3)), sds)


def robust_spread(residuals: Floats, others: Floats, prior: float, worth: float = 2.0) -> Floats:
    """The scale of heavy-tailed residuals for each row of ``others``, drawn to a prior one worth some residuals."""
    square = residuals**2
    found = np.full(len(others), max(prior, 1e-9) ** 2)
    count = others.sum(axis=1) + worth
    for _ in range(15):
        weighted = (others * square / (0.75 + 0.25 * square / found[:, None])).sum(axis=1)
        found = np.maximum((worth * prior**2 + weighted) / count, 1e-18)
    return np.asarray(np.sqrt(found))


def typical(residuals: Floats, others: Floats, worth: float = 2.0) -> Floats:
    """The centre of heavy-tailed residuals for each row of ``others``, drawn to nothing."""
    centre = np.zeros(len(others))
    spread = robust_spread(residuals, others, float(np.median(np.abs(residuals))) + 1e-6)
    for _ in range(5):
        weights = others * 4 / (3 + ((residuals - centre[:, None]) / spread[:, None]) ** 2)
        centre = (weights * residuals).sum(axis=1) / (weights.sum(axis=1) + worth)
    return centre
