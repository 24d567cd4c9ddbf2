"""Parallel coordinates of the front and the best few."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from autotune.objectives import Objective
from autotune.trial import Config

from ..theme import Theme, empty, layout

MOST_LINES, MOST_AXES = 300, 12
"""plotly draws 1,000 lines of twelve axes in five seconds, 10,000 in twenty-six."""


def parallel_figure(
    frame: pd.DataFrame, configs: Sequence[Config], objectives: Sequence[Objective], look: Theme
) -> dict[str, Any]:
    """Parameters and objectives of some trials, one line each.

    Args:
        frame: rows of ``trials_frame``, the best first.
        configs: of the same trials.
        objectives: of the study.
        look: colours.
    """
    frame, configs = frame.head(MOST_LINES), configs[:MOST_LINES]
    if len(frame) < 2:
        return empty(look, "Fewer than two configurations to draw.")
    axes = [_objective(frame, o) for o in objectives]
    words: dict[str, None] = {"method": None}
    for config in configs:
        words.update(dict.fromkeys(name.rpartition(".")[2] for name in config))
    for word in words:
        values = [next((v for n, v in c.items() if n.rpartition(".")[2] == word), None) for c in configs]
        made = _parameter(word, values)
        if made is not None and len(axes) < MOST_AXES:
            axes.append(made)
    primary = objectives[0]
    score = frame[primary.name].to_numpy(dtype=float)
    line = {"color": [round(float(v), 6) for v in score], "colorscale": look.scale, "showscale": True,
            "reversescale": primary.direction == "minimize",
            "colorbar": {"thickness": 10, "title": {"text": primary.name, "side": "right"}}}  # fmt: skip
    data = [{"type": "parcoords", "dimensions": axes, "line": line, "labelfont": {"size": 12, "color": look.text},
             "tickfont": {"size": 10, "color": look.text}, "rangefont": {"size": 1, "color": "rgba(0,0,0,0)"},
             "labelangle": 0, "unselected": {"line": {"opacity": 0.06}}}]  # fmt: skip
    return {"data": data, "layout": layout(look, margin={"l": 70, "r": 40, "t": 50, "b": 24}, uirevision="parallel")}


def _objective(frame: pd.DataFrame, objective: Objective) -> dict[str, Any]:
    values = frame[objective.name].to_numpy(dtype=float)
    return _numeric(objective.name, values, objective.log)


def _numeric(name: str, values: np.ndarray, log: bool) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    if not log or not len(known) or known.max() < 20 * max(known.min(), 1e-12):
        middle = float(np.median(known)) if len(known) else 0.0
        return {"label": name, "values": np.nan_to_num(values, nan=middle).tolist()}
    positive = known[known > 0]
    floor = float(positive.min()) / 2 if len(positive) else 1.0
    scaled = np.log10(np.where(np.isfinite(values) & (values > 0), values, floor))
    low, high = math.floor(scaled.min()), math.ceil(scaled.max())
    ticks = list(range(low, high + 1))
    return {"label": name, "values": scaled.tolist(), "tickvals": ticks, "range": [low, high],
            "ticktext": [_power(t) for t in ticks]}  # fmt: skip


def _power(exponent: int) -> str:
    for at, unit in ((9, "G"), (6, "M"), (3, "k")):
        if exponent >= at:
            return f"{10 ** (exponent - at)}{unit}"
    return f"{10**exponent:g}" if exponent >= -2 else f"1e{exponent}"


def _parameter(name: str, values: list[Any]) -> dict[str, Any] | None:
    """An axis; None for what has one value throughout. A layer subset is told by its size."""
    if any(isinstance(v, tuple) for v in values):
        name, values = (
            f"{name}: how many",
            [None if v is None else sum(map(bool, v)) if _by_layer(v) else len(v) for v in values],
        )  # noqa: E501
    known = {v for v in values if v is not None}
    if len(known) < 2:
        return None
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in known) and None not in values:
        return _numeric(name, np.array(values, dtype=float), min(known) > 0)
    options = [*sorted(map(str, known)), *(["–"] if None in values else [])]
    places = [options.index("–" if v is None else str(v)) for v in values]
    return {"label": name, "values": places, "tickvals": list(range(len(options))), "ticktext": options}


def _by_layer(value: Any) -> bool:
    """Whether a tuple has a number for each layer rather than layers."""
    return isinstance(value, tuple) and list(value) != sorted(set(value))
