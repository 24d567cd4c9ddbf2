"""Bounds on what only training tells: how likely a configuration is to hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autotune.objectives import COSTS, Constraint, Objective
from autotune.pareto import Floats
from autotune.strategies.mobo.output import Output
from autotune.strategies.rungs import minimized
from autotune.trial import Config

Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

_HARDLY = 1e-12
"""The probability that counts as none."""


@dataclass(frozen=True)
class Bound:
    """A constraint that no candidate can be held against before it is trained."""

    quantity: Objective
    """What is bounded: an objective of the study, or something else that trials tell."""
    limit: float
    """On the scale that its model learns from."""
    below: bool
    """Whether what holds it lies below the limit, or above."""

    def margin(self, values: Floats, model: Output) -> Floats:
        """By how many deviations of a measurement values keep clear of the limit; any shape."""
        found: Floats = (model.scaled(np.asarray(self.limit)) - model.scaled(values)) / model.noise
        return found if self.below else -found


def read_bounds(constraints: Iterable[Constraint], objectives: Sequence[Objective]) -> list[Bound]:
    """Constraints on what is learnt, on the scale of the models of a study with these objectives."""
    names = {**COSTS, **{o.name: o for o in objectives}}
    found = []
    for constraint in constraints:
        upper = constraint.comparison.startswith("<")
        quantity = names.get(constraint.name) or Objective(constraint.name, "minimize" if upper else "maximize")
        below = upper == (quantity.direction == "minimize")
        found.append(Bound(quantity, minimized(quantity, constraint.bound), below))
    return found


class Bounds:
    """The bounds of a study at one moment, each with the model of what it bounds."""

    def __init__(self, bounds: Sequence[Bound], models: Mapping[Objective, Output]) -> None:
        """Take those of the bounds whose quantity has been observed and is modelled."""
        self._held = [(bound, models[bound.quantity]) for bound in bounds if bound.quantity in models]

    def __bool__(self) -> bool:
        return bool(self._held)

    def mask(self, drawn: Mapping[Objective, Floats], shape: tuple[int, int]) -> Mask:
        """Whether noise-free values hold all bounds; ``drawn`` by quantity, each of that shape."""
        found: Mask = np.ones(shape, dtype=bool)
        for bound, model in self._held:
            found &= bound.margin(drawn[bound.quantity], model) >= 0
        return found

    def chances(self, drawn: Mapping[Objective, Floats], shape: tuple[int, int]) -> Floats:
        """The probability that measurements of such values hold all bounds; far away a little more than nothing.

        So of two candidates that will surely break a bound the one that is nearer to it is better.
        """
        from scipy.special import ndtr

        found = np.ones(shape)
        for bound, model in self._held:
            margin = bound.margin(drawn[bound.quantity], model)
            found = found * np.maximum(ndtr(margin), _HARDLY / (1 + margin**2))
        return found

    def excess(self, configs: Sequence[Config]) -> Floats:
        """By how much full trainings are expected to break them, in deviations of a measurement, (n,)."""
        found = np.zeros(len(configs))
        for bound, model in self._held:
            found += np.maximum(-bound.margin(model.mean(configs), model), 0.0)
        return found
