"""What can go wrong in a trial, by kind."""

from __future__ import annotations

import traceback

import torch

from autotune.trial import Failure, FailureKind

_MEMORY_WORDS = ("can't allocate memory", "not enough memory", "out of memory", "alloc_failed", "std::bad_alloc")


class DivergedError(Exception):
    """The loss or a weight is not a finite number."""


class MissingMetricError(Exception):
    """An evaluation did not give a metric that the task promises."""


def failure_of(error: Exception) -> Failure:
    """The failure that an exception means, with its traceback."""
    text = "".join(traceback.format_exception(error))
    return Failure(_kind(error), f"{type(error).__name__}: {error}"[:2000], text[-20_000:])


def _kind(error: Exception) -> FailureKind:
    if isinstance(error, DivergedError):
        return FailureKind.DIVERGED
    if isinstance(error, MissingMetricError):
        return FailureKind.MISSING_METRIC
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return FailureKind.OUT_OF_MEMORY
    if isinstance(error, RuntimeError) and any(word in str(error).lower() for word in _MEMORY_WORDS):
        return FailureKind.OUT_OF_MEMORY
    return FailureKind.ERROR
