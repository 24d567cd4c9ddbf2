"""Asynchronous successive halving over several objectives."""

from __future__ import annotations

from collections import defaultdict

from autotune.decision import Answer, Done, Thaw, Wait
from autotune.history import History
from autotune.strategies.base import Launch, Setting
from autotune.strategies.rungs import (
    compare,
    counts_as_loser,
    describe,
    level_points,
    next_level,
    observed,
    rung,
)
from autotune.trial import CurvePoint, Trial, TrialKind, TrialState


class Asha:
    """Promotion-type ASHA (Li et al. 2020), ranking by non-dominated fronts (Schmucker et al. 2021).

    Whenever a device is free, from the highest rung down, the best trial among the top 1/eta of its rung that has not
    been promoted yet is thawed and trained to the next rung. Where no rung has one, a new trial is launched to the
    lowest rung.

    A rung compares, each with its learnt metrics as they were at that level and with its costs: every trial that was
    scored there, wherever it stands now; controls that were scored there, which are not promoted from here; and, as the
    last of all, trials that failed on the way there by their own fault. A trial lost with its worker does not count.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def next(self, history: History, *, launching: bool = True) -> Answer | Launch:
        """Continue what was interrupted, promote, or launch."""
        levels = self._setting.levels
        entrants: defaultdict[int, list[tuple[Trial, CurvePoint | None]]] = defaultdict(list)
        promotable: defaultdict[int, set[int]] = defaultdict(set)
        for trial in history.trials.values():
            if trial.kind is TrialKind.REPEAT:
                continue
            points = level_points(trial, levels)
            for index, point in points.items():
                entrants[index].append((trial, point))
            if trial.kind is not TrialKind.SEARCH:
                continue
            if trial.state is TrialState.PAUSED:
                standing = rung(trial, points)
                if standing is None:
                    end = next_level(trial, levels)
                    return Thaw(
                        trial.number, end, f"continued to {end:,} examples: interrupted at {trial.examples_seen:,}"
                    )
                promotable[standing].add(trial.number)
            elif counts_as_loser(trial):
                entrants[len([level for level in levels if level <= trial.examples_seen])].append((trial, None))
        for index in reversed(range(len(levels) - 1)):
            if promotable[index] and (thaw := self._promote(index, entrants[index], promotable[index])):
                return thaw
        if launching:
            return Launch(levels[0], f"nothing to promote: a new trial, to {levels[0]:,} examples")
        return Wait("trials are running") if history.running else Done("no trial is left to promote")

    def _promote(self, index: int, entrants: list[tuple[Trial, CurvePoint | None]], waiting: set[int]) -> Thaw | None:
        setting = self._setting
        quota = len(entrants) // setting.eta
        if quota == 0:
            return None
        comparison = compare(entrants, setting.compared_by(index), setting.constraints)
        for place, chosen in enumerate(comparison.order(quota)[:quota], start=1):
            trial, point = entrants[chosen]
            if trial.number in waiting and point is not None:
                end = setting.levels[index + 1]
                return Thaw(trial.number, end, promotion(end, place, entrants, trial, point, setting, index))
        return None


def promotion(
    end: int,
    place: int,
    entrants: list[tuple[Trial, CurvePoint | None]],
    trial: Trial,
    point: CurvePoint,
    setting: Setting,
    index: int,
) -> str:
    """Why a trial goes on, with its figures at the rung of that index."""
    shown = dict.fromkeys((*setting.compared_by(index), *setting.objectives))
    values = {objective: observed(trial, point, objective) for objective in shown}
    figures = [describe(objective, float("nan") if v is None else v) for objective, v in values.items()]
    return f"promoted to {end:,} examples: rank {place} of {len(entrants)} at {point.examples:,} ({', '.join(figures)})"
