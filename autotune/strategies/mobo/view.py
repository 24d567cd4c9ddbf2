"""The part of a long history that models look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from autotune.history import History
from autotune.strategies.base import Setting
from autotune.strategies.board import Board
from autotune.trial import TrialKind

MOST = 600
"""Trials up to which a history is looked at as it is: as many rows enter a prediction."""


class View:
    """Chooses the trials of a long history that can still matter; a function of the history alone."""

    def __init__(self, setting: Setting) -> None:
        self.board = Board(setting)

    def of(self, history: History) -> History:
        """The history with at most ``MOST`` of its trials, and with what runs and the controls.

        A third are the best of the complete by fronts, a third the best of the paused, shared among the rungs; the
        others are those trained farthest, the newest first.
        """
        self.board.bring_to(history)
        if len(history.trials) <= MOST:
            return history
        rungs = self.board.rungs
        chosen: set[int] = set(islice(rungs[-1].leading(), MOST // 3))
        for rung in rungs[:-1]:
            chosen |= {number for _, number in islice(rung.best(len(rung)), MOST // 3 // (len(rungs) - 1))}
        for rung in reversed(rungs):
            chosen |= _first(sorted(rung.entries.keys() - chosen, reverse=True), MOST - len(chosen))
        chosen |= {trial.number for trial in history.running}
        chosen |= {trial.number for trial in history.others if trial.kind is TrialKind.CONTROL}
        return replace(history, trials={number: history.trials[number] for number in sorted(chosen)})


def _first(numbers: Iterable[int], most: int) -> set[int]:
    return set(islice(numbers, max(0, most)))
