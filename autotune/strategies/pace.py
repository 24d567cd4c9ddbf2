"""What trainings cost by what was paid so far."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autotune.history import History
from autotune.pareto import order
from autotune.strategies.base import Setting
from autotune.strategies.estimate import estimates
from autotune.strategies.rungs import level_points, waiting
from autotune.trial import Trial, TrialKind, TrialState

ROUNDING = 1 + 1e-9
"""What is left of a budget is enough for what needs as much, whatever sums of seconds lose."""
LAST_CHANCE = "to its end: after another new trial the budget would hold no training in full"
_FEWEST = 4
"""Trials whose paces tell what is usual."""


def paid(trial: Trial, setting: Setting) -> int:
    """The fidelity that a trial's seconds were spent on: more than it reached where each step began anew."""
    if setting.resumes:
        return trial.examples_seen
    reached = level_points(trial, setting.levels).values()
    return max(trial.examples_seen, sum(point.examples for point in reached))


def to_finish(trial: Trial, setting: Setting) -> float:
    """Device seconds until a trial is trained in full; from its start where training does not resume."""
    ahead = setting.full - (trial.examples_seen if setting.resumes else 0)
    return trial.device_seconds / max(1, paid(trial, setting)) * ahead


def must_finish(history: History, setting: Setting, left: float) -> Trial | None:
    """The paused trial that has to go on to its end now, lest the budget end before any training in full.

    Args:
        history: now.
        setting: of the study.
        left: device seconds.

    Returns:
        None where one has been trained in full or is about to be, or another new trial leaves enough for that, or
        nothing leaves enough.
    """
    if not np.isfinite(left) or any(_in_full(t, setting) for t in history.trials.values()):
        return None
    paused = [t for t in waiting(history, setting.constraints) if t.examples_seen and to_finish(t, setting) <= left]
    if not paused:
        return None
    new = setting.levels[0] * max(t.device_seconds / max(1, paid(t, setting)) for t in paused)
    if left - new >= min(to_finish(t, setting) for t in paused):
        return None
    values = estimates(paused, setting.levels, setting.compared_by(0))
    return paused[int(order(values, 1)[0])]


def _in_full(trial: Trial, setting: Setting) -> bool:
    """Whether the search has trained it to its end, or is about to."""
    ended = trial.state is TrialState.COMPLETE
    about_to = trial.state is TrialState.RUNNING and trial.target == setting.full
    return trial.kind is TrialKind.SEARCH and (ended or about_to)


def in_full(trials: Iterable[Trial], setting: Setting) -> float:
    """Device seconds of a cheap new training, by the cheapest quarter of those there are; 0 before four are known."""
    known = [t.device_seconds / paid(t, setting) for t in trials if t.examples_seen]
    return setting.full * float(np.quantile(known, 0.25)) if len(known) >= _FEWEST else 0.0
