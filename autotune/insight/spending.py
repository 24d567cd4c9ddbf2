"""Where the device time went, and what early stopping saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from autotune.decision import Action
from autotune.history import History
from autotune.objectives import Objective
from autotune.store import SegmentRow
from autotune.strategies.curve_account import Account, account
from autotune.trial import Trial, TrialKind, TrialState
from autotune.words import duration

KINDS = {
    "startup": "start-up",
    "calibration": "start-up",
    "control": "controls",
    "search": "search",
    "repeat": "finalists",
    "score": "finalists",
}
"""What a charge is called on a page."""


def spending(history: History) -> pd.DataFrame:
    """Device time by what it was spent on.

    Returns:
        A row for each charge: ``kind`` (``startup``, ``search``, ...), ``use`` (``start-up``, ``controls``,
        ``search``, ``finalists``), ``device_seconds``, ``share`` of the budget in device time (NaN without one).
    """
    limit = history.budget.device_seconds
    rows = [
        (kind, KINDS.get(kind, kind), seconds, seconds / limit if limit else float("nan"))
        for kind, seconds in history.spent.items()
    ]
    return pd.DataFrame(rows, columns=["kind", "use", "device_seconds", "share"])


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


def timeline(segments: Iterable[SegmentRow], trials: Mapping[int, Trial]) -> pd.DataFrame:
    """What each worker did when.

    Args:
        segments: of the study.
        trials: of the history, by number.

    Returns:
        A row for each segment: ``worker``, ``trial``, ``kind`` (``search``, ``control``, ``repeat``, ``score``),
        ``status``, ``begin`` and ``end`` in seconds since the first one (``end`` is NaN while it runs),
        ``from_examples`` and ``to_examples``.
    """
    rows = [
        (
            s.worker or "not told yet",
            s.trial,
            s.purpose if s.purpose == "score" or s.trial not in trials else trials[s.trial].kind.value,
            s.status,
            s.submitted_at if s.started_at is None else s.started_at,
            s.ended_at,
            s.start,
            s.end if s.examples_seen is None else s.examples_seen,
        )
        for s in segments
    ]
    columns = ["worker", "trial", "kind", "status", "begin", "end", "from_examples", "to_examples"]
    frame = pd.DataFrame(rows, columns=columns).astype({"begin": float, "end": float})
    first = frame["begin"].min()
    return frame.assign(begin=frame["begin"] - first, end=frame["end"] - first)
