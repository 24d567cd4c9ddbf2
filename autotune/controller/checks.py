"""What a configuration costs and whether it can run: the method catalogue behind callables that strategies take."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autotune import methods
from autotune.errors import AutotuneError
from autotune.facts import ModelFacts
from autotune.methods.costing import Costs
from autotune.methods.recipes import digest
from autotune.objectives import COSTS, Constraint
from autotune.trial import Config

_REMEMBERED = 60_000
"""Answers that are kept."""


def check_controls(names: Sequence[str], facts: ModelFacts) -> None:
    """Refuse a control that cannot run on the model, before any device time is spent.

    Raises:
        AutotuneError: with the reason, and how to leave it out.
    """
    for name in names:
        method = name.split("-")[0]
        reason = methods.refuse({"method": method}, facts)
        if reason is not None:
            kept = ",".join(n for n in names if not n.startswith(method)) or "none"
            raise AutotuneError(
                f"the control {name!r} cannot run on {facts.model}: {reason}",
                f"leave it out: --set controls={kept}",
            )


@dataclass(frozen=True)
class Checks:
    """Bound to one model and the study's constraints."""

    facts: ModelFacts
    constraints: Sequence[Constraint]
    _told: dict[tuple[Hashable, ...], Any] = field(default_factory=dict, repr=False, compare=False)
    """What has been asked before: a model-based search asks of the same configurations again and again."""

    def costs(self, config: Config) -> Mapping[str, float]:
        """Every cost that is known before training."""
        found: Mapping[str, float] = self._once("costs", config, lambda: Costs(self._recipe(config), self.facts))
        return found

    def refuse(self, config: Config) -> str | None:
        """Why the configuration cannot run or breaks a known constraint, or None."""
        found: str | None = self._once("refuse", config, lambda: self._refuse(config))
        return found

    def identity(self, config: Config) -> str:
        """Equal for configurations that train the same thing."""
        found: str = self._once("identity", config, lambda: digest(self._recipe(config)))
        return found

    def _refuse(self, config: Config) -> str | None:
        try:
            self._recipe(config)
        except AutotuneError as error:
            return error.message
        known = self.costs(config)
        for constraint in self.constraints:
            if constraint.name in COSTS and not constraint.holds(known):
                return f"{constraint.name}={known[constraint.name]:,.0f} breaks the constraint {constraint}"
        return None

    def _recipe(self, config: Config) -> methods.Recipe:
        found: methods.Recipe = self._once("recipe", config, lambda: methods.recipe(config, self.facts))
        return found

    def _once(self, what: str, config: Config, ask: Callable[[], Any]) -> Any:
        key = (what, *config.items())
        if key not in self._told:
            if len(self._told) >= _REMEMBERED:
                self._told.clear()
            self._told[key] = ask()
        return self._told[key]
