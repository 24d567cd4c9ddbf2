"""The SQL study store: what happened in every study, and the checkpoints to go on from.

``Store.open`` gives SQLite at a path or PostgreSQL at a URL. A study is the list of its events (``autotune.history``),
kept in normalised tables and given back in revision order, so that ``History(full).after_all(...)`` is exact. This
package imports SQLAlchemy; import it where it is used.
"""

from autotune.store.faults import StoreAwayError
from autotune.store.leases import Lease
from autotune.store.rows import (
    CheckpointRow,
    DecisionRow,
    FailureRow,
    RunningSegment,
    SegmentRow,
    StudyRow,
    StudyStatus,
)
from autotune.store.store import Store

__all__ = [
    "CheckpointRow",
    "DecisionRow",
    "FailureRow",
    "Lease",
    "RunningSegment",
    "SegmentRow",
    "Store",
    "StoreAwayError",
    "StudyRow",
    "StudyStatus",
]
