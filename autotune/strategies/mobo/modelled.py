"""Which trials a model of the space can hold."""

from __future__ import annotations

from autotune.errors import AutotuneError
from autotune.space import SearchSpace
from autotune.trial import Config, Trial


class Modelled:
    """Trials' configurations as the space says them."""

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._known: dict[int, tuple[Config, Config | None]] = {}

    def config(self, trial: Trial) -> Config | None:
        """The configuration, what it leaves out filled with defaults; None if it is none of the space."""
        known = self._known.get(trial.number)
        if known is None or known[0] is not trial.config:
            try:
                found: Config | None = self._space.complete(trial.config)
            except AutotuneError:
                found = None
            known = self._known[trial.number] = (trial.config, found)
        return known[1]
