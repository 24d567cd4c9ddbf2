"""A learning curve in text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

_BLOCKS = " ▁▂▃▄▅▆▇█"
HEIGHT = 6


def plot(points: Sequence[tuple[int, float]], width: int = 60, height: int = HEIGHT) -> list[str]:
    """The lines of a small block plot of (examples, value), values upwards; the last column is the last point.

    Values that are not finite are left out; fewer than two points give no plot.
    """
    finite = [(x, y) for x, y in points if math.isfinite(y)]
    if len(finite) < 2:
        return []
    low, high = min(y for _, y in finite), max(y for _, y in finite)
    span = (high - low) or 1.0
    columns = [_at(finite, finite[0][0] + (finite[-1][0] - finite[0][0]) * i / (width - 1)) for i in range(width)]
    eighths = [1 + round((value - low) / span * (height * 8 - 1)) for value in columns]
    rows = ["".join(_BLOCKS[min(8, max(0, e - 8 * row))] for e in eighths) for row in reversed(range(height))]
    labels = [f"{high:.4g}", *[""] * (height - 2), f"{low:.4g}"]
    pad = max(len(label) for label in labels)
    lines = [f"{label:>{pad}} ┤{row}" for label, row in zip(labels, rows, strict=True)]
    ends = f"{finite[0][0]:,}", f"{finite[-1][0]:,} examples"
    gap = max(1, width - len(ends[0]) - len(ends[1]))
    return [*lines, f"{'':>{pad}}  {ends[0]}{' ' * gap}{ends[1]}"]


def _at(points: Sequence[tuple[int, float]], x: float) -> float:
    """The value at x, linear between the points."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 if x1 == x0 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]
