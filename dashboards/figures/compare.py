"""The fronts of several studies on the same axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from autotune.objectives import Objective
from autotune.pareto import front_mask

from ..theme import Theme, axis, empty, layout, title
from .front import ROOM_FOR_NOTHING, figures_of
from .growth import DASHES, MARKS


def fronts_figure(studies: Mapping[str, pd.DataFrame], x: Objective, y: Objective, look: Theme) -> dict[str, Any]:
    """Staircases of the configurations trained in full.

    Args:
        studies: frames of ``trials_frame`` by name.
        x: horizontal objective; on a logarithmic axis where its scale is.
        y: vertical objective.
        look: colours.
    """
    data = []
    for i, (name, frame) in enumerate(studies.items()):
        done = frame[frame["status"].isin(("front", "dominated", "control"))].dropna(subset=[x.name, y.name])
        if done.empty:
            continue
        turned = np.column_stack([x.minimized(1.0) * done[x.name], y.minimized(1.0) * done[y.name]])
        on = done[front_mask(turned)].sort_values(x.name)
        xs = on[x.name].to_numpy(dtype=float)
        if x.log and (xs <= 0).any():
            xs = np.where(xs > 0, xs, (xs[xs > 0].min() if (xs > 0).any() else 1.0) / ROOM_FOR_NOTHING)
        colour = look.series[i % len(look.series)]
        data.append({
            "type": "scatter", "mode": "lines+markers", "name": name, "x": figures_of(xs), "y": figures_of(on[y.name]),
            "text": on["configuration"].str.replace("<", "&lt;").tolist(), "customdata": on["trial"].tolist(),
            "line": {"shape": "hv" if x.direction == "minimize" else "vh", "width": 2, "color": colour,
                     "dash": DASHES[i % len(DASHES)]},
            "marker": {"size": 9, "symbol": MARKS[i % len(MARKS)], "color": colour},
            "hovertemplate": "trial %{customdata}<br>%{text}<br>%{x:,.6~g} · %{y:.5~g}<extra>%{fullData.name}</extra>",
        })  # fmt: skip
    if not data:
        return empty(look, "None of these studies has trained a configuration in full yet.")
    made = layout(look, hovermode="closest")
    made["xaxis"] = axis(look, title(x.name, x.direction), **_scale(x))
    made["yaxis"] = axis(look, title(y.name, y.direction, "selection"), **_scale(y))
    return {"data": data, "layout": made}


def _scale(objective: Objective) -> dict[str, Any]:
    return {"type": "log", "dtick": 1, "exponentformat": "SI"} if objective.log else {"type": "linear"}
