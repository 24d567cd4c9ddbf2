"""What a history tells a model: values by configuration and fidelity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autotune.history import History
from autotune.objectives import COSTS, Objective
from autotune.pareto import Floats, Ints
from autotune.strategies.base import Setting
from autotune.strategies.early import early_loss
from autotune.strategies.mobo.encoding import Encoding
from autotune.strategies.mobo.gp import Inputs
from autotune.strategies.mobo.modelled import Modelled
from autotune.strategies.rungs import counts_as_loser, level_points, value_row
from autotune.trial import CurvePoint, TrialKind

_FARTHEST = 3.0
"""How many times farther than the best a value may lie from its level's median."""
_ENOUGH = 4
"""Values of one level that say what is usual there."""


@dataclass(frozen=True)
class Observed:
    """Rows that a model learns from: one for each level that each trial has reached."""

    trials: Sequence[int]
    """The numbers of the trials with rows, each once."""
    owner: Ints
    """The index in ``trials`` of each row, (n,)."""
    inputs: Inputs
    values: Floats
    """Learnt objectives, to be minimised, on the scale that fronts are judged on; (n, learnt)."""

    def most_telling(self, most: int) -> Ints:
        """All rows; where they are too many, first the highest of each trial, the furthest trained first."""
        count = len(self.owner)
        if count <= most:
            return np.arange(count)
        by_depth = np.lexsort((np.arange(count), self.inputs.depth))
        _, first = np.unique(self.owner[by_depth], return_index=True)
        is_top = np.zeros(count, dtype=bool)
        is_top[by_depth[first]] = True
        order = np.lexsort((-self.owner, self.inputs.depth, ~is_top))
        return np.sort(order[:most])


def depth(level: float, levels: Sequence[int]) -> float:
    """How far a fidelity is from a full training: 0 there, 1 at the lowest level, in the logarithm between."""
    if len(levels) < 2:
        return 0.0
    return float(np.log(levels[-1] / level) / np.log(levels[-1] / levels[0]))


def observe(
    history: History,
    setting: Setting,
    encoding: Encoding,
    learnt: Sequence[Objective],
    modelled: Modelled | None = None,
    *,
    losses: bool = True,
) -> Observed:
    """Collect the rows of every trial of the space; what failed by its own fault gets the worst value of its level.

    Repeats stay out, they would teach a seed's luck twice; so do configurations outside the space, such as a control's.

    Args:
        history: of the study.
        setting: of the study.
        encoding: of its space.
        learnt: the objectives to collect.
        modelled: which trials are of the space.
        losses: put the early losses, where there are any, in the place of the metric below the top level.
    """
    levels, modelled = setting.levels, modelled or Modelled(setting.space)
    trials: list[int] = []
    owners: list[int] = []
    at: list[int] = []
    points: list[CurvePoint | None] = []
    rows: list[list[float]] = []
    configs = []
    for trial in history.trials.values():
        config = None if trial.kind is TrialKind.REPEAT else modelled.config(trial)
        if config is None:
            continue
        reached = level_points(trial, levels)
        found: list[tuple[int, CurvePoint | None]] = list(reached.items())
        if counts_as_loser(trial):
            found.append((min(max(reached, default=-1) + 1, len(levels) - 1), None))
        for index, point in found:
            owners.append(len(trials))
            at.append(index)
            points.append(point)
            rows.append([np.inf] * len(learnt) if point is None else value_row(trial, point, learnt))
        if found:
            trials.append(trial.number)
            configs.append(config)
    values = np.array(rows, dtype=np.float64).reshape(len(rows), len(learnt))
    level = np.array(at, dtype=np.int64)
    if setting.losses and losses:
        _rank_by_losses(values, level, points, learnt, len(levels) - 1)
    kept = ~np.isnan(values).any(axis=1)
    owner = np.array(owners, dtype=np.int64)[kept]
    depths = np.array([depth(levels[i], levels) for i in level[kept]])
    inputs = Inputs(encoding.rows(configs)[owner], depths)
    return Observed(trials, owner, inputs, _bounded(values[kept], level[kept]))


def _rank_by_losses(
    values: Floats, level: Ints, points: Sequence[CurvePoint | None], learnt: Sequence[Objective], top: int
) -> None:
    """Below the top level put the early loss in the metric's place, on its scale (see ``strategies.early``)."""
    column = next((j for j, o in enumerate(learnt) if o.name not in COSTS), None)
    if column is None:
        return
    metric = values[:, column]
    losses = np.array([np.nan if p is None or (v := early_loss(p)) is None else v for p in points])
    ends = metric[(level == top) & np.isfinite(metric)]
    for index in np.unique(level[level < top]):
        here = (level == index) & np.isfinite(metric)
        if here.sum() < _ENOUGH or not np.isfinite(losses[here]).all():
            continue
        spread = float((ends if len(ends) >= _ENOUGH else metric[here]).std())
        width = float(losses[here].std())
        if width > 0 and spread > 0:
            middle = float(np.median(losses[here]))
            metric[here] = np.median(metric[here]) + spread * (losses[here] - middle) / width


def _bounded(values: Floats, level: Ints) -> Floats:
    """Values without what says nothing but "bad": each level's worst are brought nearer to its others."""
    bounded = values.copy()
    for column in bounded.T:
        for index in np.unique(level):
            here = level == index
            finite = column[here][np.isfinite(column[here])]
            if not len(finite):
                everywhere = column[np.isfinite(column)]
                column[here] = everywhere.max() if len(everywhere) else 0.0
                continue
            best, middle, limit = finite.min(), float(np.median(finite)), float(finite.max())
            if len(finite) >= _ENOUGH and middle > best:
                limit = min(limit, middle + _FARTHEST * (middle - best))
            column[here] = np.where(np.isfinite(column[here]), np.minimum(column[here], limit), limit)
    return bounded
