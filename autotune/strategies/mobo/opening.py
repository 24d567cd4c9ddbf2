"""How a search begins, before a model can know anything."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autotune.history import History
from autotune.strategies.base import Setting, Suggestion
from autotune.strategies.proposals import Proposals
from autotune.trial import Config, TrialKind

_FEWEST, _MOST = 4, 12
_SHARE = 0.1
"""Of the budget that random trials may take before the model is asked."""


def opening(history: History, setting: Setting, dimensions: int) -> int:
    """Trials drawn without a model: many for many dimensions, few for small budgets or where earlier searches tell."""
    if setting.earlier:
        return 1
    if history.launched >= _MOST:
        return _MOST
    wanted = min(_MOST, dimensions + 2)
    left = setting.left(history)
    seen = sum(trial.examples_seen for trial in history.trials.values())
    each = _each(history, setting)
    if np.isfinite(left) and seen:
        rate = sum(trial.device_seconds for trial in history.trials.values()) / seen
        ahead = left / rate if rate > 0 else np.inf
        if ahead < setting.levels[0]:
            return 0
        wanted = int(min(wanted, _SHARE * (ahead + seen) / each))
    return max(_FEWEST, wanted)


def begun_with(
    history: History,
    setting: Setting,
    dimensions: int,
    proposals: Proposals,
    acceptable: Callable[[Config], bool],
    rng: np.random.Generator,
) -> Suggestion | None:
    """What is tried before a model is asked: what was asked for, then random ones; None once that is over."""
    first = proposals.first(acceptable)
    if first is not None:
        return first
    wanted, launched = opening(history, setting, dimensions), history.launched
    if launched >= wanted:
        return None
    return proposals.random(acceptable, rng, f"random trial {launched + 1} of {wanted} to begin with")


def _each(history: History, setting: Setting) -> float:
    """Examples that a random trial comes to, by what became of those there are: without halving, all of them."""
    so_far = [t.examples_seen for t in history.trials.values() if t.kind is TrialKind.SEARCH and t.examples_seen]
    return max(setting.levels[0], float(np.mean(so_far))) if so_far else setting.levels[0]
