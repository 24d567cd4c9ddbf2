"""What a segment asks for, read with care."""

from __future__ import annotations

from collections.abc import Callable

from autotune.errors import AutotuneError
from autotune.training.measure import PeakMemory, Stopwatch
from autotune.trial import Segment, SegmentStatus


class Halt:
    """Asked before each step: whether the segment must stop there, and afterwards why."""

    def __init__(
        self, cancelled: Callable[[], bool], deadline: float | None, watch: Stopwatch, memory: PeakMemory
    ) -> None:
        self.status = SegmentStatus.DONE
        self._cancelled, self._deadline, self._watch, self._memory = cancelled, deadline, watch, memory

    def __call__(self) -> bool:
        """Whether to stop now."""
        self._memory.sample()
        if self._cancelled():
            self.status = SegmentStatus.CANCELLED
        elif self._deadline is not None and self._watch.total > self._deadline:
            self.status = SegmentStatus.DEADLINE
        return self.status is not SegmentStatus.DONE


def points_of(segment: Segment) -> list[int]:
    """The fidelities at which a segment is evaluated: those asked for within (start, end], and its end."""
    inside = {point for point in segment.evaluate_at if segment.start < point < segment.end}
    return [*sorted(inside), segment.end]


def check_start(segment: Segment, seen: int, batch_size: int) -> None:
    """Check that the state that was loaded is where the segment, a training or a scoring, begins.

    Raises:
        AutotuneError: it is not; a batch that was seen whole may reach beyond the beginning.
    """
    if not segment.start <= seen < segment.start + batch_size:
        what = "no checkpoint" if segment.checkpoint is None else f"a checkpoint at {seen} examples"
        raise AutotuneError(
            f"segment {segment.number} of trial {segment.trial} begins at {segment.start} examples but has {what}",
            "the trial can only be trained again from the start",
        )
