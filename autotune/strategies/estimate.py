"""One value for every trial, however far it was trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autotune.objectives import Objective
from autotune.pareto import Floats
from autotune.strategies.base import Setting
from autotune.strategies.rungs import counts_as_loser, level_points, value_row
from autotune.trial import Trial, TrialState


def estimates(trials: Sequence[Trial], levels: Sequence[int], objectives: Sequence[Objective]) -> Floats:
    """What each trial would score at the highest level that any of them reached, good enough to choose among them.

    A trial's own value at the highest level it reached, plus for each level above the median of what that step
    changed in the trials that took it. So trials of one rung keep their order, promoted ones are compared with the
    others on one scale, and a promoted trial that gained less than its peers falls back. Costs do not change with the
    level. The trials that took a step were good ones; that the others would have gained as much is an assumption, and
    all the data says.

    Args:
        trials: of any kind and state.
        levels: the rungs, ascending.
        objectives: the columns.

    Returns:
        Minimised objectives, shape (n, m); NaN where nothing has been observed.
    """
    scores = np.full((len(trials), len(levels), len(objectives)), np.nan)
    for i, trial in enumerate(trials):
        for level, point in level_points(trial, levels).items():
            scores[i, level] = value_row(trial, point, objectives)
    values = np.full((len(trials), len(objectives)), np.nan)
    for level in range(len(levels)):
        here = ~np.isnan(scores[:, level]).any(axis=1)
        if level and here.any():
            both = here & ~np.isnan(scores[:, level - 1]).any(axis=1)
            if both.any():
                values += np.median(scores[both, level] - scores[both, level - 1], axis=0)
        values[here] = scores[here, level]
    return values


def at_one_level(trials: Sequence[Trial], setting: Setting, enough: int) -> Floats | None:
    """What a model of the configurations may learn from: values at the highest level that enough trials reached.

    Trials that stand below that level were left behind by better ones, or are new; they get the worst value of each
    objective, as do those that failed by their own fault. The lowest level does not count unless it is the only one.

    Args:
        trials: of any kind and state.
        setting: of the study; trials are compared by what it says for the level.
        enough: trials that a level needs.

    Returns:
        Minimised objectives scaled to [0, 1], shape (n, m), NaN for trials under way and lost ones; or None while
        no level has enough trials.
    """
    levels = setting.levels
    points = [level_points(trial, levels) for trial in trials]
    scored = np.array([[level in p for level in range(len(levels))] for p in points], dtype=bool)
    scored = scored.reshape(len(trials), len(levels))
    for level in range(len(levels) - 1, min(1, len(levels) - 1) - 1, -1):
        rows = np.full((len(trials), len(setting.objectives)), np.nan)
        for i in np.flatnonzero(scored[:, level]).tolist():
            rows[i] = value_row(trials[i], points[i][level], setting.compared_by(level))
        here = np.asarray(np.isfinite(rows).all(axis=1))
        if here.sum() >= enough:
            low, high = rows[here].min(axis=0), rows[here].max(axis=0)
            values: Floats = (rows - low) / np.where(high > low, high - low, 1.0)
            passive = np.array([t.state is not TrialState.RUNNING for t in trials])
            failed = np.array([counts_as_loser(t) for t in trials])
            values[((scored.any(axis=1) & passive) | failed) & ~here] = 1.0
            return values
    return None
