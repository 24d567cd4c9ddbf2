"""How a search begins, before a model can know anything."""

from __future__ import annotations

import numpy as np

from autotune.history import History
from autotune.strategies.base import Setting

_FEWEST, _MOST = 4, 12
_SHARE = 0.1
"""Of the budget that random trials may take before the model is asked."""


def opening(history: History, setting: Setting, dimensions: int) -> int:
    """Trials drawn without a model: many for many dimensions, few for small budgets or where earlier searches tell."""
    wanted = min(_MOST, dimensions + 2)
    if setting.earlier:
        return 1
    left = setting.left(history)
    seen = sum(trial.examples_seen for trial in history.trials.values())
    if np.isfinite(left) and seen:
        rate = sum(trial.device_seconds for trial in history.trials.values()) / seen
        ahead = left / rate if rate > 0 else np.inf
        if ahead < setting.levels[0]:
            return 0
        wanted = int(min(wanted, _SHARE * (ahead + seen) / setting.levels[0]))
    return max(_FEWEST, wanted)
