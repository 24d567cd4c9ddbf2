"""One thread for the small matrices of a model."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Let numpy and scipy compute in one thread: two on a busy machine wait for each other, a hundred times slower."""
    limited: AbstractContextManager[Any] = _pools().limit(limits=1, user_api="blas")
    return limited


@cache
def _pools() -> Any:
    import scipy.linalg  # noqa: F401 (its own BLAS must be there to be found)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
