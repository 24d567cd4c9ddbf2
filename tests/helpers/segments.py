"""Segments for tests of the worker."""

from __future__ import annotations

from typing import Any

from autotune.trial import Segment, SegmentResult


def never() -> bool:
    """A cancel check that never cancels."""
    return False


def after(steps: int) -> Any:
    """A cancel check that cancels at its ``steps``-th question (from 0)."""
    asked = iter(range(1_000_000))
    return lambda: next(asked) >= steps


def segment(config: dict[str, Any], end: int, start: int = 0, *, full: int = 320, **more: Any) -> Segment:
    """A training segment of trial 3 with seed 11."""
    given = {"number": 7, "trial": 3, "attempt": 0, "seed": 11} | more
    return Segment(config=config, start=start, end=end, full=full, **given)


def following(result: SegmentResult, config: dict[str, Any], end: int, **more: Any) -> Segment:
    """The segment that goes on where a result stopped."""
    return segment(config, end, result.examples_seen, checkpoint=result.checkpoint, **more)
