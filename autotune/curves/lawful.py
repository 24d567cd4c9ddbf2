"""The end of a curve if it follows one of the laws, plus noise: a weighted sample of laws."""

from __future__ import annotations

import numpy as np

from autotune.curves.curve import Floats
from autotune.curves.laws import Shapes, shapes
from autotune.curves.mixture import Posterior

NOISE = (0.02, 0.06, 0.2, 0.6)
"""Standard deviations of the noise, in units of the observed range."""
DRIFT = (0.5, 2.5)
"""How far a curve leaves its law: noise grows with the distance from the last point in log time."""
BINS = 8
"""What the laws are merged into."""


def law_posterior(t: Floats, values: Floats) -> Posterior:
    """The value at the end of curves with values at fractions t.

    Each law is fitted by Bayesian linear regression (an end and a factor, both with normal priors), for some levels of
    noise; laws and levels are weighted by what they thought of the values. Neighbouring laws are then merged.

    Args:
        t: fractions, ascending, shape (k,).
        values: less the last one and divided by the range, shape (n, k).
    """
    laws = shapes(t)
    fitted = [_regress(laws, t, values, noise, drift) for noise in NOISE for drift in DRIFT]
    log, means = (np.stack([found[i] for found in fitted], axis=1) for i in (0, 1))
    variances = np.array([found[2] for found in fitted])
    weights = np.exp(log - log.max(axis=(1, 2), keepdims=True))
    return _merged(weights / weights.sum(axis=(1, 2), keepdims=True), means, variances)


def _regress(laws: Shapes, t: Floats, y: Floats, noise: float, drift: float) -> tuple[Floats, Floats, Floats]:
    """Log weights (n, laws), means of the end (n, laws) and its variances (laws,)."""
    var = noise**2 * (1 + (drift * np.log(t[-1] / t)) ** 2)
    prior = laws.reach**2
    h = laws.at / var
    a, b, c = (1 / var).sum() + 1 / prior, h.sum(axis=1), (h * laws.at).sum(axis=1) + 1 / prior
    determinant = a * c - b**2
    p, q = (y / var).sum(axis=1)[:, None], y @ h.T
    mean = (c * p - b * q) / determinant
    explained = p * mean + q * (a * q - b * p) / determinant
    constant = -0.5 * (np.log(determinant) + 2 * np.log(prior) + np.log(var).sum())
    log = constant + 0.5 * (explained - ((y**2) / var).sum(axis=1)[:, None])
    at_end = noise**2 * (1 + (drift * np.log(1 / t[-1])) ** 2)
    return log, mean, c / determinant + at_end


def _merged(weights: Floats, means: Floats, variances: Floats) -> Posterior:
    """Laws merged into bins that keep the mixture's mean and variance."""
    edges = np.linspace(0, means.shape[2], BINS + 1).astype(int)[:-1]

    def over(terms: Floats) -> Floats:
        return np.asarray(np.add.reduceat(terms.sum(axis=1), edges, axis=1))

    weight = np.maximum(over(weights), 1e-12)
    mean = over(weights * means) / weight
    second = over(weights * (means**2 + variances)) / weight
    return Posterior(weight / weight.sum(axis=1, keepdims=True), mean, np.sqrt(np.maximum(second - mean**2, 1e-12)))
