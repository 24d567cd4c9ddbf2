"""Work that decisions will need, done while devices train."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from threading import Thread
from typing import Any

Work = Callable[[], Any]
Aside = Callable[[Work], Work]
"""Given work, arranges for it to be done; what it gives is called for the result, or raises what the work raised."""


def when_asked(work: Work) -> Work:
    """Does it at once when the result is asked for: nothing is done aside."""
    return cache(work)


def in_a_thread(work: Work) -> Work:
    """Does it in a thread, which a process that ends does not wait for."""
    done: Future[Any] = Future()
    Thread(target=settle, args=(done, work), name="thinking ahead", daemon=True).start()
    return done.result


def settle(done: Future[Any], work: Work) -> None:
    """Do the work here and keep what it gives or raises."""
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)
