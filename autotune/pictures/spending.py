"""What was known when so much device time was spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autotune.history import History
from autotune.pictures.canvas import BLUE, GREEN, MUTED, ORANGE, PURPLE, legend, panel, style
from autotune.results import StudyResults
from autotune.trial import TrialKind

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_LINES = {"head": (MUTED, ":"), "lora": (GREEN, "-."), "lora-tuned": (ORANGE, "--"), "full": (PURPLE, (0, (5, 1)))}
"""Colour and dashes of each control."""


def draw(frame: pd.DataFrame, history: History, view: StudyResults) -> Figure:
    """Draw each full training at the device time when it ended, and the best of the search so far.

    Args:
        frame: of ``autotune.insight.progress``.
        history: of the study.
        view: its results.
    """
    primary = view.primary.name
    with style():
        figure, axes = panel(7.2, 3.2)
        minutes = frame["device_seconds"] / 60
        search = frame["kind"] == TrialKind.SEARCH.value
        axes.scatter(minutes[search], frame["value"][search], s=22, color=MUTED, alpha=0.7, label="a full training")
        axes.step(minutes, frame["best"], where="post", color=BLUE, linewidth=1.6, label="best of the search")
        for name, entry in view.controls.items():
            stat = entry.values.get(primary)
            if stat is not None:
                colour, line = _LINES.get(name, (MUTED, ":"))
                axes.axhline(stat.mean, color=colour, linestyle=line, linewidth=1.3, label=f"control {name}")
        limit = history.budget.device_seconds
        if limit:
            axes.set_xlim(0, max(limit / 60, float(minutes.max()) if len(frame) else 0.0))
        axes.set_xlabel("device time of the study, minutes")
        axes.set_ylabel(f"{primary}, selection part")
        legend(axes, columns=3)
    return figure
