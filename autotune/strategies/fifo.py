"""Every trial straight to the end."""

from __future__ import annotations

from autotune.decision import Answer, Done, Thaw, Wait
from autotune.history import History
from autotune.strategies.base import Launch, Setting
from autotune.trial import TrialKind, TrialState


class Fifo:
    """No early stopping: trials are trained in full, one after the other."""

    def __init__(self, setting: Setting) -> None:
        self._full = setting.full

    def next(self, history: History, *, launching: bool = True) -> Answer | Launch:
        """Continue what was interrupted, or launch a trial to the full fidelity."""
        for trial in history.trials.values():
            if trial.kind is TrialKind.SEARCH and trial.state is TrialState.PAUSED:
                return Thaw(
                    trial.number, self._full, f"continued from {trial.examples_seen:,} to {self._full:,} examples"
                )
        if launching:
            return Launch(self._full, f"a new trial, straight to {self._full:,} examples")
        return Wait("trials are running") if history.running else Done("every trial has been trained in full")
