"""Segments on a virtual clock: the whole loop, without training."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from autotune.aside import Work, settle
from autotune.executors.base import Ready
from autotune.history import Lost
from autotune.trial import Segment, SegmentResult, SegmentStatus

Answer = Callable[[Segment], SegmentResult]
"""What a segment would return, ``device_seconds`` included."""


class SimulatedExecutor:
    """Runs segments in no time and says that they took what ``answer`` says they took."""

    def __init__(
        self,
        answer: Answer,
        info: Mapping[str, Any],
        workers: int = 1,
        startup_seconds: float = 0.0,
        thinking: Callable[[], float] | None = None,
    ) -> None:
        """Prepare.

        Args:
            answer: a deterministic function of the segment.
            info: what the workers tell of themselves (model, task, calibration).
            workers: devices on the virtual clock.
            startup_seconds: virtual seconds that each worker takes to start.
            thinking: a clock of real seconds, such as ``time.perf_counter``: what the controller takes between two
                calls then passes on the virtual clock, too, while the other devices go on.
        """
        self._answer = answer
        self._info = info
        self._workers = workers
        self._startup = startup_seconds
        self._thinking = thinking or (lambda: 0.0)
        self._since = 0.0
        self._now = 0.0
        self._due: list[tuple[float, int, SegmentResult]] = []

    def start(self) -> list[Ready]:
        """The workers, ready after their start-up time."""
        self._now += self._startup
        self._since = self._thinking()
        return [Ready(f"worker-{i}", self._startup, self._info) for i in range(self._workers)]

    def capacity(self) -> int:
        """Workers on the virtual clock."""
        return self._workers

    def submit(self, segment: Segment) -> None:
        """Work the result out now and return it when the clock gets there."""
        self._catch_up()
        result = self._answer(segment)
        if segment.deadline is not None and result.device_seconds > segment.deadline:
            result = _cut(segment, result)
        ended = self._now + result.device_seconds
        heapq.heappush(self._due, (ended, segment.number, replace(result, started_at=self._now, ended_at=ended)))
        self._since = self._thinking()

    def wait(self, timeout: float | None = None) -> list[SegmentResult | Lost | Ready]:
        """The next result; moves the clock to it unless ``timeout`` comes first."""
        self._catch_up()
        if not self._due:
            return []
        if timeout is not None and self._due[0][0] > self._now + timeout:
            self._now += timeout
            return []
        due, _, result = heapq.heappop(self._due)
        self._now = max(self._now, due)
        return [result]

    def cancel(self) -> None:
        """Nothing runs between two turns of a virtual clock: what was submitted returns whole."""

    def clock(self) -> float:
        """Virtual seconds."""
        self._catch_up()
        return self._now

    def aside(self, work: Work) -> Work:
        """Do it now, but let its seconds pass beside the devices': who asks too early waits for the rest of them."""
        self._catch_up()
        done: Future[Any] = Future()
        settle(done, work)
        due, self._since = self._now + self._thinking() - self._since, self._thinking()

        def ask() -> Any:
            self._catch_up()
            self._now = max(self._now, due)
            return done.result()

        return ask

    def _catch_up(self) -> None:
        """Let the seconds pass that the controller took since the last call."""
        now = self._thinking()
        self._now, self._since = self._now + now - self._since, now

    def close(self) -> None:
        """Nothing to end."""


def _cut(segment: Segment, result: SegmentResult) -> SegmentResult:
    """The same segment stopped at its deadline: it gets as far as its speed allows and is not evaluated at its end."""
    deadline = segment.deadline or 0.0
    reached = segment.start + int((result.examples_seen - segment.start) * deadline / result.device_seconds)
    curve = tuple(p for p in result.curve if p.examples <= reached)
    return replace(
        result, status=SegmentStatus.DEADLINE, examples_seen=reached, curve=curve, device_seconds=deadline, measured={}
    )
