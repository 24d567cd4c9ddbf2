"""The model of one learnt objective."""

from __future__ import annotations

import numpy as np

from autotune.pareto import Floats, Ints
from autotune.strategies.mobo.gp import Inputs, Posterior, fit, standard
from autotune.strategies.mobo.observed import Observed

_MOST_FITTED = 200
"""Rows from which the covariance's parameters are found."""
_MOST_KNOWN = 600
"""Rows that enter a prediction."""
_RANGE_FOR_LOG = 8.0
"""Positive values that span more than this factor at one level are modelled by their logarithm."""


class Output:
    """A Gaussian process for one objective, in its logarithm where the values span orders of magnitude."""

    def __init__(self, observed: Observed, column: int, groups: Ints) -> None:
        values = observed.values[:, column]
        self.log = _spans_orders(values, observed.inputs.depth)
        values = np.log(values) if self.log else values
        fitted, known = observed.most_telling(_MOST_FITTED), observed.most_telling(_MOST_KNOWN)
        shift, width = standard(values[fitted])
        self.parameters = fit(observed.inputs.at(fitted), (values[fitted] - shift) / width, groups)
        self._posterior = Posterior(observed.inputs.at(known), values[known], groups, self.parameters)

    def mean(self, points: Inputs) -> Floats:
        """The expected values, (n,); their median where the logarithm is modelled."""
        mean = self._posterior.mean(points)
        return np.exp(mean) if self.log else mean

    def draw(self, base: Inputs, points: Inputs, normals: Floats) -> tuple[Floats, Floats]:
        """Values of the base and, given these, of each further point by itself.

        Args:
            base: b points.
            points: n points.
            normals: standard normal numbers, (draws, b + 1); the last is every further point's.

        Returns:
            (draws, b) and (draws, n).
        """
        joint = self._posterior.given(base, points)
        drawn = joint.base_mean + (normals[:, :-1] * np.sqrt(joint.spectrum)) @ joint.vectors.T
        centre = joint.mean + (drawn - joint.base_mean) @ joint.pull.T
        found = centre + normals[:, -1:] * np.sqrt(joint.variance)
        return (np.exp(drawn), np.exp(found)) if self.log else (drawn, found)


def _spans_orders(values: Floats, depth: Floats) -> bool:
    if values.min() <= 0:
        return False
    return any(values[depth == d].max() > _RANGE_FOR_LOG * values[depth == d].min() for d in np.unique(depth))
