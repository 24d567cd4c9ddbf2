"""The resident worker: takes segments of one trial after another."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from autotune.training.failures import failure_of
from autotune.training.resident import Resident
from autotune.training.run import Run
from autotune.trial import Segment, SegmentResult


class Worker:
    """Holds a base and a task on one device, and never raises for a bad trial."""

    def __init__(self, resident: Resident, info: Mapping[str, Any], *, name: str = "") -> None:
        """Take what stays from trial to trial.

        Args:
            resident: base model, task and device.
            info: facts of model and task, calibration; plain data.
            name: in results; host and process id when empty.
        """
        self.info = info
        self._resident = resident
        self._name = name or f"{socket.gethostname()}:{os.getpid()}"

    def run(self, segment: Segment, cancelled: Callable[[], bool]) -> SegmentResult:
        """Train or score a segment.

        Stops before the next step once ``cancelled()`` is true or the deadline has passed; the result then holds a
        checkpoint of where it stands. Whatever goes wrong in the trial is told in the result, and the base is left as
        it was.
        """
        started = time.time()
        run = Run(self._resident, segment, cancelled)
        try:
            result = run.score() if segment.purpose == "score" else run.train()
        except Exception as error:
            result = run.failed(failure_of(error))
        result = run.leave(result)
        return replace(
            result,
            curve=tuple(run.curve),
            device_seconds=sum(run.watch.seconds.values()),
            seconds_by_kind=dict(run.watch.seconds),
            worker=self._name,
            started_at=started,
            ended_at=time.time(),
        )
