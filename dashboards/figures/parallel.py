"""Parallel coordinates of the front and the best few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from autotune.objectives import Objective
from autotune.trial import Config
from autotune.words import si

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
    """Trials that have no such value stand at the foot of the axis, apart from the others."""
    if log:
        values = np.where(values > 0, values, np.nan)  # a cost of nothing has no logarithm
    known = values[np.isfinite(values)]
    if not len(known):
        return {"label": name, "values": [0.0] * len(values), "tickvals": [0], "ticktext": ["–"]}
    log = log and known.max() > 4 * known.min()
    scaled = np.log10(values) if log else values
    low, high = float(np.nanmin(scaled)), float(np.nanmax(scaled))
    ticks = np.unique(known) if len(np.unique(known)) <= 6 else _between(low, high, log)
    places = (np.log10(ticks) if log else ticks).tolist()
    texts = [si(t) if t >= 1000 else f"{t:.3g}" for t in ticks.tolist()]
    if np.isnan(scaled).any():
        foot = low - 0.12 * ((high - low) or 1.0)
        scaled, places, texts = np.nan_to_num(scaled, nan=foot), [foot, *places], ["–", *texts]
    return {"label": name, "values": [round(float(v), 6) for v in scaled], "tickvals": places, "ticktext": texts}


def _between(low: float, high: float, log: bool) -> np.ndarray:
    """Five values from one end of an axis to the other."""
    even = np.linspace(low, high, 5)
    return 10**even if log else even


def _parameter(name: str, values: list[Any]) -> dict[str, Any] | None:
    """An axis; None for what has one value throughout. A layer subset is told by its size."""
    if any(isinstance(v, tuple) for v in values):
        sizes = [None if v is None else sum(map(bool, v)) if _by_layer(v) else len(v) for v in values]
        name, values = f"{name}: how many", sizes
    known = {v for v in values if v is not None}
    if len(known) < 2:
        return None
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
        return _numeric(name, np.array(values, dtype=float), min(known) > 0)
    options = [*sorted(map(str, known)), *(["–"] if None in values else [])]
    places = [options.index("–" if v is None else str(v)) for v in values]
    return {"label": name, "values": places, "tickvals": list(range(len(options))), "ticktext": options}


def _by_layer(value: Any) -> bool:
    """Whether a tuple has a number for each layer rather than layers."""
    return isinstance(value, tuple) and list(value) != sorted(set(value))
