"""The view of what a study teaches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from dash import html

from autotune.errors import AutotuneError
from autotune.insight import calibration, coverage, importance, layer_map, layer_shares, rank_correlation
from autotune.words import figure

from .figures.insight import (
    calibration_figure,
    correlation_figure,
    importance_figure,
    layer_shares_figure,
    layers_figure,
)
from .figures.parallel import parallel_figure
from .parts import card, graph, nothing, text
from .reader import Reader, Snapshot
from .theme import Theme

BEST = 0.15
"""The share of the configurations trained in full that counts as the best few."""
MOST_COLUMNS = 30
MOST_METHODS = 6


def insight_view(reader: Reader, snapshot: Snapshot, look: Theme) -> list[Any]:
    """Layers, importance, parallel coordinates, rungs against ends, calibration."""
    history, primary = reader.full(snapshot), snapshot.objectives[0]
    good = _good(snapshot)
    front = [e.trial for e in snapshot.results.front]
    shown = [history.trials[n] for n in (front if len(front) > 3 else good)[:MOST_COLUMNS]]
    scores = {t.number: figure(primary.name, t.value(primary.name)) for t in shown}
    others = [t for t in history.trials.values() if t.number not in set(good) and t.kind.value == "search"]
    shares = layer_shares([history.trials[n] for n in good], others, snapshot.facts)
    told = calibration(history, primary.name)
    best = snapshot.frame.loc[good]
    parallel = parallel_figure(best, [history.trials[n].config for n in good], snapshot.objectives, look)
    return [
        card("Layers × front", graph("layers", layers_figure(layer_map(shown, snapshot.facts), scores, look), 320),
             note="Which layers the good configurations adapt."),
        card("Layers, good against others", graph("layer-shares", layer_shares_figure(shares, look), 320),
             note=f"{len(good)} good configurations, {len(others):,} others, trained to any length."),
        card("What mattered", *_importance(snapshot, look), wide=True,
             note="Share of the variation of each objective that a parameter explains; within each method where "
                  "there are several."),
        card("The front and the best few", graph("parallel", parallel, 380), wide=True,
             note="Drag along an axis to keep only the lines through it."),
        card("Do the rungs rank as the end does?",
             graph("correlation", correlation_figure(rank_correlation(history, snapshot.row.levels, primary),
                                                     primary.name, look), 320),
             note="Among trials trained in full, so of the survivors."),
        card("How well the end is foretold", graph("calibration", calibration_figure(told, coverage(told), look), 320),
             note="Each finished curve, foretold from its beginning and all the others."),
    ]  # fmt: skip


def _good(snapshot: Snapshot) -> list[int]:
    """The front, then the best few configurations of the search, best score first; whatever was trained in full."""
    front = [e.trial for e in snapshot.results.front]
    most = max(12, round(BEST * len(snapshot.results.entries)))
    best = [e.trial for e in snapshot.results.entries if e.kind.value == "search"][: min(most, 300)]
    return [e.trial for e in snapshot.results.entries if e.trial in {*front, *best}]


def _importance(snapshot: Snapshot, look: Theme) -> list[Any]:
    try:
        told = importance(snapshot.history, snapshot.space, snapshot.objectives, snapshot.row.levels, snapshot.facts)
    except AutotuneError as error:
        return [nothing(error.message, error.remedy or "")]
    if told.empty:
        return [nothing("Fewer than ten trials are comparable: nothing can be said of what mattered yet.")]
    groups: list[Any] = []
    for objective in snapshot.objectives:
        mine = told[told["objective"] == objective.name]
        if mine.empty:
            why = "fewer than ten comparable trials, or all of them scored alike."
            groups.append(text(html.H3(objective.name), html.P(f"Nothing can be said yet: {why}", className="note")))
        for scope in _scopes(mine):
            part = mine[mine["scope"] == scope]
            name = f"importance-{objective.name}-{scope}".replace(" ", "-")
            height = 90 + 24 * min(10, len(part))
            groups.append(html.Div([text(html.H3(f"{objective.name} · {scope}")),
                                    graph(name, importance_figure(part, look), height)]))  # fmt: skip
    return [html.Div(groups, className="grid3")]


def _scopes(told: pd.DataFrame) -> Sequence[str]:
    """All methods together first, then those with the most trials."""
    counts = told.groupby("scope", sort=False)["trials"].first().sort_values(ascending=False, kind="stable")
    return [str(scope) for scope in counts.index[: MOST_METHODS + 1]]
