"""How likely paused trials are to end on the front, by what their learning curves say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autotune.curves import Curve, Posterior, Verdict, beats_last_value, extrapolate
from autotune.history import History
from autotune.objectives import Objective
from autotune.pareto import Floats
from autotune.standing import feasible
from autotune.strategies.base import Setting
from autotune.strategies.rungs import level_points, minimized, observed, value_row
from autotune.trial import Trial, TrialKind, TrialState

_HOPE = 0.1
"""The quantile at which another learnt objective is taken: about as good as it may well become."""
_BEYOND = 1.15
"""How far beyond a level a point may lie that counts as the level's."""


@dataclass(frozen=True)
class Outlook:
    """Of one trial."""

    chance: float
    """That its end improves the front of the complete trials; 1 where nothing says otherwise."""
    expected: float
    """The primary objective at its end, minimised; the median."""
    needed: float
    """What its end has to fall below; infinite where no complete trial is as good in the other objectives."""


class FrontChance:
    """Reads curves at the levels of a study.

    It remembers its last answers, which the complete trials determine: what is said of one curve depends on the
    finished ones alone.
    """

    def __init__(self, setting: Setting, levels: Sequence[int]) -> None:
        """Take the setting of a study and the fidelities at which trials are judged, ascending."""
        self._setting, self._levels = setting, levels
        learnt = [i for i, o in enumerate(setting.objectives) if not o.known_before_training]
        self._column = learnt[0] if learnt else None
        self._shown = tuple(level / setting.full for level in levels[:-1])
        self._complete: tuple[Trial, ...] = ()
        self._verdict: Verdict | None = None
        self._outlooks: dict[tuple[int, int], Outlook] = {}

    @property
    def primary(self) -> Objective | None:
        """The first objective that must be learnt."""
        return None if self._column is None else self._setting.objectives[self._column]

    def verdict(self, history: History) -> Verdict:
        """Whether the study's own finished curves bear the model out."""
        self._look(history)
        if self._verdict is None:
            primary = self.primary
            curves = [self._curve(t, primary) for t in self._complete] if primary else []
            self._verdict = beats_last_value(curves, self._shown)
        return self._verdict

    def outlooks(self, history: History, trials: Sequence[Trial]) -> list[Outlook]:
        """What is to be expected of paused trials, in their order."""
        self._look(history)
        fresh = [t for t in trials if (t.number, t.examples_seen) not in self._outlooks]
        if fresh:
            found = zip(fresh, self._judge(fresh), strict=True)
            self._outlooks |= {(t.number, t.examples_seen): outlook for t, outlook in found}
        return [self._outlooks[t.number, t.examples_seen] for t in trials]

    def _look(self, history: History) -> None:
        """Forget what was said if other trials are complete now."""
        done = (t for t in history.trials.values() if t.state is TrialState.COMPLETE)
        complete = tuple(t for t in done if t.kind is not TrialKind.REPEAT and t.curve)
        if complete != self._complete:
            self._complete, self._verdict, self._outlooks = complete, None, {}

    def _judge(self, trials: Sequence[Trial]) -> list[Outlook]:
        setting, column = self._setting, self._column
        objectives = setting.objectives
        rivals = [t for t in self._complete if feasible(t, setting.constraints)]
        points = np.array([value_row(t, t.curve[-1], objectives) for t in rivals]).reshape(-1, len(objectives))
        points = points[np.isfinite(points).all(axis=1)]
        if column is None or not len(points):
            return [Outlook(1.0, float("nan"), float("inf"))] * len(trials)
        ends = self._ends(trials, objectives[column])
        as_good = np.ones((len(trials), len(points)), dtype=bool)
        for i, objective in enumerate(objectives):
            if i != column:
                hoped = self._hoped(objective, trials)
                # What nobody knows yet may turn out the best of all.
                as_good &= points[:, i] <= np.where(np.isnan(hoped), -np.inf, hoped)[:, None]
        needed = np.where(as_good, points[:, column], np.inf).min(axis=1)
        chances = np.where(np.isinf(needed), 1.0, ends.probability_below(needed))
        chances = np.where(np.isfinite(chances), chances, 1.0)
        rows = zip(chances.tolist(), ends.median.tolist(), needed.tolist(), strict=True)
        return [Outlook(*row) for row in rows]

    def _hoped(self, objective: Objective, trials: Sequence[Trial]) -> Floats:
        """What each trial may come to in another objective, shape (n,); NaN where nothing is known."""
        found = np.array([minimized(objective, {**t.measured, **t.known}.get(objective.name)) for t in trials])
        moving = np.flatnonzero(np.isnan(found))
        if len(moving) and not objective.known_before_training:
            found[moving] = self._ends([trials[i] for i in moving.tolist()], objective).quantile(_HOPE)
        return found

    def _ends(self, trials: Sequence[Trial], objective: Objective) -> Posterior:
        finished = [self._curve(t, objective) for t in self._complete]
        return extrapolate([self._curve(t, objective) for t in trials], finished)

    def _curve(self, trial: Trial, objective: Objective) -> Curve:
        # A worker ends on a whole step, a few examples beyond the level: trials are compared at the level itself.
        near = {p.examples: self._levels[i] for i, p in level_points(trial, self._levels).items()}
        at = {examples: level for examples, level in near.items() if examples <= _BEYOND * level}
        values = [minimized(objective, observed(trial, point, objective)) for point in trial.curve]
        fractions = [at.get(point.examples, point.examples) / self._setting.full for point in trial.curve]
        return Curve(fractions, values)
