"""The bar at the top: which study, how it stands, and the way to the views; and the front's own controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from autotune.objectives import COSTS, Objective
from autotune.words import duration, figure

from .figures.front import Axis
from .parts import data, select, sets
from .reader import Snapshot
from .state import VIEWS, ViewState

_NAMES = {"front": "Front", "progress": "Progress", "insight": "Insight", "compare": "Compare", "table": "Table"}


def header(names: Sequence[str], snapshot: Snapshot, state: ViewState) -> list[Any]:
    """Brand, study, views, and where the study stands."""
    row = snapshot.row
    picks = {n: n for n in dict.fromkeys([*names, row.name])}
    tabs = [
        html.Button(_NAMES[v], className="tab on" if v == state.view else "tab", title=f"key {i}", **sets(view=v))
        for i, v in enumerate(VIEWS, 1)
    ]
    left = [html.Span("autotune", className="brand"), select("study", picks, row.name, "study")]
    return [
        html.Div(left, className="left"),
        html.Nav(tabs),
        html.Div([*_standing(snapshot), html.Button("?", className="chip", title="keys", **data(help="1"))],
                 className="right"),
    ]  # fmt: skip


def _standing(snapshot: Snapshot) -> list[Any]:
    row, history = snapshot.row, snapshot.history
    lost = row.status.value in ("running", "stopping") and not row.alive
    said = "killed" if lost else row.status.value
    parts: list[Any] = [html.Span([html.I(), said], className=f"status {said}", title=row.message)]
    spent, limit = history.device_seconds, history.budget.device_seconds
    if limit:
        share = min(1.0, spent / limit)
        bar = html.Div(html.Div(style={"width": f"{100 * share:.1f}%"}), className="meter")
        parts.append(
            html.Span([bar, f"{duration(spent)} of {duration(limit)}"], className="budget", title="device time")
        )
    else:
        parts.append(html.Span(f"{duration(spent)} of device time", className="budget"))
    return parts


def tiles(snapshot: Snapshot) -> list[Any]:
    """The figures one asks for first."""
    found, primary = snapshot.results, snapshot.objectives[0]
    winner = found.winner
    made = []
    if winner is not None:
        stat = winner.values[primary.name]
        spread = f"± {stat.sd:.4f}, " if stat.sd else "selection, "
        made.append(_tile("winner", f"trial {winner.trial}", snapshot.said.get(winner.trial, ""), trial=winner.trial))
        told = f"{spread}{winner.seeds} seed{'s' if winner.seeds > 1 else ''}"
        made.append(_tile(primary.name, figure(primary.name, stat.mean), told, "on the selection part"))
        held = winner.held_out.get(primary.name)
        told = "scored once" if held else "not scored yet"
        made.append(_tile("held out", figure(primary.name, held.mean if held else None), told, primary.name))
        rivals = [(name, e.values[primary.name].mean) for name, e in found.controls.items() if primary.name in e.values]
        if rivals:
            name, best = min(rivals, key=lambda r: primary.minimized(r[1]))
            gain = -(primary.minimized(stat.mean) - primary.minimized(best))
            made.append(_tile("vs. best control", f"{gain:+.4f}", f"{name} {figure(primary.name, best)}"))
    states = dict(snapshot.row.counts)
    failed, total = states.pop("failed", 0), sum(snapshot.row.counts.values())
    counted = [f"{n:,} {s}" for s, n in states.items() if s != "complete"] + ([f"{failed:,} failed"] if failed else [])
    made.append(_tile("trials", f"{total:,}", ", ".join(counted) or ("all complete" if total else "none yet")))
    made.append(_tile("front", f"{len(found.front)}", f"of {len(found.entries):,} in full"))
    return made


def _tile(label: str, value: str, more: str, about: str = "", trial: int | None = None) -> Any:
    """A figure with its name above and a remark below; ``about`` is said when the pointer rests on it."""
    inside = [html.Span(label, className="label"), html.Strong(value), html.Span(more, className="more")]
    title = " · ".join(part for part in (about, label, more) if part)
    if trial is None:
        return html.Div(inside, className="tile", title=title)
    return html.Button(inside, className="tile", title=title, **sets(trial=trial))


def drawable(snapshot: Snapshot) -> dict[str, Objective]:
    """Every objective, cost and metric that an axis can show, objectives first."""
    found = {o.name: o for o in snapshot.objectives}
    metrics = snapshot.row.facts["task"]["metrics"]
    for name in snapshot.frame.columns:
        if name in found or name.startswith("held_out."):
            continue
        if name in COSTS:
            found[name] = COSTS[name]
        elif name in metrics:
            found[name] = Objective(name, metrics[name])
    return found


def axes(snapshot: Snapshot, state: ViewState) -> tuple[Axis, Axis, Axis | None]:
    """The axes that a state asks for; what it does not name, or names wrongly, is the study's own."""
    known = drawable(snapshot)
    mine = [o.name for o in snapshot.objectives]
    y = state.y if state.y in known else mine[0]
    x = state.x if state.x in known else (mine[1] if len(mine) > 1 else "trainable_params")
    x = x if x in known else mine[0]
    z = state.z if state.z in known else ""
    return (
        _axis(snapshot, known[x], state.xs, state.part),
        _axis(snapshot, known[y], state.ys, state.part),
        _axis(snapshot, known[z], "", state.part) if z else None,
    )


def _axis(snapshot: Snapshot, objective: Objective, scale: str, part: str) -> Axis:
    held = f"held_out.{objective.name}"
    column = held if part == "held_out" and objective.name not in COSTS else objective.name
    if column not in snapshot.frame.columns:
        snapshot.frame[column] = float("nan")  # nothing was scored yet: the figure says so
    return Axis(objective, scale == "log" if scale else objective.log, column)


def toolbar(snapshot: Snapshot, state: ViewState) -> list[Any]:
    """What chooses the axes of the front."""
    known = {name: name for name in drawable(snapshot)}
    x, y, z = axes(snapshot, state)
    scales = {"linear": "linear", "log": "log"}
    failed = int((snapshot.frame["status"] == "failed").sum())
    walk = [e.trial for e in sorted(snapshot.results.front, key=lambda e: _place(e.values, x))]
    return [
        select("y", known, y.objective.name, "up"),
        select("ys", scales, "log" if y.log else "linear", ""),
        select("x", known, x.objective.name, "across"),
        select("xs", scales, "log" if x.log else "linear", ""),
        select("z", {"": "nothing", **known}, z.objective.name if z else "", "third"),
        select("zas", {"colour": "as colour", "size": "as size"}, state.zas, "") if z else None,
        select("part", {"selection": "selection", "held_out": "held out"}, state.part, "score"),
        html.Span(f"▲ {failed} failed", className="failed") if failed else None,
        html.Button("⤓ picture", className="chip", title="save the plot as a PNG", **data(picture="1")),
        html.Span(id="walk", hidden=True, **data(front=",".join(map(str, walk)))),
    ]


def _place(values: Any, x: Axis) -> float:
    return float(values[x.objective.name].mean) if x.objective.name in values else 0.0
