"""Segments in resident processes on this machine."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import IO, Any

from autotune.aside import Work, in_a_thread
from autotune.errors import AutotuneError
from autotune.executors.base import Ready
from autotune.executors.inbox import Inbox
from autotune.executors.process import (
    HANG_SECONDS,
    MOST_DEATHS,
    Beat,
    Cancel,
    Hello,
    StartError,
    answers,
    garbled,
    hung,
)
from autotune.history import Lost
from autotune.trial import Segment, SegmentResult

SEND_SECONDS = 30
"""A worker that does not take a segment for this long is not there any more."""


@dataclass
class _Worker:
    """The controller's side of one process."""

    index: int
    process: subprocess.Popen[bytes]
    connection: Connection
    log: IO[bytes]
    inbox: Inbox
    ready: bool = False
    segment: Segment | None = None
    since: float = field(default_factory=time.monotonic)
    beat: float = field(default_factory=time.monotonic)

    def last_words(self) -> str:
        """The end of what the process printed."""
        self.log.flush()
        size = os.fstat(self.log.fileno()).st_size
        return os.pread(self.log.fileno(), 2000, max(0, size - 2000)).decode(errors="replace").strip()

    def end(self) -> None:
        """Close the socket, which ends the process; kill it where it does not."""
        self.connection.close()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class LocalExecutor:
    """Keeps ``workers`` processes alive and hands them segments."""

    def __init__(
        self, factory: str, arguments: dict[str, Any], workers: int = 1, hang_seconds: float = HANG_SECONDS
    ) -> None:
        """Prepare, without starting anything.

        Args:
            factory: ``package.module:function``, called in each process as ``function(arguments, worker)``.
            arguments: plain data for the factory; may be changed for workers that are started later.
            workers: processes to keep alive.
            hang_seconds: silence after which a busy worker is killed.
        """
        self._factory = factory
        self.arguments = arguments
        self._count = workers
        self._hang_seconds = hang_seconds
        self._workers: list[_Worker] = []
        self._deaths = 0
        self._backlog: deque[SegmentResult | Lost | Ready] = deque()

    def start(self) -> list[Ready]:
        """Start the workers; returns when each is ready.

        Raises:
            AutotuneError: a worker could not start.
        """
        self._workers = [self._spawn(index) for index in range(self._count)]
        ready: list[Ready] = []
        while len(ready) < self._count:
            ready.extend(item for item in self.wait() if isinstance(item, Ready))
        return sorted(ready, key=lambda r: r.worker)

    def capacity(self) -> int:
        """Workers that are ready, busy or free."""
        return sum(worker.ready for worker in self._workers)

    def submit(self, segment: Segment) -> None:
        """Hand a segment to a free worker."""
        free = [w for w in self._workers if w.ready and w.segment is None]
        if not free:
            raise AutotuneError(f"no worker is free for segment {segment.number}")
        worker = free[0]
        worker.segment, worker.since, worker.beat = segment, time.monotonic(), time.monotonic()
        try:
            worker.connection.send(segment)
        except OSError:
            self._died(worker, self._backlog)

    def wait(self, timeout: float | None = None) -> list[SegmentResult | Lost | Ready]:
        """What has arrived, at least one item unless ``timeout`` seconds pass first.

        Raises:
            AutotuneError: no worker is left.
        """
        until = None if timeout is None else time.monotonic() + timeout
        found: deque[SegmentResult | Lost | Ready] = deque()
        while not self._backlog and not found:
            if not self._workers:
                raise AutotuneError(
                    f"every worker died {MOST_DEATHS} times in a row", "look at the failures: autotune status"
                )
            left = 5.0 if until is None else min(5.0, max(0.0, until - time.monotonic()))
            for connection in wait([w.connection for w in self._workers], left):
                self._receive(next(w for w in self._workers if w.connection is connection), found)
            self._kill_hanging(found)
            if until is not None and time.monotonic() >= until:
                break
        found.extendleft(reversed(self._backlog))
        self._backlog.clear()
        return list(found)

    def cancel(self) -> None:
        """Ask every running segment to stop at its next step."""
        for worker in self._workers:
            if worker.segment is not None:
                try:
                    worker.connection.send(Cancel())
                except OSError:
                    continue  # it died: wait() will say so

    def clock(self) -> float:
        """Wall-clock seconds."""
        return time.time()

    def aside(self, work: Work) -> Work:
        """Do work of the controller's in a thread."""
        return in_a_thread(work)

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.end()
        self._workers = []

    def _spawn(self, index: int) -> _Worker:
        ours, theirs = socket.socketpair()
        log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        # its own session: Ctrl-C at the terminal is for the controller, which stops the workers in good order
        process = subprocess.Popen(
            [sys.executable, "-m", "autotune.executors.process", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        theirs.close()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        connection = Connection(ours.detach())
        connection.send(Hello(self._factory, self.arguments, index))
        return _Worker(index, process, connection, log, Inbox(connection))

    def _receive(self, worker: _Worker, found: deque[SegmentResult | Lost | Ready]) -> None:
        try:
            messages = worker.inbox.take()
        except (EOFError, OSError):
            self._died(worker, found)
            return
        except Exception as error:  # it may be anything: what was sent is no message
            self._died(worker, found, f"it sent what cannot be read ({type(error).__name__}: {error})")
            return
        for message in messages:
            self._hear(worker, message, found)

    def _hear(self, worker: _Worker, message: object, found: deque[SegmentResult | Lost | Ready]) -> None:
        worker.beat = time.monotonic()
        if isinstance(message, StartError):
            self.close()
            raise AutotuneError(message.error["message"] or "", message.error["remedy"])
        if isinstance(message, Ready):
            worker.ready = True
            found.append(message)
        elif not isinstance(message, Beat) and worker.segment is not None:
            segment, worker.segment, self._deaths = worker.segment, None, 0
            if isinstance(message, SegmentResult) and answers(message, segment):
                found.append(message)
            else:
                held = time.monotonic() - worker.since
                found.append(garbled(segment, f"worker-{worker.index}", held, message))

    def _died(self, worker: _Worker, found: deque[SegmentResult | Lost | Ready], why: str = "") -> None:
        words = worker.last_words()
        if why:
            worker.process.kill()
        worker.end()
        self._workers.remove(worker)
        code = worker.process.returncode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        how += f": {why}" if why else ""
        if not worker.ready:
            self.close()
            raise AutotuneError(f"worker {worker.index} ended with {how} before it was ready", words[-1000:] or None)
        if (segment := worker.segment) is not None:
            held = time.monotonic() - worker.since
            message = f"worker {worker.index} ended with {how}" + (f": {words[-500:]}" if words else "")
            at = (segment.number, segment.trial, segment.attempt)
            found.append(Lost(*at, held, message, f"worker-{worker.index}"))
        self._deaths += 1
        if self._deaths < MOST_DEATHS:
            self._workers.append(self._spawn(worker.index))

    def _kill_hanging(self, found: deque[SegmentResult | Lost | Ready]) -> None:
        for worker in list(self._workers):
            segment = worker.segment
            if segment is None or time.monotonic() - worker.beat < self._hang_seconds:
                continue
            worker.process.kill()
            worker.end()
            self._workers.remove(worker)
            self._workers.append(self._spawn(worker.index))
            held = time.monotonic() - worker.since
            found.append(hung(segment, f"worker-{worker.index}", held, self._hang_seconds))
