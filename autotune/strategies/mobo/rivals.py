"""Whom another training has to beat: a new configuration all of them, a paused trial those that are settled."""

from __future__ import annotations

from autotune.history import History
from autotune.pareto import order
from autotune.strategies.mobo.surrogate import Surrogate
from autotune.trial import Trial, TrialKind, TrialState

_MOST_PAUSED = 20
_MOST = 48
"""Trials that the front is drawn from: the best by expectation."""


def settled(history: History, model: Surrogate) -> list[Trial]:
    """Trials that are complete, or being trained beyond their first level: their ends can be counted on."""
    found = [
        t
        for t in history.trials.values()
        if t.kind is not TrialKind.REPEAT
        and (t.state is TrialState.COMPLETE or (t.state is TrialState.RUNNING and t.examples_seen > 0))
    ]
    return _best(found, model, _MOST)


def promised(history: History, model: Surrogate) -> list[Trial]:
    """New trials under way, and the best of the paused, which can always go on."""
    search = [t for t in history.trials.values() if t.kind is TrialKind.SEARCH]
    new = [t for t in search if t.state is TrialState.RUNNING and t.examples_seen == 0]
    return [*new, *_best([t for t in search if t.state is TrialState.PAUSED], model, _MOST_PAUSED)]


def _best(trials: list[Trial], model: Surrogate, most: int) -> list[Trial]:
    inside = [t for t in trials if model.holds(t)]
    if len(inside) <= most:
        return inside
    values = model.means(model.completed(inside))
    return [inside[i] for i in order(values, most)[:most]]
