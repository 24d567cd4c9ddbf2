"""One thread for the small matrices of a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

_TURN = Lock()
_inside: list[Any] = []
"""The limit that whoever came first has set, once for each who computes under it."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numpy and scipy compute in one thread: two on a busy machine wait for each other, a hundred times slower.

    The limit is the whole process's. Where several compute at once, the last to leave lifts it. Numbers that overflow
    are not warned of: what comes of them is looked at.
    """
    with _TURN:
        _inside.append(_inside[0] if _inside else _pools().limit(limits=1, user_api="blas"))
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        with _TURN:
            limit = _inside.pop()
            if not _inside:
                limit.restore_original_limits()


@cache
def _pools() -> Any:
    import scipy.linalg  # noqa: F401 (its own BLAS must be there to be found)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
