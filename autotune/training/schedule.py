"""The learning rate over a training, as a share of its peak."""

from __future__ import annotations

import math

SCHEDULES = ("linear", "cosine", "constant")


def rate_factor(schedule: str, warmup: float, seen: float, full: int) -> float:
    """The share of the peak learning rate at a point of the training.

    It depends on the examples seen over those of a *full* training, never on where a segment ends: only so is a resumed
    trial equal to an uninterrupted one.

    Args:
        schedule: ``linear`` or ``cosine`` decay to zero, or ``constant``.
        warmup: share of the full training over which the rate rises linearly from zero.
        seen: examples seen; the middle of the step that the rate is for.
        full: examples of a full training.

    Returns:
        A number in [0, 1].
    """
    progress = min(max(seen / full, 0.0), 1.0)
    if progress < warmup:
        return progress / warmup
    if schedule == "constant":
        return 1.0
    left = (1.0 - progress) / (1.0 - warmup) if warmup < 1.0 else 0.0
    return left if schedule == "linear" else 0.5 * (1.0 - math.cos(math.pi * left))
