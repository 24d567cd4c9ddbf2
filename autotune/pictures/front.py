"""The front of a study over two objectives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autotune.objectives import COSTS, Objective
from autotune.pareto import front_mask
from autotune.pictures.canvas import BLUE, INK, MUTED, ORANGE, PAPER, VERMILION, legend, panel, style
from autotune.results import Entry, Stat, StudyResults
from autotune.trial import TrialKind
from autotune.words import describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CROWD = 300
"""Dominated configurations from which on they are drawn small."""
_LONGEST = 60
"""Characters of a configuration in the legend."""


@dataclass(frozen=True)
class Point:
    """A configuration in the plane."""

    entry: Entry
    x: float
    y: float
    spread: float
    """Deviation of y over seeds; 0 with one seed."""


def draw(view: StudyResults, x: Objective, y: Objective, name: str) -> Figure:
    """Draw every configuration that was trained in full.

    Args:
        view: the results of the study.
        x: across.
        y: upwards.
        name: of the study.

    Raises:
        AutotuneError: matplotlib is not installed.
    """
    points = [p for e in view.entries if (p := _point(e, x, y)) is not None]
    with style():
        figure, axes = panel()
        _scale(axes, x, [p.x for p in points], "x")
        _scale(axes, y, [p.y for p in points], "y")
        if points:
            _stairs(axes, points, x, y)
            _groups(axes, points, view)
        axes.set_xlabel(_label(x, "←" if x.direction == "minimize" else "→"))
        axes.set_ylabel(_label(y, "↓" if y.direction == "minimize" else "↑"))
        axes.set_title(f"{name}: {len(view.front)} of {len(view.entries)} configurations are on the front", loc="left")
        axes.title.set_fontsize(11)
        if points:
            legend(axes, columns=2)
    return figure


def _point(entry: Entry, x: Objective, y: Objective) -> Point | None:
    across, upwards = value_of(entry, x), value_of(entry, y)
    if across is None or upwards is None or not (math.isfinite(across.mean) and math.isfinite(upwards.mean)):
        return None
    return Point(entry, across.mean, upwards.mean, upwards.sd or 0.0)


def value_of(entry: Entry, objective: Objective) -> Stat | None:
    """An objective of a configuration, one of the study's or any other that is known of it."""
    for stats in (entry.values, entry.metrics, entry.measured):
        if objective.name in stats:
            return stats[objective.name]
    known: Mapping[str, float] = entry.known
    return Stat(known[objective.name], None, 1) if objective.name in known else None


def _scale(axes: Axes, objective: Objective, values: Sequence[float], which: str) -> None:
    positive = [v for v in values if v > 0]
    setter = axes.set_xscale if which == "x" else axes.set_yscale
    if not objective.log or not positive:
        return
    if min(values) > 0:
        setter("log")
    else:  # nothing (the head alone) stands at the end of a logarithmic axis
        setter("symlog", linthresh=min(positive), linscale=0.4)
        powers = range(math.ceil(math.log10(min(positive))), math.floor(math.log10(max(positive))) + 1)
        ticks = [0.0, *(10.0**p for p in powers)]  # those between nothing and the smallest cost would lie on each other
        (axes.xaxis if which == "x" else axes.yaxis).set_ticks(ticks if len(ticks) > 1 else [0.0, min(positive)])


def _stairs(axes: Axes, points: Sequence[Point], x: Objective, y: Objective) -> None:
    """The edge of what is dominated in this plane, and its area."""
    turned = np.array([[x.minimized(p.x), y.minimized(p.y)] for p in points])
    front = turned[front_mask(turned)]
    front = front[np.lexsort((front[:, 1], front[:, 0]))]
    margin = 0.06
    across, upwards = [p.x for p in points], [p.y for p in points]
    right = _beyond(across, x, margin)
    down = _beyond(upwards, y, margin)
    path = [(front[0, 0], y.minimized(down))]
    for i, (a, b) in enumerate(front):
        if i:
            path.append((a, front[i - 1, 1]))
        path.append((a, b))
    path.append((x.minimized(right), front[-1, 1]))
    edge = np.array([(x.minimized(a), y.minimized(b)) for a, b in path])  # turned twice is as it was
    axes.plot(edge[:, 0], edge[:, 1], color=BLUE, linewidth=1.3, zorder=2)
    corner = np.vstack([edge, [right, down]])
    axes.fill(corner[:, 0], corner[:, 1], color=BLUE, alpha=0.08, linewidth=0, zorder=1)
    axes.margins(0)
    _limits(axes, across, right, upwards, down, x, y)


