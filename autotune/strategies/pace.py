"""What trainings cost by what was paid so far."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autotune.strategies.base import Setting
from autotune.strategies.rungs import level_points
from autotune.trial import Trial

ROUNDING = 1 + 1e-9
"""What is left of a budget is enough for what needs as much, whatever sums of seconds lose."""
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


def in_full(trials: Iterable[Trial], setting: Setting) -> float:
    """Device seconds of a cheap new training, by the cheapest quarter of those there are; 0 before four are known."""
    known = [t.device_seconds / paid(t, setting) for t in trials if t.examples_seen]
    return setting.full * float(np.quantile(known, 0.25)) if len(known) >= _FEWEST else 0.0
