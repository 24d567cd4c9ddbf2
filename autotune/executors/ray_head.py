"""Whether a Ray cluster's head still answers: who calls no actor would not learn of its end for minutes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from autotune.executors.ray_address import knock

LOOK_SECONDS = 4.0
"""How often the head is asked, and how long it may take to answer."""
GONE_SECONDS = 15.0
"""A head that has not answered for so long is gone. One that only restarts, as Ray can let it, is back sooner."""


@dataclass(frozen=True)
class HeadLost:
    """The head does not answer any more."""

    address: str
    why: str


def watch(address: str, put: Callable[[HeadLost], None]) -> None:
    """Ask the head now and then, in a thread that ends with the process.

    Args:
        address: of the head's service, ``host:port``.
        put: called once, from that thread, when it is gone; the process ends a little later.
    """
    threading.Thread(target=_watch, args=(address, put), daemon=True).start()


def _watch(address: str, put: Callable[[HeadLost], None]) -> None:
    seen = time.monotonic()
    while True:
        time.sleep(LOOK_SECONDS)
        try:
            knock(address, LOOK_SECONDS)
            seen = time.monotonic()
        except OSError as error:
            if time.monotonic() - seen > GONE_SECONDS:
                put(HeadLost(address, error.strerror or str(error)))
                time.sleep(LOOK_SECONDS)
                os._exit(1)  # who should have read that waits for Ray, and Ray for the head
