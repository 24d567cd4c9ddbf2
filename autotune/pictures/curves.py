"""The learning curves of a study."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from autotune.history import History
from autotune.pictures.canvas import BLUE, MUTED, ORANGE, VERMILION, legend, panel, style
from autotune.results import StudyResults
from autotune.trial import Trial, TrialKind

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 400
"""Curves drawn; beyond it the newest of the others are left out."""


def draw(history: History, view: StudyResults) -> Figure:
    """Draw every trial's primary metric over the examples seen, the winner and the controls on top.

    Args:
        history: of the study.
        view: its results.
    """
    primary = view.primary.name
    winner = view.winner.trials if view.winner else ()
    front = {e.trial for e in view.front if e.kind is TrialKind.SEARCH}
    groups: dict[str, list[Trial]] = {"other trials": [], "control": [], "front": [], "winner, each seed": []}
    for trial in history.trials.values():
        name = "other trials"
        if trial.number in winner:
            name = "winner, each seed"
        elif trial.number in front:
            name = "front"
        elif trial.kind is TrialKind.CONTROL:
            name = "control"
        groups[name].append(trial)
    groups["other trials"] = groups["other trials"][:_MOST]
    looks = {
        "other trials": (MUTED, "-", 0.8, 0.35),
        "control": (ORANGE, "--", 1.4, 0.95),
        "front": (BLUE, "-", 1.5, 0.9),
        "winner, each seed": (VERMILION, "-", 2.0, 1.0),
    }
    with style():
        figure, axes = panel(7.2, 3.8)
        for order, (name, trials) in enumerate(groups.items(), 2):
            colour, line, width, alpha = looks[name]
            label: str | None = name
            for trial in trials:
                points = [
                    (p.examples, p.metrics[primary])
                    for p in trial.curve
                    if primary in p.metrics and math.isfinite(p.metrics[primary])
                ]
                if points:
                    axes.plot(*zip(*points, strict=True), line, color=colour, linewidth=width, alpha=alpha, marker="o",
                              markersize=2.6, label=label, zorder=order)  # fmt: skip
                    label = None
        axes.set_xlabel("training examples seen")
        axes.set_ylabel(f"{primary}, selection part")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        if axes.lines:
            legend(axes, columns=4)
    return figure
