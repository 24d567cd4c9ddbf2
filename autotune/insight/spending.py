"""Where the device time went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from autotune.history import History
from autotune.store import SegmentRow
from autotune.trial import Trial

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
