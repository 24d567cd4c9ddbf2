"""The table of trials: the rows that pass filter and brush, sorted, a page at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from dash import html

from autotune.errors import AutotuneError
from autotune.words import duration, figure

from .figures.front import Axis, place
from .filtering import parse
from .frame import row_reader
from .parts import aria, nothing, sets
from .reader import Snapshot
from .state import PAGE, ViewState

MARK = {
    "front": "●",
    "dominated": "●",
    "infeasible": "◇",
    "control": "★",
    "running": "◎",
    "paused": "×",
    "stopped": "×",
    "failed": "▲",
    "repeat": "↻",
}
"""The same shapes as on the front."""


_SAID = ("on_front", "winner", "kind", "method", "label")
"""Columns whose content stands within others."""


def filtered(snapshot: Snapshot, text: str) -> pd.DataFrame:
    """The trials that pass a filter.

    Raises:
        AutotuneError: the filter is not understood.
    """
    frame = snapshot.frame
    if not text.strip():
        return frame
    names, values = row_reader(frame, snapshot.history)
    test = parse(text, names)
    return frame[[test(values(n)) for n in frame["trial"].tolist()]]


def brushed(frame: pd.DataFrame, box: Sequence[float], x: Axis, y: Axis) -> pd.DataFrame:
    """The trials within a box drawn on the front; repeats are not drawn there."""
    if len(box) != 4:
        return frame
    drawn = frame[frame["status"] != "repeat"]
    px, py = place(drawn, x).values, place(drawn, y).values
    (x0, x1), (y0, y1) = sorted(box[:2]), sorted(box[2:])
    return drawn[(x0 <= px) & (px <= x1) & (y0 <= py) & (py <= y1)]


def ordered(frame: pd.DataFrame, sort: str, snapshot: Snapshot) -> pd.DataFrame:
    """Sorted by a column, ``-`` in front for descending; by default the front, others, repeats, best score first."""
    column = sort.removeprefix("-")
    if column in frame.columns:
        return frame.sort_values(column, ascending=not sort.startswith("-"), kind="stable", na_position="last")
    primary = snapshot.objectives[0]
    place = np.select([frame["on_front"], frame["status"] != "repeat"], [0, 1], 2)
    ranked = frame.assign(_last=place, _score=primary.minimized(1.0) * frame[primary.name])
    return ranked.sort_values(["_last", "_score"], kind="stable").drop(columns=["_last", "_score"])


def columns(snapshot: Snapshot, every: bool) -> list[str]:
    """Names of the columns: the telling ones below the front, all of them in the table's own view."""
    names = [o.name for o in snapshot.objectives]
    held = f"held_out.{snapshot.objectives[0].name}"
    some = ["trial", "status", "configuration", *names, *([held] if held in snapshot.frame else [])]
    some += ["seeds", "examples", "device_seconds"] if every else ["examples"]
    if not every:
        return some
    rest = [c for c in snapshot.frame.columns if c not in some and c not in _SAID]
    return [*some, *rest]


def trials_table(snapshot: Snapshot, state: ViewState, x: Axis, y: Axis) -> list[Any]:
    """The table with its count, or the reason why it is empty."""
    try:
        rows = filtered(snapshot, state.filter)
    except AutotuneError as error:
        return [html.Div([html.Strong(error.message), html.Span(f" {error.remedy or ''}")], className="problem")]
    rows = brushed(rows, state.brush, x, y)
    total = len(snapshot.frame)
    said = f"{len(rows):,} of {total:,} trials" if len(rows) < total else f"{total:,} trials"
    chips: list[Any] = [html.Span(said, className="count")]
    if state.brush:
        chips.append(html.Button("clear box ×", className="chip", **sets(brush=[], page=0)))
    if state.filter:
        chips.append(html.Button("clear filter ×", className="chip", **sets(filter="", page=0)))
    last = max(0, (len(rows) - 1) // PAGE)
    page = min(state.page, last)
    if last:
        chips += [
            html.Button("‹", className="chip", disabled=page == 0, title="previous page", **sets(page=page - 1)),
            html.Span(f"page {page + 1} of {last + 1}"),
            html.Button("›", className="chip", disabled=page == last, title="next page", **sets(page=page + 1)),
        ]
    bar = html.Div(chips, className="tablebar")
    if rows.empty:
        why = "No trial has been started yet." if not total else "No trial passes the filter or lies in the box."
        return [bar, nothing(why)]
    names = columns(snapshot, state.view == "table")
    shown = ordered(rows, state.sort, snapshot).iloc[page * PAGE : (page + 1) * PAGE]
    head = html.Thead(html.Tr([_heading(name, state.sort, shown) for name in names]))
    body = html.Tbody([_row(row, names, state.trial) for row in shown.to_dict("records")])
    return [bar, html.Div(html.Table([head, body], className="trials"), className="scroll")]


def _heading(name: str, sort: str, shown: pd.DataFrame) -> html.Th:
    following = f"-{name}" if sort == name else "" if sort == f"-{name}" else name
    arrow = " ↑" if sort == name else " ↓" if sort == f"-{name}" else ""
    order = "ascending" if sort == name else "descending" if sort == f"-{name}" else "none"
    label = html.Button(name.replace("held_out.", "held-out ").replace("device_seconds", "device time") + arrow,
                        title="sort", **sets(sort=following, page=0))  # fmt: skip
    numeric = name != "trial" and pd.api.types.is_numeric_dtype(shown[name])
    return html.Th(label, className="num" if numeric else "", **aria(sort=order))


def _row(row: Mapping[Any, Any], names: Sequence[str], chosen: int | None) -> html.Tr:
    trial = int(row["trial"])
    cells = [_cell(name, row[name], row) for name in names]
    return html.Tr(cells, className="chosen" if trial == chosen else "", tabIndex=0, **sets(trial=trial))


def _cell(name: str, value: Any, row: Mapping[Any, Any]) -> html.Td:
    if name == "status":
        text = "winner" if row["winner"] else str(value)
        mark = html.Span("◆" if row["winner"] else MARK.get(value, "·"), className=f"mark {text}")
        return html.Td([mark, f" {text}"], className="status")
    if name == "configuration":
        label = f"{row['label']} · " if row["label"] else ""
        return html.Td([html.Span(label, className="label"), value], className="config", title=value)
    if isinstance(value, str):
        return html.Td(value)
    if name == "device_seconds":
        return html.Td(duration(value), className="num")
    if name in ("trial", "seeds", "examples"):
        return html.Td(str(value) if name == "trial" else f"{value:,}", className="" if name == "trial" else "num")
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    return html.Td("–" if missing else figure(name.removeprefix("held_out."), float(value)), className="num")
