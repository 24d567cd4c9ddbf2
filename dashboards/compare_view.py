"""The view of several studies over the same device time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dash import html

from autotune.errors import AutotuneError
from autotune.insight import Side, compare
from autotune.words import duration, figure

from .figures.compare import fronts_figure
from .figures.growth import best_figure, hypervolume_figure
from .parts import card, copies, graph, nothing, sets, table
from .reader import Reader, Snapshot
from .state import ViewState
from .theme import Theme

MOST_OFFERED = 40


def compare_view(
    reader: Reader, names: Sequence[str], snapshot: Snapshot, state: ViewState, look: Theme, store_flag: str
) -> list[Any]:
    """Fronts overlaid, hypervolume and best score over device time, and a table."""
    mine = snapshot.row.name
    picked = [n for n in dict.fromkeys(state.others) if n in names and n != mine]
    picker = card("Studies", _picker(names, mine, picked), wide=True)
    if not picked:
        text = (
            "Choose at least one other study above." if len(names) > 1 else "This store has no other study to compare."
        )
        return [picker, card("Nothing to compare yet", nothing(text), wide=True)]
    shots = {name: reader.snapshot(name) for name in [mine, *picked]}
    sides = {n: Side(s.history, s.events, s.objectives, s.results, str(s.row.facts["task"]["digest"]), s.constraints)
             for n, s in shots.items()}  # fmt: skip
    try:
        told = compare(sides)
    except AutotuneError as error:
        return [picker, card("These do not compare", nothing(error.message, error.remedy or ""), wide=True)]
    objectives = snapshot.objectives
    primary = objectives[0]
    other = objectives[1] if len(objectives) > 1 else primary
    rows = [
        [r["study"], r["trials"], r["full"], duration(r["device_seconds"]), figure(primary.name, r["best"]),
         figure(primary.name, r["held_out"]), f"{r['hypervolume']:.4f}", f"{r['controls']:.4f}",
         "–" if math.isnan(r["best_then"]) else figure(primary.name, r["best_then"]), f"{r['hypervolume_then']:.4f}"]
        for r in told.summary.to_dict("records")
    ]  # fmt: skip
    header = ["study", "trials", "in full", "device time", f"best {primary.name}", "held out", "hypervolume",
              "controls’", f"best at {duration(told.then)}", f"hypervolume at {duration(told.then)}"]  # fmt: skip
    command = copies(f"autotune compare {' '.join(shots)}{store_flag}", "compare")
    warning = "" if told.same_data else "These studies did not see the same examples: their scores do not compare."
    spent = {n: s.history.device_seconds for n, s in shots.items()}
    fronts = fronts_figure({n: s.frame for n, s in shots.items()}, other, primary, look)
    return [
        picker,
        card("Side by side", html.P(warning, className="problem") if warning else None,
             html.Div(table(header, rows, range(1, 10)), className="scroll"),
             html.Div(command, className="commands"), wide=True),
        card("Fronts", graph("fronts", fronts, 380), wide=True),
        card("Hypervolume", graph("hypervolumes", hypervolume_figure(told.progress, told.controls, spent, look), 340),
             note="In one box around all full trainings of these studies."),
        card("Best score", graph("bests", best_figure(told.progress, {}, spent, primary, look), 340)),
    ]  # fmt: skip


def _picker(names: Sequence[str], mine: str, picked: Sequence[str]) -> html.Div:
    offered = [n for n in names if n != mine][:MOST_OFFERED]
    chips: list[Any] = [html.Span(mine, className="chip on")]
    for name in offered:
        on = name in picked
        others = [n for n in picked if n != name] if on else [*picked, name]
        chips.append(html.Button(f"{'✓ ' if on else '+ '}{name}", className="chip on" if on else "chip",
                                 **sets(others=others)))  # fmt: skip
    return html.Div(chips, className="chips")
