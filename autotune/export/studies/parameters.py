"""The configurations of a study as Optuna's parameters: one distribution for each name, whatever trial it is of.

What is said of layers is a parameter for each layer, ``lora.layers[3]``. A conditional parameter is there where it is
active. Controls and enqueued configurations may lie outside the space: ranges and options are widened to hold them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autotune.space import Choice, Float, Int, Layers, PerLayer, SearchSpace
from autotune.trial import Trial, Value

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


class Parameters:
    """Every parameter that a trial of the study has."""

    def __init__(self, space: SearchSpace, trials: Sequence[Trial], layers: int) -> None:
        """Find the distributions.

        Args:
            space: of the study, bound to the model.
            trials: all of them.
            layers: of the model.
        """
        self._space, self._layers = space, layers
        seen: dict[str, list[Value]] = defaultdict(list)
        for trial in trials:
            for name, value in trial.config.items():
                seen[name].append(value)
        self._distributions = {n: d for name, values in seen.items() for n, d in self._of(name, values).items()}

    def of(self, trial: Trial) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
        """Parameters and distributions of a trial, by name."""
        params: dict[str, Any] = {}
        for name, value in trial.config.items():
            params |= self._spread(name, value)
        return params, {name: self._distributions[name] for name in params}

    def _spread(self, name: str, value: Value) -> dict[str, Any]:
        if not isinstance(value, tuple):
            return {name: value}
        if self._by_number(name):
            return {f"{name}[{i}]": number for i, number in enumerate(value)}
        return {f"{name}[{i}]": i in value for i in range(self._layers)}

    def _by_number(self, name: str) -> bool:
        """Whether a tuple is a number for each layer, not a set of layers."""
        known = self._space.parameters.get(name)
        return known is not None and isinstance(known.domain, PerLayer)

    def _of(self, name: str, values: Sequence[Value]) -> dict[str, BaseDistribution]:
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        known = self._space.parameters.get(name)
        domain = None if known is None else known.domain
        if isinstance(values[0], tuple):
            if not self._by_number(name):
                return {f"{name}[{i}]": CategoricalDistribution((False, True)) for i in range(self._layers)}
            numbers = [n for value in values if isinstance(value, tuple) for n in value]
            numbers += domain.options if isinstance(domain, PerLayer) else []
            return {f"{name}[{i}]": IntDistribution(min(numbers), max(numbers)) for i in range(self._layers)}
        plain = [v for v in values if not isinstance(v, tuple)]
        if any(isinstance(v, bool | str) for v in plain) or isinstance(domain, Choice | Layers):
            options = [*(domain.options if isinstance(domain, Choice) else ()), *plain]
            return {name: CategoricalDistribution(tuple(o for o in dict.fromkeys(options) if not isinstance(o, tuple)))}
        low, high = min(map(float, plain)), max(map(float, plain))
        if isinstance(domain, Float | Int):
            low, high = min(low, domain.low), max(high, domain.high)
        log = isinstance(domain, Float | Int) and domain.log
        if all(isinstance(v, int) for v in plain) and not isinstance(domain, Float):
            return {name: IntDistribution(int(low), int(high), log=log)}
        return {name: FloatDistribution(low, high, log=log)}
