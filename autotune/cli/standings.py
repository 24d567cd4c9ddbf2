"""The front of a study that is still running, trials at every fidelity together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autotune.history import History
from autotune.objectives import Objective
from autotune.pareto import front_mask
from autotune.trial import Trial, TrialKind


def leaders(history: History, objectives: Sequence[Objective]) -> list[Trial]:
    """The trials that no other trial beats by their last scores, best primary objective first.

    Unlike the front of ``autotune.results`` this one compares trials that have been trained to different lengths; it is
    for watching only. Objectives that no trial has shown yet are left out.
    """
    trials = [t for t in history.trials.values() if t.kind is not TrialKind.REPEAT and t.curve]
    seen = [o for o in objectives if any(t.value(o.name) is not None for t in trials)]
    rows = [[o.minimized(math.nan if (v := t.value(o.name)) is None else v) for o in seen] for t in trials]
    if not rows or not seen:
        return []
    kept = [(row, t) for row, t, on in zip(rows, trials, front_mask(np.array(rows)), strict=True) if on]
    return [t for _, t in sorted(kept, key=lambda pair: (pair[0], pair[1].number))]
