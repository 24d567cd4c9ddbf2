"""A worker as a Ray actor: it holds a body for the whole study, wherever Ray has placed it.

Ray calls its methods in two groups of threads: ``work`` (one thread: loading and segments) and ``talk`` (questions
that are answered while a segment runs). It knows Ray no further, so that this module needs none of it.
"""

from __future__ import annotations

import os
import socket
import time
import traceback
import uuid
from dataclasses import dataclass
from typing import Any

from autotune.errors import AutotuneError
from autotune.executors.base import Ready, WorkerBody
from autotune.executors.process import StartError, load_factory
from autotune.trial import Segment, SegmentResult

WORK, TALK = "work", "talk"
GROUPS = {WORK: 1, TALK: 1}
"""Threads of each group."""


@dataclass(frozen=True)
class Here:
    """Where an actor runs."""

    life: str
    """Of this process: another after each restart by Ray."""
    host: str
    pid: int


class RayWorker:
    """What Ray creates anew, on any node that has room, when it died."""

    def __init__(self, factory: str, index: int) -> None:
        """Note what to load; nothing is loaded before ``start``.

        Args:
            factory: ``package.module:function``.
            index: the worker's number.
        """
        self._factory = factory
        self._index = index
        self._began = time.time()
        self._here = Here(uuid.uuid4().hex, socket.gethostname(), os.getpid())
        self._body: WorkerBody | None = None
        self._cancelled = -1
        self._step = time.monotonic()

    def hello(self) -> Here:
        """Answer as soon as Ray has found a place."""
        return self._here

    def start(self, arguments: dict[str, Any]) -> Ready | StartError:
        """Load the body; once only in each life of the actor."""
        name, began = f"worker-{self._index}", self._began
        if self._body is not None:
            return Ready(name, 0.0, dict(self._body.info))
        try:
            self._body = load_factory(self._factory)(arguments, self._index)
        except AutotuneError as error:
            return StartError(error.to_dict(), traceback.format_exc())
        except Exception as error:
            message = f"worker {self._index} on {self._here.host} could not start: {type(error).__name__}: {error}"
            return StartError(AutotuneError(message).to_dict(), traceback.format_exc())
        return Ready(name, time.time() - began, dict(self._body.info))

    def run(self, segment: Segment) -> SegmentResult:
        """Train or score a segment."""
        if self._body is None:
            raise RuntimeError("the worker has not been started")
        self._step = time.monotonic()

        def cancelled() -> bool:
            self._step = time.monotonic()
            return self._cancelled == segment.number

        return self._body.run(segment, cancelled)

    def silence(self) -> float:
        """Seconds since the running segment's last step."""
        return time.monotonic() - self._step

    def cancel(self, number: int) -> None:
        """Let the segment of that number stop at its next step."""
        self._cancelled = number
