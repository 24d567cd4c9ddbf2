"""The protocol of executors: where segments run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from autotune.aside import Work
from autotune.errors import AutotuneError
from autotune.history import Lost
from autotune.trial import Segment, SegmentResult


@dataclass(frozen=True)
class Ready:
    """A worker has started."""

    worker: str
    startup_seconds: float
    info: Mapping[str, Any]
    """What the worker tells of itself: facts of model and task, calibration. Plain data."""


@dataclass(frozen=True)
class Told:
    """Something that the person at the keyboard should know; nothing is recorded."""

    text: str


class DevicesLostError(AutotuneError):
    """Every device went away while the study ran; it can be resumed on others."""


class WorkerBody(Protocol):
    """What a worker factory returns. It lives in the worker's process."""

    info: Mapping[str, Any]

    def run(self, segment: Segment, cancelled: CancelCheck) -> SegmentResult:
        """Train or score a segment; stop at the next step once ``cancelled()`` is true.

        Never raises for a bad trial: that is a result with a failure.
        """
        ...


class CancelCheck(Protocol):
    """Asked once a step."""

    def __call__(self) -> bool:
        """Whether the segment should stop, with a checkpoint."""
        ...


class Executor(Protocol):
    """Runs segments on devices. Knows nothing of what a segment trains."""

    def start(self) -> list[Ready]:
        """Start the workers; returns when each is ready.

        Raises:
            AutotuneError: a worker could not start (a model or a task that does not load).
        """
        ...

    def capacity(self) -> int:
        """Workers that are alive."""
        ...

    def submit(self, segment: Segment) -> None:
        """Hand a segment to a free worker."""
        ...

    def wait(self, timeout: float | None = None) -> Sequence[SegmentResult | Lost | Ready | Told]:
        """What has arrived, at least one item unless the timeout (seconds) passes first.

        ``Lost`` for a segment whose worker died, ``Ready`` for a worker started in a dead one's place or joining late.

        Raises:
            AutotuneError: no worker is left and none can be started.
        """
        ...

    def cancel(self) -> None:
        """Ask every running segment to stop at its next step and return with a checkpoint."""
        ...

    def clock(self) -> float:
        """Seconds on this executor's clock: wall time, or virtual time in a simulation."""
        ...

    def aside(self, work: Work) -> Work:
        """Do work of the controller's while devices go on; see ``autotune.aside.Aside``."""
        ...

    def close(self) -> None:
        """End the workers."""
        ...
