"""One value for every trial, however far it was trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autotune.objectives import Objective
from autotune.pareto import Floats
from autotune.strategies.rungs import level_points, value_row
from autotune.trial import Trial


def estimates(trials: Sequence[Trial], levels: Sequence[int], objectives: Sequence[Objective]) -> Floats:
    """What each trial would score at the highest level that any of them reached.

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
    points = [level_points(trial, levels) for trial in trials]
    rows = np.full((len(trials), len(levels), len(objectives)), np.nan)
    for i, (trial, scored) in enumerate(zip(trials, points, strict=True)):
        for level, point in scored.items():
            rows[i, level] = value_row(trial, point, objectives)
    values = np.full((len(trials), len(objectives)), np.nan)
    for level in range(len(levels)):
        here = ~np.isnan(rows[:, level]).all(axis=1)
        if level and here.any():
            both = here & ~np.isnan(rows[:, level - 1]).all(axis=1)
            if both.any():
                values += np.nan_to_num(np.median(rows[both, level] - rows[both, level - 1], axis=0))
        values[here] = rows[here, level]
    return values
