"""One trial's learning curve with what it is expected to come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autotune.insight import Outlook
from autotune.objectives import Objective
from autotune.trial import CurvePoint

from ..theme import VERMILION, Theme, axis, empty, layout

FLAT = 0.01
"""What is left above and below a curve that does not move."""


def curve_figure(
    points: Sequence[CurvePoint], full: int, primary: Objective, ahead: Outlook | None, look: Theme
) -> dict[str, Any]:
    """The primary metric on the selection part, and the losses, over the examples seen.

    Args:
        points: of the trial.
        full: examples of a full training.
        primary: the metric that ranks.
        ahead: where the end is expected; None for a trial that has ended.
        look: colours.
    """
    seen = [p for p in points if primary.name in p.metrics]
    if not seen:
        return empty(look, "Not evaluated yet.")
    xs, ys = [p.examples for p in seen], [round(p.metrics[primary.name], 6) for p in seen]
    data: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines+markers", "name": primary.name, "x": xs, "y": ys, "marker": {"size": 5},
         "line": {"color": look.front, "width": 2}, "hovertemplate": "%{y:.4f} at %{x:,} examples<extra></extra>"}
    ]  # fmt: skip
    if ahead is not None:
        middle = ahead.median
        data.append({
            "type": "scatter", "mode": "lines", "x": [xs[-1], full, full, xs[-1]],
            "y": [ys[-1], ahead.high, ahead.low, ys[-1]], "fill": "toself", "fillcolor": look.fill,
            "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False,
        })  # fmt: skip
        data.append({
            "type": "scatter", "mode": "lines+markers", "name": "expected", "x": [xs[-1], full], "y": [ys[-1], middle],
            "line": {"color": VERMILION, "dash": "dot", "width": 2}, "marker": {"symbol": "diamond-open", "size": 9},
            "error_y": {"type": "data", "symmetric": False, "array": [0, ahead.high - middle],
                        "arrayminus": [0, middle - ahead.low], "thickness": 1.5, "color": VERMILION},
            "hovertemplate": f"expected end {middle:.4f} ({ahead.low:.4f} to {ahead.high:.4f})<extra></extra>",
        })  # fmt: skip
    made = layout(look, margin={"l": 44, "r": 10, "t": 8, "b": 36}, showlegend=ahead is not None)
    made["xaxis"] = axis(look, "examples seen", range=[0, full * 1.04])
    reached = [*ys, *((ahead.low, ahead.high) if ahead is not None else ())]
    room = max(0.06 * (max(reached) - min(reached)), FLAT)
    made["yaxis"] = axis(look, primary.name, range=[min(reached) - room, max(reached) + room])
    return {"data": data, "layout": made}
