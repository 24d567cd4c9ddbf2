"""Studies side by side, over the same device time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from autotune.errors import AutotuneError
from autotune.history import Event, History
from autotune.insight.progress import Bounds, bounds, control_hypervolume, progress
from autotune.objectives import Constraint, Objective
from autotune.results import StudyResults


@dataclass(frozen=True)
class Side:
    """One of the studies."""

    history: History
    events: Sequence[Event]
    objectives: Sequence[Objective]
    results: StudyResults
    digest: str
    """Of the data and their split."""
    constraints: Sequence[Constraint] = ()


@dataclass(frozen=True)
class Comparison:
    """What studies found, in one box."""

    summary: pd.DataFrame
    """A row for each study: ``study``, ``trials``, ``full`` (configurations trained in full), ``device_seconds``,
    ``winner`` (trial, -1 without one), ``best`` and ``held_out`` (of the winner, means over seeds), ``hypervolume`` and
    ``controls`` (theirs alone), ``best_then`` and ``hypervolume_then`` (when ``then`` device seconds were spent)."""
    progress: Mapping[str, pd.DataFrame]
    controls: Mapping[str, float]
    """Hypervolume of the controls alone."""
    then: float
    """Device seconds that every study has spent."""
    same_data: bool
    """Whether all saw the same examples: scores of different data do not compare."""


def compare(sides: Mapping[str, Side]) -> Comparison:
    """Set studies side by side.

    Raises:
        AutotuneError: they have not the same objectives.
    """
    first, *others = sides
    objectives = sides[first].objectives
    for name in others:
        if list(sides[name].objectives) != list(objectives):
            said = [", ".join(o.name for o in sides[n].objectives) for n in (first, name)]
            raise AutotuneError(
                f"{first} and {name} have different objectives: {said[0]}; {said[1]}",
                "compare studies of the same objectives",
            )
    box = bounds([s.history for s in sides.values()], objectives, sides[first].constraints)
    lines = {name: _progress(side, box) for name, side in sides.items()}
    controls = {
        name: control_hypervolume(s.history, objectives, box, s.constraints) if box else 0.0
        for name, s in sides.items()
    }
    then = min(side.history.device_seconds for side in sides.values())
    rows = [_row(name, side, lines[name], controls[name], then) for name, side in sides.items()]
    return Comparison(pd.DataFrame(rows), lines, controls, then, len({s.digest for s in sides.values()}) == 1)


def _progress(side: Side, box: Bounds | None) -> pd.DataFrame:
    zeros = np.zeros(len(side.objectives))
    whole = box or Bounds(zeros, zeros)  # without a full training there is nothing to count either
    return progress(side.history, side.events, side.objectives, whole, side.constraints)


def _row(name: str, side: Side, line: pd.DataFrame, controls: float, then: float) -> dict[str, object]:
    primary, winner = side.objectives[0].name, side.results.winner
    early = line[line["device_seconds"] <= then]
    held = winner.held_out.get(primary) if winner else None
    return {
        "study": name,
        "trials": len(side.history.trials),
        "full": len(side.results.entries),
        "device_seconds": side.history.device_seconds,
        "winner": winner.trial if winner else -1,
        "best": winner.values[primary].mean if winner else float("nan"),
        "held_out": held.mean if held else float("nan"),
        "hypervolume": float(line["hypervolume"].iloc[-1]) if len(line) else 0.0,
        "controls": controls,
        "best_then": float(early["best"].iloc[-1]) if len(early) else float("nan"),
        "hypervolume_then": float(early["hypervolume"].iloc[-1]) if len(early) else 0.0,
    }
