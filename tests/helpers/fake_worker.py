"""Worker bodies that misbehave on request, for executors' tests: the configuration says how."""

from __future__ import annotations

import os
import time
from typing import Any

from autotune.errors import AutotuneError
from autotune.executors.base import CancelCheck
from autotune.trial import CurvePoint, Segment, SegmentResult, SegmentStatus


class FakeBody:
    """Does what ``config["do"]`` says."""

    def __init__(self, arguments: dict[str, Any], worker: int) -> None:
        self.info = {"arguments": arguments, "worker": worker, "pid": os.getpid()}

    def run(self, segment: Segment, cancelled: CancelCheck) -> SegmentResult:
        """Return, die, hang or wait to be cancelled."""
        action = segment.config["do"]
        if action == "die":
            print("these are my last words", flush=True)
            os._exit(3)
        if action == "hang":
            time.sleep(60)
        status = SegmentStatus.DONE
        if action == "long":
            while not cancelled():
                time.sleep(0.01)
            status = SegmentStatus.CANCELLED
        points = (CurvePoint(segment.end, {"score": 0.5}, 0.1),) if status is SegmentStatus.DONE else ()
        checkpoint = (segment.checkpoint or b"") + b"x" * int(segment.config.get("bytes", 1))
        return SegmentResult(
            segment.number, segment.trial, segment.attempt, status, segment.end, points, 0.1, checkpoint=checkpoint
        )


def create(arguments: dict[str, Any], worker: int) -> FakeBody:
    """The factory."""
    if arguments.get("refuse"):
        raise AutotuneError("the model 'nope' is unknown", "pass another --model")
    if arguments.get("crash"):
        raise ValueError("boom")
    if arguments.get("exit"):
        print("segmentation fault, as it were", flush=True)
        os._exit(9)
    return FakeBody(arguments, worker)
