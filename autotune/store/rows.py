"""What the store tells about studies: plain rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from autotune.decision import Action


class StudyStatus(StrEnum):
    """Where a study stands."""

    RUNNING = "running"
    STOPPING = "stopping"
    """Asked to stop; running segments return first."""
    INTERRUPTED = "interrupted"
    """Ended before its budget, with state saved."""
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True)
class StudyRow:
    """A study as it is stored. Times are seconds since the epoch."""

    id: int
    name: str
    status: StudyStatus
    message: str
    spec: dict[str, Any]
    facts: dict[str, Any]
    """``model``, ``task`` and ``calibration``, those that were given."""
    levels: tuple[int, ...]
    full: int
    """Examples of a full training."""
    seed: int
    environment: dict[str, Any]
    space_digest: str
    created: float
    updated: float
    revision: int
    """Events so far."""
    elapsed: float
    """Wall-clock seconds of the study, pauses between runs not counted."""
    stop_requested: bool
    counts: Mapping[str, int]
    """Trials by state."""
    heartbeat: float | None
    """When its controller last said that it lives."""
    pid: int | None
    host: str | None
    """The controller's process and machine, while one holds the study."""
    alive: bool
    """A controller holds the study, and as far as can be told it lives."""


@dataclass(frozen=True)
class SegmentRow:
    """A segment, under way or ended."""

    number: int
    trial: int
    attempt: int
    purpose: str
    start: int
    end: int
    status: str
    """``running``, ``lost``, or a ``SegmentStatus``."""
    examples_seen: int | None
    device_seconds: float | None
    seconds_by_kind: Mapping[str, float]
    worker: str
    submitted_at: float
    started_at: float | None
    ended_at: float | None
    revision: int | None
    """Of the history with its end; None while it runs."""


@dataclass(frozen=True)
class RunningSegment:
    """A segment without an end: under way, or left behind by a controller that died."""

    number: int
    trial: int
    attempt: int
    purpose: str
    start: int
    end: int
    submitted_at: float
    heartbeat: float | None
    """The last sign of life of the controller that submitted it."""

    @property
    def held_seconds(self) -> float:
        """For how long it certainly held its device, seen from the last sign of life."""
        return max(0.0, (self.heartbeat or self.submitted_at) - self.submitted_at)


@dataclass(frozen=True)
class DecisionRow:
    """A decision with the moment it was recorded."""

    number: int
    revision: int
    """Of the history with it."""
    seen_revision: int
    """Of the history that it was made from."""
    elapsed: float
    trial: int
    attempt: int
    action: Action
    reason: str
    made_at: float


@dataclass(frozen=True)
class FailureRow:
    """A segment that failed or was lost."""

    segment: int
    trial: int
    attempt: int
    kind: str
    message: str
    traceback: str
    at: float


@dataclass(frozen=True)
class CheckpointRow:
    """The newest state of a trial, in a file."""

    segment: int
    trial: int
    attempt: int
    examples: int
    path: str
    """Relative to ``Store.checkpoints``."""
    bytes: int
    sha256: str
    created: float
