"""A Gaussian process over configurations and fidelities, fitted by its marginal likelihood.

The values of a trial at a share of its training are a sum: what the configuration is worth, how that differs at this
fidelity, how all configurations differ at this fidelity, the trial's own luck, noise, and what earlier searches say of
the configuration, times how far they can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autotune.pareto import Floats, Ints

NUMERICAL = (ValueError, FloatingPointError, np.linalg.LinAlgError)
"""What a model may raise that is no mistake of the program's; the study goes on without it."""
_LEVEL_REACH = 0.5
"""Length scale, in fidelity, of what all configurations have in common at a level."""
_SCALES = ("worth", "drift", "reach", "luck", "level", "noise", "trust")
_PRIOR = np.array(
    [
        [0.0, 1.0],
        [np.log(0.3), 1.0],
        [np.log(0.5), 0.7],
        [np.log(0.02), 1.5],
        [np.log(0.3), 1.5],
        [-4.0, 1.0],
        [np.log(0.3), 1.0],
    ]
)
"""Mean and deviation of the logarithm of each scale: variances of standardised values, ``reach`` a length."""


@dataclass(frozen=True)
class Inputs:
    """Where values were observed, or are to be predicted."""

    rows: Floats
    """Encoded configurations, (n, width)."""
    depth: Floats
    """How far from a full training, (n,): 0 at its end, 1 at the lowest fidelity."""
    hunches: Floats | None = None
    """What earlier searches say of each configuration, (n, searches)."""

    def at(self, index: Ints) -> Inputs:
        """Some of them."""
        return Inputs(self.rows[index], self.depth[index], None if self.hunches is None else self.hunches[index])


@dataclass(frozen=True)
class Parameters:
    """Of the covariance."""

    lengths: Floats
    """A length scale for each group of columns."""
    scales: Floats
    """Of ``_SCALES``."""


def fit(inputs: Inputs, values: Floats, groups: Ints, steps: int = 60) -> Parameters:
    """The most probable parameters, by L-BFGS from the prior's middle.

    Length scales have the dimension-scaled prior of Hvarfner et al. (2024), which keeps many dimensions smooth until
    the data say otherwise.

    Args:
        inputs: n points.
        values: standardised, (n,).
        groups: the length scale of each column.
        steps: of the optimiser at most.
    """
    from scipy.optimize import minimize

    count = int(groups.max()) + 1
    objective = _Evidence(inputs, values, groups)
    prior = np.concatenate((np.full(count, np.sqrt(2) + 0.5 * np.log(count)), _PRIOR[:, 0]))
    start = np.concatenate((np.full(count, np.log(0.5 * count**0.5)), _PRIOR[:, 0]))
    low = np.concatenate((np.full(count, np.log(0.03)), np.array([-5.0, -8, -3, -12, -8, -11.5, -8])))
    high = np.concatenate((np.full(count, np.log(300.0)), np.array([4.0, 3, 2, 1, 3, 1.0, 1.0])))
    spread = np.concatenate((np.full(count, np.sqrt(3)), _PRIOR[:, 1]))

    def penalised(theta: Floats) -> tuple[float, Floats]:
        value, gradient = objective(theta)
        away = (theta - prior) / spread
        return value + 0.5 * float(away @ away), gradient + away / spread

    found = minimize(
        penalised,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        options={"maxiter": steps},
    )
    best = found.x if np.isfinite(found.fun) else start
    return Parameters(np.exp(best[:count]), np.exp(best[count:]))


