"""The panel of one trial: what it is, how it went, why it was stopped or thawed, and how to take it away."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html

from autotune.decision import Decision, Start
from autotune.errors import AutotuneError
from autotune.history import Lost, Returned
from autotune.insight import Outlook, outlook
from autotune.methods.difference import from_default, resolved
from autotune.trial import Trial
from autotune.words import duration, figure, value_text, with_errors

from .figures.curve import curve_figure
from .parts import aria, copies, data, graph, nothing, sets, table
from .reader import Reader, Snapshot
from .theme import Theme

Panel = tuple[list[Any], Any, list[Any]]
"""What stands above the curve, the curve's graph or None, and what stands below."""


def panel(reader: Reader, snapshot: Snapshot, number: int | None, look: Theme, store_flag: str) -> Panel:
    """Everything about one trial; about the front where none is open."""
    if number is None:
        return [_front_list(snapshot)], None, []
    trial = snapshot.history.trials.get(number)
    if trial is None:
        return [_closing(f"Trial {number}"), nothing(f"{snapshot.row.name} has no trial {number}.")], None, []
    primary = snapshot.objectives[0]
    points = reader.curve(snapshot, number)
    ahead = _ahead(reader, snapshot, trial)
    curve = graph("curve", curve_figure(points, snapshot.row.full, primary, ahead, look), 210)
    expected = f"expected end {ahead.median:.4f} ({ahead.low:.4f} to {ahead.high:.4f})" if ahead else ""
    head = [
        _closing(f"Trial {number}", _badge(snapshot, trial)),
        html.P(snapshot.said.get(number, ""), className="lead"),
    ]
    rest = [
        html.P(expected, className="note") if expected else None,
        *_figures(snapshot, trial),
        *_configuration(snapshot, trial),
        *_seeds(snapshot, trial),
        *_story(snapshot, snapshot.decisions(number), trial),
        *_failures(snapshot, number),
        html.H3("Take it away"),
        html.Div(_commands(snapshot.row.name, number, store_flag), className="commands"),
    ]
    return head, curve, rest


def _closing(heading: str, badge: Any = None) -> html.Div:
    close = html.Button("×", className="close", title="close (Esc)", **aria(label="close"), **sets(trial=None))
    return html.Div([html.H2(heading), badge, close], className="panelhead")


def _badge(snapshot: Snapshot, trial: Trial) -> html.Span:
    status = str(snapshot.frame.loc[trial.number, "status"])
    if bool(snapshot.frame.loc[trial.number, "winner"]):
        status = "winner"
    return html.Span(status, className=f"badge {status}")


def _front_list(snapshot: Snapshot) -> html.Div:
    front, primary = snapshot.results.front, snapshot.objectives[0].name
    heading = html.Div(html.H2("Front"), className="panelhead")
    if not front:
        text = "No trial has been trained in full yet. Controls come first; the search follows."
        return html.Div([heading, nothing(text, f"autotune status {shlex.quote(snapshot.row.name)}")])
    rows = [
        html.Button(
            [
                html.Span(f"{e.trial}", className="number"),
                html.Span(snapshot.said.get(e.trial, ""), className="what"),
                html.Span(figure(primary, e.values[primary].mean), className="score"),
            ],
            className="entry",
            **sets(trial=e.trial),
        )
        for e in front
    ]
    hint = "Click a point, or press → to walk along the front. ? shows all keys."
    return html.Div([heading, html.Div(rows, className="entries"), html.P(hint, className="note")])


def _ahead(reader: Reader, snapshot: Snapshot, trial: Trial) -> Outlook | None:
    """Where the curve is expected to end; None for one that has, or failed."""
    if trial.examples_seen >= snapshot.row.full or not trial.curve or trial.failure is not None:
        return None
    known = reader.finished(snapshot, trial.number)
    return outlook(known, known.trials[trial.number], snapshot.objectives[0].name)


