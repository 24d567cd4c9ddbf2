"""Hypervolume and best score over device time, for one study or several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from autotune.objectives import Objective

from ..theme import Theme, axis, empty, layout, title

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
_NOTHING = "No training has reached its end yet.<br>The line begins with the first control that does."


def hypervolume_figure(
    studies: Mapping[str, pd.DataFrame], controls: Mapping[str, float], spent: Mapping[str, float], look: Theme
) -> dict[str, Any]:
    """How much of the box around all results was dominated when so much device time was spent.

    Args:
        studies: frames of ``insight.progress`` in one box, by name.
        controls: what the controls alone dominate, by study.
        spent: device seconds by study, to which the lines reach.
        look: colours.
    """
    if all(told.empty for told in studies.values()):
        return empty(look, _NOTHING)
    data = [
        _steps(name, told, "hypervolume", look, i, spent, "%{y:.4f} of the box at %{x:,.0f} s")
        for i, (name, told) in enumerate(studies.items())
    ]
    several = len(studies) > 1
    for i, (name, value) in enumerate(controls.items()):
        data.append(_level(f"controls of {name}" if several else "controls alone", value, spent, look, i, several))
    made = layout(look, hovermode="closest", uirevision="hypervolume")
    made["xaxis"] = axis(look, "device seconds", rangemode="tozero")
    made["yaxis"] = axis(look, "hypervolume · higher is better")
    return {"data": data, "layout": made}


def best_figure(
    studies: Mapping[str, pd.DataFrame],
    controls: Mapping[str, float],
    spent: Mapping[str, float],
    primary: Objective,
    look: Theme,
) -> dict[str, Any]:
    """The best score on the selection part when so much device time was spent.

    Args:
        studies: frames of ``insight.progress`` by name.
        controls: the controls' scores by what they are called.
        spent: device seconds by study, to which the lines reach.
        primary: the objective.
        look: colours.
    """
    if all(told["best"].isna().all() for told in studies.values()):
        return empty(look, "No trial of the search has been trained in full yet.")
    hover = f"{primary.name} %{{y:.4f}} at %{{x:,.0f}} s"
    data = [
        _steps(name, told.dropna(subset=["best"]), "best", look, i, spent, hover)
        for i, (name, told) in enumerate(studies.items())
    ]
    for i, (name, told) in enumerate(studies.items()):
        search = told[told["kind"] == "search"]
        data.append({
            "type": "scattergl" if len(search) > 1000 else "scatter", "mode": "markers", "showlegend": False,
            "x": search["device_seconds"].round(1).tolist(), "y": search["value"].round(5).tolist(),
            "customdata": search["trial"].tolist(), "name": name,
            "marker": {"size": 5, "opacity": 0.45, "color": look.series[i % len(look.series)],
                       "symbol": MARKS[i % len(MARKS)]},
            "hovertemplate": "trial %{customdata}: %{y:.4f}<extra></extra>",
        })  # fmt: skip
    for i, (name, value) in enumerate(controls.items()):
        data.append(_level(name, value, spent, look, i + len(studies), True))
    made = layout(look, hovermode="closest", uirevision="best")
    made["xaxis"] = axis(look, "device seconds", rangemode="tozero")
    made["yaxis"] = axis(look, title(primary.name, primary.direction, "selection"))
    return {"data": data, "layout": made}


def _steps(
    name: str, told: pd.DataFrame, column: str, look: Theme, i: int, spent: Mapping[str, float], hover: str
) -> dict[str, Any]:
    xs, ys = told["device_seconds"].round(2).tolist(), told[column].round(6).tolist()
    if xs and spent.get(name, 0.0) > xs[-1]:
        xs, ys = [*xs, round(spent[name], 2)], [*ys, ys[-1]]
    colour, dash = look.series[i % len(look.series)], DASHES[i % len(DASHES)]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": xs,
        "y": ys,
        "line": {"shape": "hv", "width": 2.5, "color": colour, "dash": dash},
        "hovertemplate": f"{hover}<extra>%{{fullData.name}}</extra>",
    }


def _level(name: str, value: float, spent: Mapping[str, float], look: Theme, i: int, own: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [0, max(spent.values(), default=1.0)],
        "y": [value, value],
        "line": {"width": 1.5, "dash": "dot", "color": look.series[i % len(look.series)] if own else look.muted},
        "hovertemplate": f"{value:.4f}<extra>%{{fullData.name}}</extra>",
    }