class _Evidence:
    """The negative log marginal likelihood and its gradient in the logarithm of each parameter."""

    def __init__(self, inputs: Inputs, values: Floats, groups: Ints) -> None:
        self._values = values
        self._count = int(groups.max()) + 1
        n = len(values)
        self._squares = np.empty((self._count, n * n))
        for group in range(self._count):
            self._squares[group] = _square_distances(
                inputs.rows[:, groups == group], inputs.rows[:, groups == group]
            ).ravel()
        self._same = (self._squares.sum(axis=0) < 1e-12).reshape(n, n)
        self._gap = np.abs(inputs.depth[:, None] - inputs.depth[None])
        self._level = np.exp(-0.5 * (self._gap / _LEVEL_REACH) ** 2)
        self._hunch = _alike(inputs, inputs)

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        from scipy.linalg import LinAlgError, cho_solve, cholesky

        n, count = len(self._values), self._count
        inverse = np.exp(-2 * theta[:count])
        worth, drift, reach, luck, level, noise, trust = np.exp(theta[count:])
        squares = (inverse @ self._squares).reshape(n, n)
        root = np.sqrt(5 * squares)
        decay = np.exp(-root)
        near = (1 + root + 5 / 3 * squares) * decay
        fade = np.exp(-self._gap / reach)
        drifting = drift * fade * near
        covariance = worth * near + drifting + luck * self._same + level * self._level + trust * self._hunch
        covariance[np.diag_indices(n)] += noise + 1e-8
        try:
            factor = cholesky(covariance, lower=True, check_finite=False)
        except LinAlgError:
            return 1e10, np.zeros_like(theta)
        weights = cho_solve((factor, True), self._values, check_finite=False)
        inverted = cho_solve((factor, True), np.eye(n), check_finite=False)
        value = 0.5 * float(self._values @ weights) + float(np.log(np.diag(factor)).sum())
        pull = 0.5 * (inverted - np.outer(weights, weights))
        slope = pull * (worth + drift * fade) * (-5 / 6) * (1 + root) * decay
        gradient = np.empty_like(theta)
        gradient[:count] = -2 * inverse * (self._squares @ slope.ravel())
        gradient[count:] = (
            worth * (pull * near).sum(),
            (pull * drifting).sum(),
            (pull * drifting * self._gap).sum() / reach,
            luck * (pull * self._same).sum(),
            level * (pull * self._level).sum(),
            noise * np.trace(pull),
            trust * (pull * self._hunch).sum(),
        )
        return value, gradient


def _alike(a: Inputs, b: Inputs) -> Floats | float:
    """How far earlier searches say the same of points, (n, m); 0 where there are none."""
    if a.hunches is None or b.hunches is None:
        return 0.0
    found: Floats = a.hunches @ b.hunches.T
    return found


def _square_distances(a: Floats, b: Floats) -> Floats:
    squares: Floats = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None] - 2 * a @ b.T
    return np.maximum(squares, 0.0)


@dataclass(frozen=True)
class Base:
    """The noise-free values of a few points, which others are looked at together with."""

    inputs: Inputs
    mean: Floats
    """(b,)"""
    half: Floats
    """Half of what the observations take off their covariance, (observed, b)."""
    spectrum: Floats
    """Eigenvalues of their covariance, (b,)."""
    vectors: Floats
    """Its eigenvectors as columns, (b, b)."""


@dataclass(frozen=True)
class Given:
    """The noise-free values of further points once a base's are known."""

    mean: Floats
    """Of the points by themselves, (n,)."""
    pull: Floats
    """How a point's mean follows what the base differs from its own, (n, b)."""
    variance: Floats
    """That is left at each point, (n,)."""


