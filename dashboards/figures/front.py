"""The Pareto front: any two objectives, a third as colour or size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from autotune.objectives import Objective
from autotune.pareto import front_mask
from autotune.words import si

from ..theme import GREEN, ORANGE, Theme, axis, empty, layout, title

CANVAS = "canvas"
"""The meta of traces whose points ``assets/points.js`` draws: plotly takes a second to draw ten thousand."""
ROOM_FOR_NOTHING = 2.5
"""On a logarithmic axis a cost of nothing stands as far left of the smallest other cost as this factor."""


FAR = 3.5
"""A value is out of sight where it is worse than the best by more than so many times what the median is."""
DONE = ("front", "dominated", "control")


@dataclass(frozen=True)
class Axis:
    """One axis of the front."""

    objective: Objective
    log: bool
    column: str
    """Of the frame: ``accuracy`` or ``held_out.accuracy``."""


@dataclass(frozen=True)
class Placed:
    """Values of an axis as they are drawn."""

    values: np.ndarray
    floor: float | None
    """Where a cost of nothing stands on a logarithmic axis; None where there is none, or the axis is linear."""


def front_figure(
    frame: pd.DataFrame,
    x: Axis,
    y: Axis,
    look: Theme,
    *,
    z: Axis | None = None,
    size: bool = False,
    brush: Sequence[float] = (),
) -> dict[str, Any]:
    """The front among all trials.

    Args:
        frame: of ``trials_frame``; rows that are left out are not drawn.
        x: horizontal axis.
        y: vertical axis.
        look: colours.
        z: a third objective.
        size: it is shown as size rather than as colour.
        brush: x0, x1, y0, y1 of the chosen box.
    """
    # Infinite values are errors of a training, no places.
    shown = frame.loc[frame["status"] != "repeat"].replace([np.inf, -np.inf], np.nan)
    shown = shown.dropna(subset=[x.column, y.column])
    if shown.empty:
        return empty(look, _why_empty(frame, x, y))
    px, py = place(shown, x), place(shown, y)
    shown = shown.assign(_x=px.values, _y=py.values)
    kinds = _kinds(shown)
    data = [
        *_cloud(shown[kinds == "dominated"], "dominated", {"size": 7, "opacity": 0.75}, look.dominated, z, size),
        *_cloud(shown[kinds == "partial"], "trained in part", {"size": 5, "opacity": 0.8, "symbol": "x-thin",
                "line": {"width": 1, "color": look.dominated}}, look.dominated),
        *_cloud(shown[kinds == "infeasible"], "breaks a constraint", {"size": 8, "symbol": "diamond-open"}, look.muted),
        *_stairs(shown, x, y, look),
        _marks(shown[kinds == "running"], "running, at its last value", {"size": 11, "symbol": "circle-open-dot",
               "line": {"width": 2}}, GREEN, told=True),
        _marks(shown[kinds == "front"], "front", {"size": 11, "line": {"width": 1, "color": look.surface}},
               look.front, z, size, told=True, edge=look.text),
        _controls(shown[shown["kind"] == "control"], look),
        _winner(shown[shown["winner"]], look),
    ]  # fmt: skip
    return {"data": data, "layout": _layout(shown, x, y, px, py, look, z if not size else None, brush)}


def _why_empty(frame: pd.DataFrame, x: Axis, y: Axis) -> str:
    if frame.empty:
        return "No trial yet. The first point appears when a control has been evaluated."
    held = [a.column for a in (x, y) if a.column.startswith("held_out.")]
    if held:
        return (
            "Nothing has been scored on the held-out split yet: that happens once, at the end.<br>Switch to selection."
        )
    return f"No trial here has both {x.column} and {y.column} yet."


def _kinds(shown: pd.DataFrame) -> pd.Series:
    """What each trial is drawn as."""
    status = shown["status"]
    return status.where(~status.isin(("paused", "stopped", "failed")), "partial")


def place(shown: pd.DataFrame, axis_of: Axis) -> Placed:
    """Where trials stand on an axis: a cost of nothing has a place of its own on a logarithmic one."""
    values = shown[axis_of.column].to_numpy(dtype=float)
    if not axis_of.log or not (values <= 0).any():
        return Placed(values, None)
    positive = values[values > 0]
    floor = float(positive.min()) / ROOM_FOR_NOTHING if len(positive) else 1.0
    return Placed(np.where(values > 0, values, floor), floor)


def figures_of(values: Any) -> list[float | None]:
    """Numbers short enough for a page: six significant digits; None for NaN."""
    return [None if math.isnan(v) else float(f"{v:.6g}") for v in map(float, values)]


def _marks(
    part: pd.DataFrame,
    name: str,
    marker: dict[str, Any],
    colour: str,
    z: Axis | None = None,
    size: bool = False,
    told: bool = False,
    edge: str = "",
) -> dict[str, Any]:
    """One kind of trials. Only those that are ``told`` carry their configuration: it is long, and most are many."""
    marker = {"color": colour, **marker}
    if z is not None and size:
        marker["size"] = _sizes(part[z.column], z)
        marker["sizemode"] = "diameter"
    elif z is not None:
        values = part[z.column].to_numpy(dtype=float)
        marker |= {"color": figures_of(_scaled(values, z)), "coloraxis": "coloraxis"}
        marker["line"] = {"width": 1.5 if told else 0, "color": edge}
    hover = "trial %{customdata}" + ("<br>%{text}" if told else "") + "<br>%{x:,.6~g} · %{y:.5~g}"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{name} ({len(part):,})",
        "x": figures_of(part["_x"]),
        "y": figures_of(part["_y"]),
        "customdata": [int(n) for n in part["trial"]],
        "text": [_escaped(t) for t in part["configuration"]] if told else [],
        "marker": marker,
        "hovertemplate": hover + f"<extra>{name}</extra>",
        "showlegend": len(part) > 0 and not (z is not None and not size),  # a legend has no colour of a scale
        "unselected": {"marker": {"opacity": 0.15}},
    }


def _cloud(
    part: pd.DataFrame, name: str, marker: dict[str, Any], colour: str, z: Axis | None = None, size: bool = False
) -> list[dict[str, Any]]:
    """A kind that may be thousands, for the canvas, and what stands for it in the legend."""
    marks = _marks(part, name, marker, colour, z, size)
    key = {"type": "scatter", "mode": "markers", "name": marks["name"], "x": [None], "y": [None], "hoverinfo": "skip",
           "marker": {"color": colour, **marker}, "legendgroup": name, "showlegend": marks["showlegend"]}  # fmt: skip
    return [marks | {"mode": "none", "meta": CANVAS, "legendgroup": name, "showlegend": False}, key]


def _scaled(values: np.ndarray, z: Axis) -> np.ndarray:
    return np.log10(np.maximum(values, 1.0)) if z.log else values


def _sizes(values: pd.Series, z: Axis) -> list[float | None]:
    scaled = _scaled(values.to_numpy(dtype=float), z)
    if not np.isfinite(scaled).any():
        return [8.0] * len(scaled)
    low, high = np.nanmin(scaled), np.nanmax(scaled)
    shares = (scaled - low) / (high - low) if high > low else np.full(len(scaled), 0.5)
    return figures_of(np.nan_to_num(5 + 17 * shares, nan=4.0))


def _stairs(shown: pd.DataFrame, x: Axis, y: Axis, look: Theme) -> list[dict[str, Any]]:
    """The front of these two objectives as a staircase over what it dominates: the region, then its edge."""
    part = shown[shown["status"].isin(DONE)]
    signs = np.array([x.objective.minimized(1.0), y.objective.minimized(1.0)])
    turned = part[["_x", "_y"]].to_numpy(dtype=float) * signs
    region = {"type": "scatter", "mode": "none", "hoverinfo": "skip", "showlegend": False, "name": "dominated region",
              "fill": "toself", "fillcolor": look.fill, "x": [], "y": []}  # fmt: skip
    edge = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False, "name": "staircase",
            "line": {"color": look.front, "width": 1.5}, "x": [], "y": []}  # fmt: skip
    if not len(turned):
        return [region, edge]
    front = np.unique(turned[front_mask(turned)], axis=0)
    corner = np.array([_worst(shown, "_x", x), _worst(shown, "_y", y)]) * signs
    steps = [front[0]]
    for here, following in pairwise(front):
        steps += [np.array([following[0], here[1]]), following]
    steps.append(np.array([max(corner[0], front[-1, 0]), front[-1, 1]]))
    line = np.array(steps) * signs
    around = np.array([[front[0, 0], corner[1]], *steps, corner]) * signs
    return [{**region, "x": figures_of(around[:, 0]), "y": figures_of(around[:, 1])},
            {**edge, "x": figures_of(line[:, 0]), "y": figures_of(line[:, 1])}]  # fmt: skip


def _worst(shown: pd.DataFrame, column: str, axis_of: Axis) -> float:
    """The worst value of all, a little further: the region reaches beyond the edge of what is seen."""
    values = shown[column].to_numpy(dtype=float)
    low, high = float(values.min()), float(values.max())
    if axis_of.objective.direction == "minimize":
        return high * 3 if axis_of.log else high + 0.5 * (high - low or 1.0)
    return low / 3 if axis_of.log else low - 0.5 * (high - low or 1.0)


def _limits(shown: pd.DataFrame, column: str, axis_of: Axis) -> tuple[float, float]:
    """The range of an axis. What is far worse than the typical full training must not squeeze the others."""
    compared = shown[shown["status"].isin((*DONE, "running", "infeasible"))]
    values = (compared if len(compared) > 2 else shown)[column].to_numpy(dtype=float)
    low, high = float(values.min()), float(values.max())
    if not axis_of.log and len(values) > 4:
        middle = float(np.median(values))
        if axis_of.objective.direction == "maximize":
            low = max(low, high - FAR * (high - middle))
        else:
            high = min(high, low + FAR * (middle - low))
    if axis_of.log:
        room = 1.5 if high > 4 * low else 3
        return low / room, high * room
    room = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    """Where a logarithmic axis says its numbers: at each power of ten, or also between where there are few of them.

    plotly's own ticks between leave the power out. Some more on both sides are for a look from further away.
    """
    steps = (1.0,) if high > 50 * low else (1.0, 2.0, 5.0)
    first, last = math.floor(math.log10(low)) - 2, math.ceil(math.log10(high)) + 2
    return [step * 10.0**power for power in range(first, last + 1) for step in steps]


def _controls(part: pd.DataFrame, look: Theme) -> dict[str, Any]:
    marks = _marks(part, "controls", {"size": 14, "symbol": "star", "line": {"width": 1, "color": look.surface}},
                   ORANGE)  # fmt: skip
    names = [_escaped(label) for label in part["label"]]
    # Names would lie on each other where a grid of learning rates stands in a column: only the plain ones are written.
    written = [name if " " not in name else "" for name in names]
    return marks | {"mode": "markers+text", "text": written, "hovertext": names, "textposition": "top center",
                    "textfont": {"size": 10, "color": look.muted},
                    "hovertemplate": "%{hovertext} (trial %{customdata})<br>%{x:,.6~g} · %{y:.5~g}"
                                     "<extra>control</extra>"}  # fmt: skip


def _winner(part: pd.DataFrame, look: Theme) -> dict[str, Any]:
    marks = _marks(part, "winner", {"size": 15, "symbol": "diamond", "line": {"width": 1.5, "color": look.surface}},
                   look.winner, told=True)  # fmt: skip
    names = [f"<b>winner {n}</b>" for n in marks["customdata"]]
    return marks | {"mode": "markers+text", "text": names, "hovertext": marks["text"],
                    "textposition": "top left", "cliponaxis": False,
                    "textfont": {"size": 11, "color": look.winner}, "name": "winner",
                    "hovertemplate": "trial %{customdata}<br>%{hovertext}<br>%{x:,.6~g} · %{y:.5~g}"
                                     "<extra>winner</extra>"}  # fmt: skip


def _escaped(text: str) -> str:
    """Text that plotly shows as it is; it would read some tags as formatting."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;")


