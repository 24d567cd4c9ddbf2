"""What earlier searches say of configurations that they never saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autotune.pareto import Floats
from autotune.strategies.earlier import Earlier
from autotune.strategies.mobo.encoding import Encoding
from autotune.strategies.mobo.gp import Inputs, Posterior, fit, standard
from autotune.trial import Config

LEAN = 0.5
"""Deviations of a later search's values that one deviation of the hunches stands for, before anything is seen."""


class Hunches:
    """The models of earlier searches for one objective, standardised over random configurations of the space.

    A later model leans on their mean by ``LEAN`` and learns by its own evidence how far each of them can be trusted,
    against them too (a linear kernel; the weight of a source is what the data of the target say of it).
    """

    def __init__(self, earlier: Sequence[Earlier], objective: str, encoding: Encoding, usual: Sequence[Config]) -> None:
        """Fit them.

        Args:
            earlier: searches; those that say nothing of the objective are left out.
            objective: by name.
            encoding: of the later search's space.
            usual: random configurations of it.
        """
        self._encoding = encoding
        self._models = [_model(e, objective, encoding) for e in earlier if objective in e.values]
        told = self._told(list(usual))
        self._middle = told.mean(axis=0) if len(told) else np.zeros(len(self._models))
        self._width = np.maximum(told.std(axis=0), 1e-9) if len(told) else np.ones(len(self._models))

    def __bool__(self) -> bool:
        return bool(self._models)

    def of(self, configs: Sequence[Config]) -> Floats:
        """(n, searches): 0 is a usual configuration, -1 one deviation better."""
        return (self._told(configs) - self._middle) / self._width

    def _told(self, configs: Sequence[Config]) -> Floats:
        points = Inputs(self._encoding.rows(configs), np.zeros(len(configs)))
        found = [model.mean(points) for model in self._models]
        return np.column_stack(found) if found else np.zeros((len(configs), 0))


def _model(earlier: Earlier, objective: str, encoding: Encoding) -> Posterior:
    depth = np.array(earlier.depth, dtype=np.float64)
    values = np.array(earlier.values[objective], dtype=np.float64)
    inputs = Inputs(encoding.rows(earlier.configs), depth)
    shift, width = standard(values)
    return Posterior(inputs, values, encoding.groups, fit(inputs, (values - shift) / width, encoding.groups))