class Posterior:
    """What the observed values say about any others."""

    def __init__(self, inputs: Inputs, values: Floats, groups: Ints, parameters: Parameters) -> None:
        """Condition on values.

        Args:
            inputs: n points.
            values: any scale, (n,).
            groups: the length scale of each column.
            parameters: fitted to standardised values.

        Raises:
            LinAlgError: the covariance cannot be factorised.
        """
        from scipy.linalg import cho_solve

        self._inputs, self._parameters = inputs, parameters
        self._inverse = 1 / parameters.lengths[groups]
        self._shift, self._width = standard(values)
        self.noise = float(self._width * parameters.scales[5] ** 0.5)
        """Deviation of an observed value from the noise-free one."""
        covariance = self._covariance(inputs, inputs)
        covariance[np.diag_indices(len(values))] += parameters.scales[5]
        self._factor = _factor(covariance)
        self._weights = cho_solve((self._factor, True), (values - self._shift) / self._width, check_finite=False)

    def mean(self, points: Inputs) -> Floats:
        """Of the noise-free values, (n,)."""
        found: Floats = self._shift + self._width * (self._covariance(points, self._inputs) @ self._weights)
        return found

    def left_out(self, rows: Ints) -> float:
        """The log density of some of the observed values, each foretold from all others, summed.

        Sundararajan and Keerthi (2001).
        """
        from scipy.linalg import cho_solve

        inverse = cho_solve((self._factor, True), np.eye(len(self._factor)), check_finite=False)
        certainty = np.diag(inverse)[rows]
        miss = self._weights[rows] / certainty
        density = 0.5 * np.log(certainty / (2 * np.pi)) - 0.5 * certainty * miss**2 - np.log(self._width)
        return float(density.sum())

    def base(self, inputs: Inputs) -> Base:
        """The joint of a few points."""
        mean, half = self._conditioned(inputs)
        square = self._width**2
        spectrum, vectors = np.linalg.eigh(square * (self._covariance(inputs, inputs) - half.T @ half))
        return Base(inputs, mean, half, np.maximum(spectrum, 1e-8 * square), vectors)

    def given(self, base: Base, points: Inputs) -> Given:
        """The joint of a base with each of several points."""
        mean, half = self._conditioned(points)
        worth, drift, _, luck, level, _, trust = self._parameters.scales
        square = self._width**2
        told = 0.0 if points.hunches is None else trust * (points.hunches**2).sum(axis=1)
        variance = square * np.maximum(worth + drift + luck + level + told - (half * half).sum(axis=0), 1e-10)
        between = square * (self._covariance(points, base.inputs) - half.T @ base.half)
        pull = (between @ base.vectors / base.spectrum) @ base.vectors.T
        return Given(mean, pull, np.maximum(variance - (pull * between).sum(axis=1), 0.0))

    def _conditioned(self, points: Inputs) -> tuple[Floats, Floats]:
        """The mean, and half of what the observations take off the covariance, (observed, n)."""
        from scipy.linalg import solve_triangular

        cross = self._covariance(self._inputs, points)
        half: Floats = solve_triangular(self._factor, cross, lower=True, check_finite=False)
        mean: Floats = self._shift + self._width * (cross.T @ self._weights)
        return mean, half

    def _covariance(self, a: Inputs, b: Inputs) -> Floats:
        worth, drift, reach, luck, level, _, trust = self._parameters.scales
        squares = _square_distances(a.rows * self._inverse, b.rows * self._inverse)
        root = np.sqrt(5 * squares)
        gap = np.abs(a.depth[:, None] - b.depth[None])
        near = (1 + root + 5 / 3 * squares) * np.exp(-root)
        same = _square_distances(a.rows, b.rows) < 1e-9
        covariance: Floats = (
            near * (worth + drift * np.exp(-gap / reach))
            + luck * same
            + level * np.exp(-0.5 * (gap / _LEVEL_REACH) ** 2)
            + trust * _alike(a, b)
        )
        return covariance


def standard(values: Floats) -> tuple[float, float]:
    """Mean and deviation; 1 for values without any."""
    width = float(values.std())
    return float(values.mean()), width if width > 1e-12 else 1.0


def _factor(covariance: Floats) -> Floats:
    """The Cholesky factor, with as much jitter as it takes."""
    from scipy.linalg import LinAlgError, cholesky

    scale = float(np.diag(covariance).mean())
    for jitter in (1e-9, 1e-7, 1e-5, 1e-3):
        try:
            found: Floats = cholesky(
                covariance + jitter * scale * np.eye(len(covariance)), lower=True, check_finite=False
            )
        except LinAlgError:
            continue
        return found
    raise LinAlgError("the covariance is not positive definite")
