"""What training costs on this machine, so that a budget can be planned with."""

from __future__ import annotations

from dataclasses import dataclass

from autotune.history import History
from autotune.trial import Trial, TrialState


@dataclass(frozen=True)
class Costing:
    """Estimates in device seconds; a trial that has trained is taken at its own speed."""

    full: int
    """Examples of a full training."""
    full_seconds: float
    """A full training of default LoRA, as calibrated."""
    score_seconds: float
    """Scoring a trial on the held-out split."""

    def until(self, trial: Trial, end: int) -> float:
        """To train a trial on to ``end`` examples."""
        ahead = max(0, end - trial.examples_seen)
        if trial.examples_seen <= 0:
            return self.full_seconds * ahead / self.full
        return trial.device_seconds * ahead / trial.examples_seen

    def running(self, history: History) -> float:
        """What the segments under way will cost from their beginning to their end, all together."""
        total = 0.0
        for trial in history.running:
            scoring = trial.state is not TrialState.RUNNING
            total += self.score_seconds if scoring else self.until(trial, trial.target or self.full)
        return total