def _beyond(values: Sequence[float], objective: Objective, margin: float) -> float:
    """A value a little worse than all."""
    low, high = min(values), max(values)
    worst, away = (high, 1) if objective.direction == "minimize" else (low, -1)
    positive = [v for v in values if v > 0]
    if objective.log and positive:
        width = math.log10(max(positive) / min(positive)) or 0.3
        factor = 10 ** (away * 2 * margin * width)
        return worst * factor if worst > 0 else 0.0
    return worst + away * margin * ((high - low) or abs(high) * 0.1 or 1.0)


def _limits(
    axes: Axes, across: Sequence[float], right: float, upwards: Sequence[float], down: float, x: Objective, y: Objective
) -> None:
    for setter, values, worst, objective in (
        (axes.set_xlim, across, right, x),
        (axes.set_ylim, upwards, down, y),
    ):
        better = _beyond(values, Objective("", "minimize" if objective.direction == "maximize" else "maximize",
                                           log=objective.log), 0.08)  # fmt: skip
        if objective.log and min(values) <= 0:
            better = -0.35 * min(v for v in values if v > 0) if any(v > 0 for v in values) else -1.0
        setter(min(worst, better), max(worst, better))


def _groups(axes: Axes, points: Sequence[Point], view: StudyResults) -> None:
    winner = view.winner.trial if view.winner else None
    front = {e.trial for e in view.front}
    controls = {e.trial: name for name, e in view.controls.items()}
    searched = [p for p in points if p.entry.kind is TrialKind.SEARCH and p.entry.trial != winner]
    on = [p for p in searched if p.entry.trial in front]
    rest = [p for p in searched if p.entry.trial not in front]
    rivals = [p for p in points if p.entry.kind is TrialKind.CONTROL]
    looks: list[tuple[str, list[Point], dict[str, Any]]] = [
        (
            "dominated",
            rest,
            {"marker": "o", "s": 26 if len(rest) < _CROWD else 8, "color": MUTED, "alpha": 0.55, "linewidths": 0},
        ),
        ("on the front", on, {"marker": "o", "s": 52, "color": BLUE, "edgecolors": PAPER}),
        ("control", rivals, {"marker": "*", "s": 130, "color": ORANGE, "edgecolors": PAPER}),
        (
            _winner_label(view),
            [p for p in points if p.entry.trial == winner],
            {"marker": "D", "s": 62, "color": VERMILION, "edgecolors": PAPER},
        ),
    ]
    for order, (label, group, look) in enumerate(looks, 3):
        if not group:
            continue
        axes.scatter([p.x for p in group], [p.y for p in group], label=label, zorder=order, **look)
        spread = [p for p in group if p.spread]
        if spread:
            colour = look["color"]
            axes.errorbar([p.x for p in spread], [p.y for p in spread], [p.spread for p in spread], fmt="none",
                          ecolor=colour, elinewidth=1.2, capsize=3, zorder=order - 0.5)  # fmt: skip
    for p in points:
        said = f"trial {p.entry.trial}" if p.entry.trial == winner else controls.get(p.entry.trial)
        if said:
            best = p.entry.trial == winner  # to the other side than controls, which it often stands close to
            at, side = ((-7, 5), "right") if best else ((6, -11), "left")
            axes.annotate(said, (p.x, p.y), at, textcoords="offset points", ha=side, fontsize=8.5, color=INK, zorder=9)


def _winner_label(view: StudyResults) -> str:
    if view.winner is None:
        return "winner"
    said = describe(view.winner.config)
    return "winner: " + (said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…")


def _label(objective: Objective, towards: str) -> str:
    where = "" if objective.name in COSTS else ", selection part"
    return f"{objective.name}{where} ({towards} better)"
