"""A small network that was fitted to curves drawn from the prior: from a beginning to a distribution of the end."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np

from autotune.curves.curve import Floats
from autotune.curves.mixture import Posterior

GRID = 16
COMPONENTS = 6
WIDTH = 96
INPUTS = 2 * GRID + 7
_FILE = "net.npz"


def features(t: Floats, values: Floats) -> Floats:
    """What the network sees of curves with values at fractions t.

    Args:
        t: ascending, at least two, shape (k,).
        values: less the last one and divided by the range, shape (n, k).
    """
    k = len(t)
    linear = _at(np.linspace(t[0], t[-1], GRID), t, values)
    recent = _at(t[-1] - (t[-1] - t[0]) * np.geomspace(1, 0.01, GRID), t, values)
    steps = np.abs(np.diff(values, axis=1))
    turns = np.abs(np.diff(values, n=2, axis=1)).mean(axis=1) if k > 2 else np.zeros(len(values))
    numbers = np.array([np.log(t[-1]), np.log(1.001 - t[-1]), np.log(k) / 3, np.log(t[0] / t[-1]) / 3])
    own = np.stack((np.log(steps.mean(axis=1) + 1e-3), np.log(turns + 1e-3), np.log(steps[:, -1] + 1e-3)), axis=1)
    return np.concatenate((linear, recent, np.tile(numbers, (len(values), 1)), own), axis=1)


def falling(values: Floats) -> Floats:
    """What turns each curve so that it falls, 1 or -1: the network knows losses alone; shape (n, 1)."""
    return np.where(values.mean(axis=1, keepdims=True) < 0, -1.0, 1.0)


def _at(where: Floats, t: Floats, values: Floats) -> Floats:
    """Linear interpolation of every row."""
    right = np.clip(np.searchsorted(t, where), 1, len(t) - 1)
    share = np.clip((where - t[right - 1]) / (t[right] - t[right - 1]), 0, 1)
    return np.asarray(values[:, right - 1] * (1 - share) + values[:, right] * share)


def net_posterior(t: Floats, values: Floats) -> Posterior:
    """The end of curves, in the units of ``features``."""
    weights = _weights()
    sign = falling(values)
    x = (features(t, sign * values) - weights["shift"]) / weights["scale"]
    for layer in (0, 2, 4):
        x = x @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]
        if layer < 4:
            x = x * (0.5 * (1 + np.tanh(0.5 * x)))
    shares, means, sds = np.split(x, 3, axis=1)
    shares = np.exp(shares - shares.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return Posterior(shares, sign * np.sinh(np.clip(means, -8, 8)), np.exp(np.clip(sds, -7, 5)))


@cache
def _weights() -> dict[str, Floats]:
    with (files("autotune.curves") / _FILE).open("rb") as file:
        return {name: array.astype(np.float64) for name, array in np.load(file).items()}
