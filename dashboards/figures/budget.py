"""Where the device time went: by use, by level, by worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from autotune.words import duration

from ..theme import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, Theme, axis, empty, hatch, layout

USES = {"start-up": PURPLE, "controls": ORANGE, "search": BLUE, "finalists": GREEN}
PATTERNS = {"start-up": ".", "controls": "/", "search": "", "finalists": "x"}
KINDS = {"search": BLUE, "control": ORANGE, "repeat": GREEN, "score": SKY}
LOST = ("failed", "lost")
MOST_BARS = 4000
"""Segments that a timeline draws: the newest."""


def spending_figure(spent: pd.DataFrame, limit: float | None, look: Theme) -> dict[str, Any]:
    """One bar of the device time by use, and what is left of the budget.

    Args:
        spent: of ``insight.spending``.
        limit: the budget in device seconds; None without one.
        look: colours.
    """
    total = float(spent["device_seconds"].sum())
    if total == 0:
        return empty(look, "Nothing has been spent yet.")
    uses = spent.groupby("use", sort=False)["device_seconds"].sum()
    bars = [(use, float(uses[use]), colour, PATTERNS[use]) for use, colour in USES.items() if use in uses]
    if limit is not None and limit > total:
        bars.append(("left", limit - total, look.grid, ""))
    data = [
        {
            "type": "bar", "orientation": "h", "y": [""], "x": [round(seconds, 2)],
            "name": f"{use} {duration(seconds)}",
            "marker": {"color": colour, "line": {"width": 1, "color": look.surface},
                       "pattern": hatch(pattern, look)},
            "hovertemplate": f"{use}: {duration(seconds)}<extra></extra>",
        }
        for use, seconds, colour, pattern in bars
    ]  # fmt: skip
    made = layout(look, barmode="stack", margin={"l": 12, "r": 16, "t": 8, "b": 48})
    made["legend"] |= {"traceorder": "normal", "y": 1.05}
    made["xaxis"] = axis(look, "device seconds")
    made["yaxis"] = axis(look, visible=False)
    return {"data": data, "layout": made}


def rungs_figure(counts: pd.DataFrame, look: Theme) -> dict[str, Any]:
    """How many trials reached each level, and what became of them there; of ``insight.promotions``."""
    if not len(counts) or not counts["reached"].sum():
        return empty(look, "No trial of the search has reached a level yet.")
    colours = {"went_on": BLUE, "complete": GREEN, "running": SKY, "paused": look.dominated, "stopped": VERMILION,
               "failed": PURPLE}  # fmt: skip
    patterns = {"stopped": "/", "failed": "x", "paused": "."}
    levels = [f"{e:,}" for e in counts["examples"]]
    data = [
        {
            "type": "bar", "name": name.replace("_", " "), "x": levels, "y": counts[name].tolist(),
            "marker": {"color": colour, "pattern": hatch(patterns.get(name, ""), look)},
            "hovertemplate": "%{y} " + name.replace("_", " ") + " at %{x} examples<extra></extra>",
        }
        for name, colour in colours.items()
        if counts[name].sum()
    ]  # fmt: skip
    made = layout(look, barmode="stack")
    made["xaxis"] = axis(look, "level, examples seen", type="category")
    made["yaxis"] = axis(look, "trials")
    return {"data": data, "layout": made}


def timeline_figure(lanes: pd.DataFrame, look: Theme) -> dict[str, Any]:
    """What each worker did when; of ``insight.timeline``. Segments that still run reach to the last known moment."""
    if lanes.empty:
        return empty(look, "No segment has been given to a worker yet.")
    lanes = lanes.tail(MOST_BARS)
    now = float(lanes[["begin", "end"]].max().max())
    lanes = lanes.assign(last=lanes["end"].fillna(now))
    data: list[dict[str, Any]] = []
    for kind, colour in KINDS.items():
        part = lanes[lanes["kind"] == kind]
        if part.empty:
            continue
        data.append({
            "type": "bar", "orientation": "h", "name": kind, "y": part["worker"].tolist(),
            "x": (part["last"] - part["begin"]).clip(lower=0.0).round(2).tolist(),
            "base": part["begin"].round(2).tolist(),
            "customdata": [
                [r["trial"], r["status"], f"{r['from_examples']:,} → {r['to_examples']:,}"]
                for r in part.to_dict("records")
            ],
            "marker": {"color": colour, "line": {"width": 0.5, "color": look.surface}},
            "hovertemplate": "trial %{customdata[0]}, %{customdata[2]} examples<br>%{x:.1f} s, %{customdata[1]}"
                             f"<extra>{kind}</extra>",
        })  # fmt: skip
    bad = lanes[lanes["status"].isin(LOST)]
    if len(bad):
        data.append({
            "type": "scatter", "mode": "markers", "name": "failed or lost", "x": bad["last"].round(2).tolist(),
            "y": bad["worker"].tolist(), "customdata": bad["trial"].tolist(),
            "marker": {"symbol": "x", "size": 8, "color": VERMILION},
            "hovertemplate": "trial %{customdata} failed<extra></extra>",
        })  # fmt: skip
    made = layout(look, barmode="overlay", bargap=0.35, hovermode="closest", uirevision="timeline")
    made["xaxis"] = axis(look, "seconds since the first segment")
    made["yaxis"] = axis(look, type="category", autorange="reversed")
    return {"data": data, "layout": made}


def failures_figure(kinds: Sequence[str], look: Theme) -> dict[str, Any]:
    """Failures by kind."""
    if not kinds:
        return empty(look, "No segment failed.")
    counts = pd.Series(list(kinds)).value_counts().sort_values()
    data = [{"type": "bar", "orientation": "h", "x": counts.tolist(), "y": [str(k) for k in counts.index],
             "marker": {"color": VERMILION}, "hovertemplate": "%{x} %{y}<extra></extra>"}]  # fmt: skip
    made = layout(look, margin={"l": 12, "r": 16, "t": 8, "b": 36})
    made["xaxis"] = axis(look, "segments", dtick=1 if counts.max() < 6 else None)
    made["yaxis"] = axis(look)
    return {"data": data, "layout": made}
