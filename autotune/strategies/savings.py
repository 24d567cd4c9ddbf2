"""What training in part saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autotune.decision import Action
from autotune.history import History
from autotune.objectives import Objective
from autotune.strategies.curve_account import Account, account
from autotune.trial import TrialKind, TrialState
from autotune.words import duration


@dataclass(frozen=True)
class Savings:
    """Device seconds that partial trainings did not take."""

    partial: int
    """Search trials that have not been trained in full: paused or stopped."""
    saved: float
    """Device seconds that the rest of their training would have taken, each at its own speed."""
    spent: float
    """Device seconds of the search."""
    stopping: Account
    """Of the trials that the scheduler gave up for good, with its audits."""

    @property
    def factor(self) -> float:
        """How much longer training each of these configurations in full would have taken; 1 where nothing was saved."""
        return (self.spent + self.saved) / self.spent if self.spent else 1.0

    def __str__(self) -> str:
        if not self.partial:
            return "every trial was trained in full"
        text = f"{duration(self.saved)} of device time by {self.partial} trials not trained in full: "
        text += f"the search would have taken {self.factor:.1f} times as long"
        return f"{text}; {self.stopping}" if self.stopping.stopped or self.stopping.audits else text


def savings(history: History, actions: Iterable[Action], objectives: Sequence[Objective]) -> Savings:
    """What training in part saved, against training every configuration of the search in full.

    Args:
        history: of the study.
        actions: its recorded decisions.
        objectives: of the study.
    """
    waiting = (TrialState.PAUSED, TrialState.STOPPED)
    partial = [
        t
        for t in history.trials.values()
        if t.kind is TrialKind.SEARCH and t.state in waiting and 0 < t.examples_seen < history.full
    ]
    saved = sum(t.device_seconds * (history.full / t.examples_seen - 1) for t in partial)
    return Savings(len(partial), saved, history.spent.get("search", 0.0), account(history, actions, objectives))