def _figures(snapshot: Snapshot, trial: Trial) -> list[Any]:
    entry = snapshot.results.entry(trial.number)
    last = trial.curve[-1].metrics if trial.curve else {}
    rows: list[list[str]] = []
    for name, value in last.items():
        stat = entry.metrics.get(name) if entry else None
        held = (entry.held_out.get(name) if entry else None) or None
        mean = f"{figure(name, stat.mean)} ± {figure(name, stat.sd)}" if stat and stat.sd else figure(name, value)
        scored = "–" if held is None else figure(name, held.mean) + (f" ± {figure(name, held.sd)}" if held.sd else "")
        rows.append([name, mean, scored])
    found = [html.H3("Scores"), table(["metric", "selection", "held out"], rows, (1, 2))] if rows else []
    costs = [[name, figure(name, v), "known"] for name, v in trial.known.items()]
    costs += [[name, text, "measured"] for name, text in with_errors(trial.measured).items()]
    costs.append(["device time", duration(trial.device_seconds), "spent"])
    return [*found, html.H3("Costs"), table(["cost", "value", ""], costs, (1,))]


def _configuration(snapshot: Snapshot, trial: Trial) -> list[Any]:
    try:
        differences = from_default(trial.config, snapshot.facts)
        settings = resolved(trial.config, snapshot.facts)
    except AutotuneError as error:  # a method of a plugin that is not loaded here
        plain = [[name, value_text(value)] for name, value in trial.config.items()]
        return [html.H3("Configuration"), html.P(error.message, className="note"), table(["setting", "value"], plain)]
    method = str(settings.get("method"))
    rows = [[d.name, value_text(d.value), value_text(d.other)] for d in differences]
    told = table(["setting", f"trial {trial.number}", f"default {method}"], rows) if rows else html.P(
        f"It is the default {method}.", className="note")  # fmt: skip
    every = table(["setting", "value"], [[name, value_text(value)] for name, value in settings.items()])
    return [
        html.H3("Difference from the default"),
        told,
        html.Details([html.Summary(f"All {len(settings)} settings"), every]),
    ]


def _seeds(snapshot: Snapshot, trial: Trial) -> list[Any]:
    entry = snapshot.results.entry(trial.number)
    if entry is None or entry.seeds < 2:
        return []
    primary = snapshot.objectives[0].name
    rows = []
    for number in entry.trials:
        t = snapshot.history.trials[number]
        held = figure(primary, t.held_out.get(primary)) if t.held_out else "–"
        rows.append([html.Button(str(number), className="link", **sets(trial=number)), str(t.seed),
                     figure(primary, t.value(primary)), held])  # fmt: skip
    return [
        html.H3(f"{entry.seeds} seeds"),
        table(["trial", "seed", f"selection {primary}", "held out"], rows, (1, 2, 3)),
    ]


def _story(snapshot: Snapshot, decisions: Sequence[Decision], trial: Trial) -> list[Any]:
    steps = []
    for d in decisions:
        verb = type(d.action).__name__.lower()
        end = getattr(d.action, "end", None)
        to = f" to {end:,} examples" if end is not None else ""
        label = f" as {d.action.kind.value}" if isinstance(d.action, Start) and d.action.kind.value != "search" else ""
        steps.append(html.Li([html.Span(f"{verb}{label}{to}", className="verb"), html.Span(d.action.reason)],
                             title=f"decision {d.number}, {duration(d.elapsed)} into the study"))  # fmt: skip
    where = f"{trial.examples_seen:,} of {snapshot.row.full:,} examples, {trial.state.value}"
    return [html.H3("Decisions"), html.Ol(steps, className="story"), html.P(where, className="note")]


def _failures(snapshot: Snapshot, number: int) -> list[Any]:
    found: list[Any] = []
    for event in snapshot.events:
        if isinstance(event, Returned) and event.result.trial == number and event.result.failure is not None:
            failure = event.result.failure
            found.append(html.P([html.Strong(failure.kind.value), f": {failure.message}"]))
            if failure.traceback:
                found.append(html.Details([html.Summary("Traceback"), html.Pre(failure.traceback)]))
        elif isinstance(event, Lost) and event.trial == number:
            found.append(html.P([html.Strong("lost"), f": {event.message or 'the worker went away'}"]))
    return [html.H3("What went wrong"), html.Div(found, className="failures")] if found else []


def _commands(study: str, number: int, store_flag: str) -> list[Any]:
    name, folder = f"{study}/{number}", f"exports/{study}-{number}"
    query = urlencode({"study": study, "trial": number})
    return [
        copies(f"autotune show {name} --curve{store_flag}", "show"),
        copies(f"autotune export {name} --out {shlex.quote(folder)}{store_flag}", "export"),
        copies(f"autotune train {shlex.quote(folder)}", "train"),
        html.Button("Download the export as a zip", className="download", **data(download=f"export?{query}")),
    ]
