"""The resident worker process: ``python -m autotune.executors.process FD``.

It receives a factory's name and arguments, then segments, over an inherited socket. When the controller goes away the
socket closes and the process ends, so that no worker outlives its study.
"""

from __future__ import annotations

import importlib
import os
import select
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from autotune.errors import AutotuneError
from autotune.executors.base import Ready, WorkerBody
from autotune.history import MOST_ATTEMPTS
from autotune.trial import Failure, FailureKind, Segment, SegmentResult, SegmentStatus

BEAT_SECONDS = 5.0
"""How often a busy worker says that it is alive."""
HANG_SECONDS = 600.0
"""A busy worker that has not reported a step for this long is killed and its trial counted as hanging."""
MOST_DEATHS = 2 * MOST_ATTEMPTS + 1
"""Deaths in a row, without a segment between them, after which a worker is not started again. More than two trials can
cause by killing their worker at every attempt: those are given up, and the study goes on."""


@dataclass(frozen=True)
class Hello:
    """The first message to a worker."""

    factory: str
    """``package.module:function``."""
    arguments: dict[str, Any]
    worker: int


@dataclass(frozen=True)
class Beat:
    """A busy worker is alive."""


@dataclass(frozen=True)
class Cancel:
    """Stop the running segment at its next step."""


@dataclass(frozen=True)
class StartError:
    """The worker could not start."""

    error: dict[str, str | None]
    traceback: str


@dataclass
class _Link:
    """The worker's side of the socket, asked once a step whether to go on."""

    connection: Connection
    cancelled: bool = False
    last_beat: float = field(default_factory=time.monotonic)

    def __call__(self) -> bool:
        """Whether the controller wants the running segment to stop."""
        try:
            while self.connection.poll():
                if isinstance(self.connection.recv(), Cancel):
                    self.cancelled = True
            if time.monotonic() - self.last_beat > BEAT_SECONDS:
                self.connection.send(Beat())
                self.last_beat = time.monotonic()
        except (EOFError, OSError):
            os._exit(0)  # the controller is gone: nobody is left to report to
        return self.cancelled


def load_factory(name: str) -> Callable[..., WorkerBody]:
    """The function that ``package.module:function`` names."""
    module, _, function = name.partition(":")
    loaded: Callable[..., WorkerBody] = getattr(importlib.import_module(module), function)
    return loaded


def failed(segment: Segment, worker: str, held: float, failure: Failure) -> SegmentResult:
    """The result of a segment that came to nothing by its own fault.

    Args:
        segment: what ran.
        worker: its name.
        held: seconds since it was given the segment.
        failure: what went wrong.
    """
    return SegmentResult(
        segment.number,
        segment.trial,
        segment.attempt,
        SegmentStatus.FAILED,
        segment.start,
        device_seconds=held,
        failure=failure,
        worker=worker,
        started_at=time.time() - held,
        ended_at=time.time(),
    )


def hung(segment: Segment, worker: str, held: float, silence: float) -> SegmentResult:
    """The result of a segment whose worker was killed after that many seconds without a step."""
    failure = Failure(FailureKind.HANG, f"no step in {silence:.0f} s; the worker was killed")
    return failed(segment, worker, held, failure)


def garbled(segment: Segment, worker: str, held: float, message: object) -> SegmentResult:
    """The result of a segment to which a worker answered something else: that message."""
    said = f"the worker's answer makes no sense: {message!r}"[:500]
    return failed(segment, worker, held, Failure(FailureKind.ERROR, said))


def answers(message: object, segment: Segment) -> bool:
    """Whether a message is the result of that segment."""
    at = (segment.number, segment.trial, segment.attempt)
    return isinstance(message, SegmentResult) and (message.number, message.trial, message.attempt) == at


def _serve(connection: Connection, began: float) -> None:
    hello: Hello = connection.recv()
    try:
        body = load_factory(hello.factory)(hello.arguments, hello.worker)
    except AutotuneError as error:
        connection.send(StartError(error.to_dict(), traceback.format_exc()))
        return
    except Exception as error:
        message = f"worker {hello.worker} could not start: {type(error).__name__}: {error}"
        connection.send(StartError(AutotuneError(message).to_dict(), traceback.format_exc()))
        return
    connection.send(Ready(f"worker-{hello.worker}", time.time() - began, dict(body.info)))
    while True:
        message = connection.recv()
        if isinstance(message, Segment):
            connection.send(body.run(message, _Link(connection)))


def _end_with(descriptor: int) -> None:
    """Wait until the other side of the socket is closed, then end this process whatever it is doing."""
    poll = select.poll()
    poll.register(descriptor, 0)  # a hang-up is told unasked
    poll.poll()
    os._exit(0)


def main() -> None:
    """Serve segments until the controller closes the socket, or dies."""
    began = time.time()
    connection = Connection(int(sys.argv[1]))
    threading.Thread(target=_end_with, args=(connection.fileno(),), daemon=True).start()
    try:
        _serve(connection, began)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


if __name__ == "__main__":
    from autotune.executors import process  # messages are pickled by module name, which is not __main__

    process.main()
