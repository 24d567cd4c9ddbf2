"""Laws that learning curves follow, drawn once and for all: the prior."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from autotune.curves.curve import Floats

FAMILIES = ("power", "exponential", "logarithm", "drop", "anneal", "overfit", "diverge", "flat")
_EACH = 28


@dataclass(frozen=True, eq=False)
class Shapes:
    """Laws at some fractions, each less its value at the end and divided by its range from the first fraction on."""

    at: Floats
    """Shape (laws, k)."""
    reach: Floats
    """Prior standard deviation of what multiplies each, in units of the observed range; shape (laws,)."""


@cache
def _draws() -> Floats:
    """Evenly spread triples in the unit cube (Roberts 2018), shape (_EACH, 3)."""
    root = 1.0  # becomes the root of x⁴ = x + 1
    for _ in range(60):
        root = (1 + root) ** (1 / 4)
    steps = np.arange(1, _EACH + 1)[:, None] * (1 / root) ** np.arange(1, 4)
    return np.asarray((0.5 + steps) % 1.0)


def values(t: Floats) -> Floats:
    """Every law at fractions t, shape (laws, k); families one after the other."""
    u, v, _ = (column[:, None] for column in _draws().T)
    return np.concatenate([np.broadcast_to(f, (_EACH, len(t))) for f in families(t, u, v)])


def families(t: Floats, u: Floats, v: Floats) -> tuple[Floats, ...]:
    """A law of each family, in the order of ``FAMILIES``; u and v in (0, 1) say which."""
    return (
        (t / _log_uniform(u, 1e-3, 0.5) + 1) ** -_log_uniform(v, 0.2, 3.0),
        np.exp(-t / _log_uniform(u, 0.02, 1.5)) + 0 * v,
        -np.log(t + _log_uniform(u, 1e-3, 0.3)),
        1 / (1 + (t / _log_uniform(u, 0.03, 2.0)) ** _log_uniform(v, 2.0, 10.0)),
        np.maximum(1 - t, 0.0) ** _log_uniform(u, 0.5, 3.0),
        np.exp(-t / _log_uniform(u, 0.02, 0.5)) + _log_uniform(v, 0.1, 2.0) * t ** (0.7 + u),
        np.maximum(t - u, 0.0) ** _log_uniform(v, 0.3, 2.0),
        np.zeros_like(t + u),
    )


def shapes(t: Floats) -> Shapes:
    """The laws as a curve observed at fractions t sees them, those that expect the most to come last."""
    along = np.concatenate((np.linspace(t[0], 1.0, 32), t))
    everywhere = values(along)
    end = everywhere[:, [31]]
    span = np.ptp(everywhere, axis=1)[:, None]
    at = np.where(span > 1e-12, (everywhere[:, 32:] - end) / np.maximum(span, 1e-12), 0.0)
    reach = np.tile(_log_uniform(_draws()[:, 2], 0.5, 8.0), len(FAMILIES))
    to_come = np.abs(at[:, -1]) / (np.ptp(at, axis=1) + 0.05)
    order = np.argsort(to_come, kind="stable")
    return Shapes(at[order], reach[order])


def _log_uniform(u: Floats, low: float, high: float) -> Floats:
    return np.asarray(low * (high / low) ** u)
