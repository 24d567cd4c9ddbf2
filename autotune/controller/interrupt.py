"""Ctrl-C once: stop in good order; twice: now."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass
class Interrupt:
    """Whether the person at the keyboard wants to stop."""

    asked: bool = False
    at_once: bool = False
    """Asked twice. Python drops an exception that a signal raises in a finalizer, so the loop looks here too."""
    passed_on: bool = False
    """The workers know, and so does the person."""


@contextmanager
def interrupts() -> Iterator[Interrupt]:
    """Turn the first SIGINT or SIGTERM into a request and the second into ``KeyboardInterrupt``.

    A handler may run in the middle of a write, so it only notes the wish; the loop passes it on. Outside the main
    thread signals cannot be caught; then nothing is changed.
    """
    interrupt = Interrupt()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a signal handler
        if interrupt.asked:
            interrupt.at_once = True
            raise KeyboardInterrupt
        interrupt.asked = True

    try:
        before = {s: signal.signal(s, handle) for s in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:
        yield interrupt
        return
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
