"""Random search."""

from __future__ import annotations

import numpy as np

from autotune.history import History
from autotune.strategies.base import Setting, Suggestion
from autotune.strategies.proposals import Proposals


class RandomSearch:
    """Draws from the space, after the enqueued configurations."""

    def __init__(self, setting: Setting) -> None:
        self._proposals = Proposals(setting)

    def suggest(self, history: History, rng: np.random.Generator) -> Suggestion | None:
        """An enqueued or random configuration that no trial holds, or None after 200 draws without one."""
        acceptable = self._proposals.acceptable(history)
        return self._proposals.first(acceptable) or self._proposals.random(acceptable, rng)
