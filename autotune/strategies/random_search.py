"""Random search."""

from __future__ import annotations

import numpy as np

from autotune.history import History
from autotune.strategies.base import Setting
from autotune.strategies.proposals import Proposals
from autotune.trial import Config


class RandomSearch:
    """Draws from the space, after the enqueued configurations."""

    def __init__(self, setting: Setting) -> None:
        self._proposals = Proposals(setting)

    def suggest(self, history: History, rng: np.random.Generator) -> Config | None:
        """An enqueued or random configuration that no trial holds, or None after 200 draws without one."""
        acceptable = self._proposals.acceptable(history)
        return self._proposals.enqueued(acceptable) or self._proposals.draw(acceptable, rng)
