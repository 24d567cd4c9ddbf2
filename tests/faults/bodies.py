"""Workers that misbehave as planned, in processes that are forked: ready at once, as nothing has to be imported."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from helpers.studies import INFO
from helpers.synthetic import answer

from autotune.executors import process
from autotune.executors.base import CancelCheck
from autotune.executors.inbox import Inbox
from autotune.executors.local import SEND_SECONDS, LocalExecutor, _Worker
from autotune.executors.process import Hello
from autotune.trial import Segment, SegmentResult

Act = Callable[[Segment, SegmentResult, Connection], SegmentResult]
"""What a worker does with a segment's right answer, in its own process; it may never come back."""


class Body:
    """Answers as the synthetic problem does, and lets ``act`` spoil it."""

    def __init__(self, act: Act, connection: Connection, weight: int, pace: float) -> None:
        self.info = {**INFO, "pid": os.getpid()}
        self._act, self._connection, self._weight, self._pace = act, connection, weight, pace

    def run(self, segment: Segment, cancelled: CancelCheck) -> SegmentResult:
        if segment.start and segment.checkpoint != state(segment.trial, segment.start, self._weight):
            os._exit(17)  # an unreadable checkpoint: the parent counts this code
        result = answer(segment)
        until = time.monotonic() + self._pace * result.device_seconds
        while time.monotonic() < until:
            cancelled()
            time.sleep(0.001)
        if segment.deadline is not None and result.device_seconds > segment.deadline:
            from autotune.executors.simulated import _cut

            result = _cut(segment, result)
        if segment.purpose == "train":
            result = replace(result, checkpoint=state(segment.trial, result.examples_seen, self._weight))
        return self._act(segment, result, self._connection)


def state(trial: int, examples: int, weight: int) -> bytes:
    """A checkpoint of that many bytes that belongs to one place of one trial."""
    return (b"state of %d at %d " % (trial, examples)) * (weight // 20 + 1)


class _Process:
    """A forked child with what ``subprocess.Popen`` offers of one."""

    def __init__(self, pid: int) -> None:
        self.pid, self.returncode = pid, None

    def kill(self) -> None:
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        until = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            pid, status = os.waitpid(self.pid, 0 if until is None else os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > (until or 0):
                raise subprocess.TimeoutExpired("worker", timeout or 0)
            else:
                time.sleep(0.002)
        return self.returncode


class Forked(LocalExecutor):
    """The local executor with workers that are forked instead of started."""

    def __init__(self, act: Act, workers: int, *, weight: int = 100, pace: float = 0.0, hang: float = 60.0) -> None:
        super().__init__("", {}, workers, hang)
        self._act, self._weight, self._pace = act, weight, pace
        self.codes: list[int] = []
        """Exit codes of the workers that died."""

    @property
    def pids(self) -> list[int]:
        """Of the workers, by index."""
        return [w.process.pid for w in sorted(self._workers, key=lambda w: w.index)]

    def _spawn(self, index: int) -> _Worker:
        ours, theirs = socket.socketpair()
        log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        child = os.fork()
        if child == 0:
            try:
                os.setsid()
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
                kept = os.dup2(theirs.fileno(), 3)
                os.closerange(4, 512)
                self._serve(kept)
            finally:
                os._exit(0)
        theirs.close()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        connection = Connection(ours.detach())
        connection.send(Hello("", {}, index))
        return _Worker(index, _Process(child), connection, log, Inbox(connection))  # type: ignore[arg-type]

    def _serve(self, descriptor: int) -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(300)  # no orphan outlives its row for long
        made: dict[str, Any] = {}
        process.load_factory = lambda name: lambda arguments, worker: made["body"]
        began = time.time()
        connection = Connection(descriptor)
        made["body"] = Body(self._act, connection, self._weight, self._pace)
        try:
            process._serve(connection, began)
        except (EOFError, OSError):
            return

    def _died(self, worker: _Worker, *rest: Any) -> None:
        super()._died(worker, *rest)
        self.codes.append(worker.process.returncode or 0)


def half_sent(result: object, connection: Connection, share: float) -> None:
    """Send the beginning of a message, as much of it as the share says."""
    data = bytes(ForkingPickler.dumps(result))
    whole = struct.pack("!i", len(data)) + data
    part = whole[: max(1, int(len(whole) * share))]
    while part:
        part = part[os.write(connection.fileno(), part) :]
