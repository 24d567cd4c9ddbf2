"""The model of one learnt objective."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autotune.pareto import Floats, Ints
from autotune.strategies.mobo.encoding import Encoding
from autotune.strategies.mobo.gp import Base, Inputs, Parameters, Posterior, fit, standard
from autotune.strategies.mobo.hunch import LEAN, Hunches
from autotune.strategies.mobo.observed import Observed
from autotune.trial import Config

_MOST_FITTED = 200
"""Rows from which the covariance's parameters are found."""
_MOST_KNOWN = 600
"""Rows that enter a prediction."""
_RANGE_FOR_LOG = 8.0
"""Positive values that span more than this factor at one level are modelled by their logarithm."""
_NEAR_ZERO = 0.02
"""Unless some are smaller than this part of the usual one: what reaches zero has a logarithm that says nothing else."""


class Output:
    """A Gaussian process for one objective, in its logarithm where the values span orders of magnitude."""

    def __init__(
        self,
        name: str,
        observed: Observed,
        column: int,
        configs: Sequence[Config],
        encoding: Encoding,
        hunches: Hunches | None = None,
        parameters: Parameters | None = None,
    ) -> None:
        """Fit it.

        Args:
            name: that its parameters are kept by.
            observed: rows to learn from.
            column: of their values.
            configs: of ``observed.trials``.
            encoding: of the space.
            hunches: what earlier searches say of this objective.
            parameters: of the covariance, where they were found earlier.
        """
        self.name = name
        self._encoding, self._hunches = encoding, hunches
        values = observed.values[:, column]
        self.log = _spans_orders(values, observed.inputs.depth)
        values = np.log(values) if self.log else values
        told = None if hunches is None else hunches.of(configs)[observed.owner]
        inputs = Inputs(observed.inputs.rows, observed.inputs.depth, told)
        self._lean = 0.0 if told is None else LEAN / told.shape[1] * standard(values)[1]
        values = values - self._leaning(inputs)
        fitted, known = observed.most_telling(_MOST_FITTED), observed.most_telling(_MOST_KNOWN)
        if parameters is None:
            shift, width = standard(values[fitted])
            parameters = fit(inputs.at(fitted), (values[fitted] - shift) / width, encoding.groups)
        self.parameters = parameters
        self._posterior = Posterior(inputs.at(known), values[known], encoding.groups, self.parameters)
        self.ends: Ints = np.flatnonzero(inputs.depth[known] == 0)
        """The rows of full trainings."""
        self.noise = self._posterior.noise
        """Deviation of a measurement, on the scale that is modelled."""

    def foresight(self) -> float:
        """The log density of the ends of the full trainings, each foretold from everything else that was observed."""
        return self._posterior.left_out(self.ends)

    def mean(self, configs: Sequence[Config]) -> Floats:
        """The expected values of full trainings, (n,); their median where the logarithm is modelled."""
        points = self._at_the_end(configs)
        mean = self._posterior.mean(points) + self._leaning(points)
        return np.exp(mean) if self.log else mean

    def base(self, configs: Sequence[Config]) -> Base:
        """The ends of full trainings that others are drawn together with."""
        return self._posterior.base(self._at_the_end(configs))

    def draw(self, base: Base, others: Sequence[Config], normals: Floats) -> tuple[Floats, Floats]:
        """Values of full trainings of the base and, given these, of each other one by itself.

        Args:
            base: of b configurations.
            others: n configurations.
            normals: standard normal numbers, (draws, b + 1); the last is every other one's.

        Returns:
            (draws, b) and (draws, n).
        """
        points = self._at_the_end(others)
        given = self._posterior.given(base, points)
        drawn = base.mean + (normals[:, :-1] * np.sqrt(base.spectrum)) @ base.vectors.T
        centre = given.mean + (drawn - base.mean) @ given.pull.T + self._leaning(points)
        found = centre + normals[:, -1:] * np.sqrt(given.variance)
        drawn = drawn + self._leaning(base.inputs)
        return (np.exp(drawn), np.exp(found)) if self.log else (drawn, found)

    def scaled(self, values: Floats) -> Floats:
        """Values on the scale that is modelled; any shape."""
        return np.log(np.maximum(values, np.finfo(np.float64).tiny)) if self.log else values

    def _at_the_end(self, configs: Sequence[Config]) -> Inputs:
        told = None if self._hunches is None else self._hunches.of(configs)
        return Inputs(self._encoding.rows(configs), np.zeros(len(configs)), told)

    def _leaning(self, points: Inputs) -> Floats | float:
        """What is taken on trust."""
        if points.hunches is None:
            return 0.0
        found: Floats = self._lean * points.hunches.sum(axis=1)
        return found


def _spans_orders(values: Floats, depth: Floats) -> bool:
    if values.min() <= 0:
        return False
    levels = [values[depth == d] for d in np.unique(depth)]
    if any(v.min() < _NEAR_ZERO * np.median(v) for v in levels):
        return False
    return any(v.max() > _RANGE_FOR_LOG * v.min() for v in levels)
