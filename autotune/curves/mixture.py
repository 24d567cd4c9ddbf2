"""Mixtures of normal distributions, one for each curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autotune.curves.curve import Floats

_HALVINGS = 50
_LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class Posterior:
    """What is believed of n numbers: for each a mixture of c normal distributions.

    A row of NaN means that nothing is known.
    """

    weights: Floats
    """Shape (n, c), each row adding up to one."""
    means: Floats
    """Shape (n, c)."""
    sds: Floats
    """Shape (n, c)."""

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def mean(self) -> Floats:
        """Shape (n,)."""
        return _sum(self.weights * self.means)

    @property
    def sd(self) -> Floats:
        """Shape (n,)."""
        spread = self.sds**2 + (self.means - self.mean[:, None]) ** 2
        return np.sqrt(_sum(self.weights * spread))

    @property
    def median(self) -> Floats:
        """Shape (n,). Rank by it rather than by the mean, which leans to where a curve is least certain to go."""
        return self.quantile(0.5)

    def probability_below(self, x: npt.ArrayLike) -> Floats:
        """The probability that each number is less than x, which is one number or (n,)."""
        from scipy.special import ndtr

        return _sum(self.weights * ndtr((self._columns(x) - self.means) / self.sds))

    def log_density(self, x: npt.ArrayLike) -> Floats:
        """The log of each density at x, which is one number or (n,)."""
        return log_sum(np.log(np.maximum(self.weights, 1e-300)) + log_normal(self._columns(x), self.means, self.sds))

    def quantile(self, q: float) -> Floats:
        """The number below which each lies with probability q, by halving an interval; shape (n,)."""
        if not 0 < q < 1:
            raise ValueError(f"a quantile is asked for between 0 and 1, not at {q}")
        reach = 40 * self.sds
        low, high = (self.means - reach).min(axis=1, initial=np.inf), (self.means + reach).max(axis=1, initial=-np.inf)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            below = self.probability_below(middle) < q
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)

    def crps(self, x: npt.ArrayLike) -> Floats:
        """The continuous ranked probability score against what came true; less is better (Grimit et al. 2006)."""
        from scipy.special import ndtr

        def absolute(means: Floats, sds: Floats) -> Floats:
            z = means / sds
            return np.asarray(means * (2 * ndtr(z) - 1) + 2 * sds * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))

        own = _sum(self.weights * absolute(self._columns(x) - self.means, self.sds))
        apart = absolute(
            self.means[:, :, None] - self.means[:, None], np.hypot(self.sds[:, :, None], self.sds[:, None])
        )
        return np.asarray(own - np.einsum("ni,nj,nij->n", self.weights, self.weights, apart) / 2)

    def rows(self, chosen: npt.ArrayLike) -> Posterior:
        """Some of the rows."""
        at = np.asarray(chosen)
        return Posterior(self.weights[at], self.means[at], self.sds[at])

    def scaled(self, location: npt.ArrayLike, scale: npt.ArrayLike) -> Posterior:
        """Of location + scale × number; each one number or (n,)."""
        by = self._columns(scale)
        return Posterior(self.weights, self._columns(location) + by * self.means, by * self.sds)

    def _columns(self, x: npt.ArrayLike) -> Floats:
        return np.broadcast_to(np.asarray(x, dtype=np.float64), (len(self),))[:, None]


def mixed(parts: list[Posterior], shares: Floats) -> Posterior:
    """A mixture of mixtures; ``shares`` has shape (n, number of parts)."""
    weights = [shares[:, [i]] * part.weights for i, part in enumerate(parts)]
    return Posterior(
        np.concatenate(weights, axis=1),
        np.concatenate([part.means for part in parts], axis=1),
        np.concatenate([part.sds for part in parts], axis=1),
    )


def joined(parts: list[Posterior]) -> Posterior:
    """Rows below rows; parts with fewer components are filled up with some of no weight."""
    most = max(part.weights.shape[1] for part in parts)

    def fill(array: Floats, value: float) -> Floats:
        return np.pad(array, ((0, 0), (0, most - array.shape[1])), constant_values=value)

    return Posterior(
        np.concatenate([fill(part.weights, 0.0) for part in parts]),
        np.concatenate([np.pad(p.means, ((0, 0), (0, most - p.means.shape[1])), mode="edge") for p in parts]),
        np.concatenate([np.pad(p.sds, ((0, 0), (0, most - p.sds.shape[1])), mode="edge") for p in parts]),
    )


def log_normal(x: Floats, means: Floats, sds: Floats) -> Floats:
    """Log densities of normal distributions."""
    return np.asarray(-0.5 * ((x - means) / sds) ** 2 - np.log(sds) - 0.5 * _LOG_TWO_PI)


def log_sum(logs: Floats) -> Floats:
    """The log of sums of exponentials over the last axis."""
    top = logs.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(logs - top).sum(axis=-1)) + top[..., 0])


def _sum(terms: Floats) -> Floats:
    return np.asarray(terms.sum(axis=1))