def _layout(
    shown: pd.DataFrame, x: Axis, y: Axis, px: Placed, py: Placed, look: Theme, z: Axis | None, brush: Sequence[float]
) -> dict[str, Any]:
    axes: dict[str, Any] = {}
    notes, lines = [], []
    outside = pd.Series(False, index=shown.index)
    for name, other, kind, placed in (("x", "y", x, px), ("y", "x", y, py)):
        low, high = _limits(shown, f"_{name}", kind)
        outside |= ~shown[f"_{name}"].between(low, high)
        part = "held-out" if kind.column.startswith("held_out.") else ""
        about: dict[str, Any] = {"type": "log" if kind.log else "linear",
                                 "range": [math.log10(low), math.log10(high)] if kind.log else [low, high]}  # fmt: skip
        if kind.log:
            about |= {"tickvals": (ticks := _ticks(low, high)), "ticktext": [si(tick) for tick in ticks]}
        axes[f"{name}axis"] = axis(look, title(kind.objective.name, kind.objective.direction, part), **about)
        if placed.floor is not None:
            at = math.log10(placed.floor)
            notes.append({name: at, other: 0, f"{name}ref": name, f"{other}ref": "paper", "text": "none",
                          "showarrow": False, "font": {"size": 10, "color": look.muted},
                          "yanchor" if name == "x" else "xanchor": "bottom" if name == "x" else "left"})  # fmt: skip
            lines.append({"type": "line", f"{name}0": placed.floor, f"{name}1": placed.floor, f"{other}0": 0,
                          f"{other}1": 1, f"{name}ref": name, f"{other}ref": "paper",
                          "line": {"color": look.grid, "width": 1, "dash": "dot"}, "layer": "below"})  # fmt: skip
    if outside.any():
        text = f"{int(outside.sum()):,} out of sight: autoscale shows them"
        notes.append({"text": text, "showarrow": False, "xref": "paper", "yref": "paper", "x": 1, "y": 0,
                      "xanchor": "right", "yanchor": "bottom", "font": {"size": 10, "color": look.muted}})  # fmt: skip
    made = layout(look, **axes, annotations=notes, shapes=lines, dragmode="select", hovermode="closest",
                  clickmode="event", selectdirection="any")  # fmt: skip
    made["uirevision"] = f"{x.column}|{y.column}|{x.log}|{y.log}"
    made["newselection"] = {"line": {"color": look.text, "width": 1, "dash": "dot"}}
    if len(brush) == 4:
        x0, x1, y0, y1 = brush
        made["selections"] = [{"type": "rect", "xref": "x", "yref": "y", "x0": x0, "x1": x1, "y0": y0, "y1": y1,
                               "line": {"color": look.text, "width": 1, "dash": "dot"}}]  # fmt: skip
    if z is not None:
        turned = z.objective.direction == "minimize"
        scaled = _scaled(shown[z.column].to_numpy(dtype=float), z)
        seen = scaled[np.isfinite(scaled)] if np.isfinite(scaled).any() else np.zeros(1)
        made["coloraxis"] = {"colorscale": look.scale, "reversescale": turned, "cmin": float(seen.min()),
                             "cmax": float(seen.max()), "colorbar": {
            "title": {"text": ("log₁₀ " if z.log else "") + z.objective.name, "side": "right", "font": {"size": 11}},
            "thickness": 10, "outlinewidth": 0, "tickfont": {"size": 10, "color": look.muted}}}  # fmt: skip
    return made
