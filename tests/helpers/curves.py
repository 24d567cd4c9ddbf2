"""Learning curves to try things on."""

import numpy as np

from autotune.curves import Curve

T = np.arange(1, 21) / 20


def drawn(n, seed=0, noise=0.01):
    """Exponential and power laws with noise, all of one study."""
    rng = np.random.default_rng(seed)
    end, drop, tau = rng.uniform(0.2, 0.5, (n, 1)), rng.uniform(0.5, 1.0, (n, 1)), rng.uniform(0.05, 0.4, (n, 1))
    laws = np.where(rng.random((n, 1)) < 0.5, np.exp(-T / tau), (1 + T / tau) ** -1.0)
    return end + drop * laws + rng.normal(0, noise, (n, 20))


def cut(values, k, t=T):
    return [Curve(t[:k], row[:k]) for row in values]


def whole(values, t=T):
    return [Curve(t, row) for row in values]


def equal(a, b, tolerance=1e-6):
    for q in (0.05, 0.5, 0.95):
        np.testing.assert_allclose(a.quantile(q), b.quantile(q), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(a.mean, b.mean, rtol=tolerance, atol=tolerance)
