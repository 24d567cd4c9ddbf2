"""The view of a study's progress."""

from __future__ import annotations

from typing import Any

from dash import html

from autotune.decision import Decision
from autotune.insight import bounds, control_hypervolume, progress, promotions, savings, spending, timeline
from autotune.words import duration

from .figures.budget import failures_figure, rungs_figure, spending_figure, timeline_figure
from .figures.growth import best_figure, hypervolume_figure
from .parts import card, graph, nothing, sets
from .reader import Reader, Snapshot
from .theme import Theme

MOST_TRACEBACKS = 30


def progress_view(reader: Reader, snapshot: Snapshot, look: Theme) -> list[Any]:
    """Hypervolume, best score, budget, rungs, timeline, failures."""
    history, objectives = snapshot.history, snapshot.objectives
    name, primary = snapshot.row.name, objectives[0]
    box = bounds([history], objectives, snapshot.constraints)
    best: Any = None
    if box is None:
        growth: Any = nothing("No training has reached its end yet: the first control does soon.")
        best = nothing("The line begins with the first training of the search that reaches its end.")
    else:
        told = {name: progress(history, snapshot.events, objectives, box, snapshot.constraints)}
        until = {name: history.device_seconds}
        alone = {name: control_hypervolume(history, objectives, box, snapshot.constraints)}
        controls = {c: e.values[primary.name].mean for c, e in snapshot.results.controls.items()
                    if primary.name in e.values}  # fmt: skip
        growth = graph("hypervolume", hypervolume_figure(told, alone, until, look), 320)
        best = graph("best", best_figure(told, controls, until, primary, look), 320)
    saved = savings(history, [e.action for e in snapshot.events if isinstance(e, Decision)], objectives)
    spent = spending_figure(spending(history), history.budget.device_seconds, look)
    lanes = timeline(reader.segments(snapshot), history.trials)
    workers = max(1, lanes["worker"].nunique())
    return [
        card("Hypervolume", growth, note="Share of the box around all full trainings; single trainings."),
        card("Best score", best, note="On the selection part; each dot is a full training of the search."),
        card("Device time", graph("spending", spent, 150),
             html.P(f"Saved: {saved}.", className="note") if history.spent.get("search") else None),
        card("Levels and promotions", graph("rungs", rungs_figure(promotions(history, snapshot.row.levels), look), 240),
             note="Where the trials of the search stand."),
        card("Timeline of segments", graph("timeline", timeline_figure(lanes, look), min(420, 110 + 40 * workers)),
             note=_elapsed(snapshot), wide=True),
        card("Failures", *_failures(reader, snapshot, look), wide=True),
    ]  # fmt: skip


def _elapsed(snapshot: Snapshot) -> str:
    return f"{duration(snapshot.row.elapsed)} of wall-clock time; zoom by dragging."


def _failures(reader: Reader, snapshot: Snapshot, look: Theme) -> list[Any]:
    found = reader.store.failures(snapshot.row.id)
    if not found:
        return [nothing("No segment has failed.")]
    rows = []
    for failure in reversed(found[-MOST_TRACEBACKS:]):
        open_it = html.Button(f"trial {failure.trial}", className="link", **sets(trial=failure.trial, view="front"))
        head: list[Any] = [open_it, html.Strong(f" {failure.kind} "), failure.message]  # fmt: skip
        inside = html.Details([html.Summary(head), html.Pre(failure.traceback)]) if failure.traceback else html.P(head)
        rows.append(inside)
    more = f"The newest {MOST_TRACEBACKS} of {len(found):,}." if len(found) > MOST_TRACEBACKS else ""
    figure = graph("failures", failures_figure([f.kind for f in found], look), 120)
    return [figure, html.Div(rows, className="failures"), html.P(more, className="note")]
