"""Asynchronous successive halving over several objectives."""

from __future__ import annotations

from autotune.decision import Answer, Done, Thaw, Wait
from autotune.history import History
from autotune.strategies.base import Launch, Setting
from autotune.strategies.board import Board
from autotune.strategies.rungs import describe, next_level, observed
from autotune.trial import CurvePoint, Trial, TrialKind


class Asha:
    """Promotion-type ASHA (Li et al. 2020), ranking by non-dominated fronts (Schmucker et al. 2021).

    Whenever a device is free, from the highest rung down, the best trial among the top 1/eta of its rung that has not
    been promoted yet is thawed and trained to the next rung. Where no rung has one, a new trial is launched to the
    lowest rung.

    A rung compares, each with its learnt metrics as they were at that level and with its costs: every trial that was
    scored there, wherever it stands now; controls that were scored there, which are not promoted from here; and, as the
    last of all, trials that failed on the way there by their own fault. A trial lost with its worker does not count.

    Of a front the best on the first objective goes first, then those farthest from all before.
    """

    def __init__(self, setting: Setting, *, compromise: bool = False) -> None:
        """Prepare.

        Args:
            setting: of the study.
            compromise: until one trial has been trained in full, the one that dominates most goes first of a front, so
                that the first to end is no extreme.
        """
        self._setting, self._compromise = setting, compromise
        self._board = Board(setting)

    def next(self, history: History, *, launching: bool = True) -> Answer | Launch:
        """Continue what was interrupted, promote, or launch."""
        levels = self._setting.levels
        self._board.bring_to(history)
        if self._board.interrupted:
            trial = history.trials[min(self._board.interrupted)]
            end = next_level(trial, levels)
            return Thaw(trial.number, end, f"continued to {end:,} examples: interrupted at {trial.examples_seen:,}")
        for index in reversed(range(len(levels) - 1)):
            if thaw := self._promote(index, history):
                return thaw
        if launching:
            return Launch(levels[0], f"nothing to promote: a new trial, to {levels[0]:,} examples")
        return Wait("trials are running") if history.running else Done("no trial is left to promote")

    def _promote(self, index: int, history: History) -> Thaw | None:
        setting, rung, top = self._setting, self._board.rungs[index], self._board.rungs[-1]
        ended = any(e.point and history.trials[n].kind is TrialKind.SEARCH for n, e in top.entries.items())
        for place, number in rung.best(len(rung) // setting.eta, by_volume=self._compromise and not ended):
            point = rung.entries[number].point
            if point is not None:
                end, trial = setting.levels[index + 1], history.trials[number]
                return Thaw(number, end, promotion(end, place, len(rung), trial, point, setting, index))
        return None


def promotion(
    end: int,
    place: int,
    entrants: int,
    trial: Trial,
    point: CurvePoint,
    setting: Setting,
    index: int,
) -> str:
    """Why a trial goes on, with its figures at the rung of that index."""
    shown = dict.fromkeys((*setting.compared_by(index), *setting.objectives))
    values = {objective: observed(trial, point, objective) for objective in shown}
    figures = [describe(objective, float("nan") if v is None else v) for objective, v in values.items()]
    return f"promoted to {end:,} examples: rank {place} of {entrants} at {point.examples:,} ({', '.join(figures)})"
