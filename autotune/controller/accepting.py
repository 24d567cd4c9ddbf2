"""Whether a worker's answer is one: whatever it says, it costs at most its trial."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from itertools import pairwise
from numbers import Real
from typing import Any

from autotune.executors.process import failed
from autotune.trial import Failure, FailureKind, Segment, SegmentResult, SegmentStatus


class _GarbageError(Exception):
    """An answer that makes no sense."""


def sound(result: SegmentResult, segment: Segment, metrics: Collection[str], held: float) -> SegmentResult:
    """The result, or a failed one in its place where it is not an answer to the segment.

    Args:
        result: as it came.
        segment: what was asked.
        metrics: that the study needs of every evaluation.
        held: seconds since the segment was submitted, charged where the result's own are no number.
    """
    try:
        failure = _problem(result, segment, metrics)
    except (_GarbageError, TypeError, ValueError, AttributeError, KeyError) as error:
        failure = Failure(FailureKind.ERROR, f"the worker's answer makes no sense: {error}")
    if failure is None:
        return result
    seconds = result.device_seconds if _is_time(result.device_seconds) else max(0.0, held)
    return failed(segment, str(result.worker), seconds, failure)


def _problem(result: SegmentResult, segment: Segment, metrics: Collection[str]) -> Failure | None:
    if not _is_time(result.device_seconds):
        raise _GarbageError(f"it took {result.device_seconds} s")
    if result.checkpoint is not None and not isinstance(result.checkpoint, bytes):
        raise _GarbageError(f"its checkpoint is a {type(result.checkpoint).__name__}")
    status = SegmentStatus(result.status)
    if status is SegmentStatus.FAILED:
        if result.failure is None:
            raise _GarbageError("it failed and does not say why")
        FailureKind(result.failure.kind)
        return None
    if segment.purpose == "score":
        return _missing(result.held_out or {}, metrics, "the held-out split") if status is SegmentStatus.DONE else None
    _check_numbers(result.measured)
    if not segment.start <= result.examples_seen:
        raise _GarbageError(f"it began at {segment.start} examples and ended at {result.examples_seen}")
    if status is SegmentStatus.DONE and result.examples_seen < segment.end:
        raise _GarbageError(f"it says it is done at {result.examples_seen} of {segment.end} examples")
    at = [segment.start, *(point.examples for point in result.curve)]
    if any(after < before for before, after in pairwise(at)) or at[-1] > result.examples_seen:
        raise _GarbageError(f"its curve runs over {at} examples")
    if status is SegmentStatus.DONE and at[-1] != result.examples_seen:
        return Failure(FailureKind.MISSING_METRIC, f"no evaluation at its end, {result.examples_seen} examples")
    for point in result.curve:
        if (failure := _missing(point.metrics, metrics, f"{point.examples} examples")) is not None:
            return failure
    return None


def _missing(found: Mapping[str, Any], metrics: Collection[str], where: str) -> Failure | None:
    for name in metrics:
        if name not in found:
            return Failure(FailureKind.MISSING_METRIC, f"no {name} at {where}: told {', '.join(found) or 'nothing'}")
    _check_numbers(found)
    if not math.isfinite(found.get("loss", 0.0)):
        return Failure(FailureKind.DIVERGED, f"the loss is {found['loss']} at {where}")
    bad = next((name for name in metrics if not math.isfinite(found[name])), None)
    return None if bad is None else Failure(FailureKind.MISSING_METRIC, f"{bad} is {found[bad]} at {where}")


def _check_numbers(found: Mapping[str, Any]) -> None:
    for name, value in found.items():
        if not isinstance(value, Real):
            raise _GarbageError(f"{name} is {value!r}")


def _is_time(seconds: object) -> bool:
    return isinstance(seconds, Real) and math.isfinite(seconds) and float(seconds) >= 0
