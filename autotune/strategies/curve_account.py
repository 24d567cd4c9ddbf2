"""What early stopping saved, and what its audits say it cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from autotune.decision import Action, Thaw
from autotune.history import History
from autotune.objectives import Objective
from autotune.pareto import front_mask
from autotune.strategies.curve_stop import AUDIT
from autotune.strategies.rungs import value_row
from autotune.trial import TrialKind, TrialState


@dataclass(frozen=True)
class Account:
    """Of the stopped trials of a study."""

    stopped: int
    saved: float
    """Device seconds that the rest of their training would have taken, each at its own speed."""
    audits: int
    """Trials that would have been stopped and have been trained to their end instead."""
    on_front: int
    """Audits whose end is on the front: each stands for a false stop."""
    audited: float
    """Device seconds of the audits, from their beginning."""

    def __str__(self) -> str:
        text = f"{self.stopped} trials stopped, about {self.saved:,.0f} device seconds saved"
        if not self.audits:
            return text + "; none that would have been stopped has run to its end"
        return text + f"; {self.on_front} of {self.audits} that ran on to their end are on the front"


def account(history: History, actions: Iterable[Action], objectives: Sequence[Objective]) -> Account:
    """Balance what stopping saved with what it lost.

    Args:
        history: of the study.
        actions: its recorded decisions; audits are told by their reasons.
        objectives: of the study.
    """
    trials = history.trials
    stopped = [t for t in trials.values() if t.state is TrialState.STOPPED]
    saved = sum(t.device_seconds * max(0, history.full - t.examples_seen) / max(1, t.examples_seen) for t in stopped)
    complete = [t for t in trials.values() if t.state is TrialState.COMPLETE and t.curve and t.kind != TrialKind.REPEAT]
    chosen = {a.trial for a in actions if isinstance(a, Thaw) and a.reason.startswith(AUDIT)}
    audits = [t for t in complete if t.number in chosen]
    rows = [value_row(t, t.curve[-1], objectives) for t in complete]
    best = front_mask(np.array(rows).reshape(len(rows), len(objectives)))
    on_front = sum(bool(good) for t, good in zip(complete, best, strict=True) if t.number in chosen)
    return Account(len(stopped), saved, len(audits), on_front, sum(t.device_seconds for t in audits))
