"""How the front grew with the device time that was spent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from autotune import standing
from autotune.history import Charged, Event, History, Lost, Returned
from autotune.objectives import Constraint, Objective
from autotune.pareto import Floats, front_mask, hypervolume
from autotune.strategies.rungs import value_row
from autotune.trial import Trial, TrialKind, TrialState

COLUMNS = ("device_seconds", "trial", "kind", "value", "best", "hypervolume")


@dataclass(frozen=True)
class Bounds:
    """The box in which hypervolume is counted: minimised objectives, costs by the logarithm of one and their value."""

    ideal: Floats
    """The best value of each objective, shape (m,); what is better still counts as that."""
    reference: Floats
    """The worst, shape (m,)."""

    def hypervolume(self, points: Floats) -> float:
        """The share of the box that the points dominate; shape (n, m), minimised as the bounds are."""
        width = np.where(self.reference > self.ideal, self.reference - self.ideal, 1.0)
        return hypervolume((np.maximum(points, self.ideal) - self.ideal) / width, np.ones(len(width)))


def ended(history: History, objectives: Sequence[Objective], constraints: Sequence[Constraint] = ()) -> list[Trial]:
    """Search trials and controls that were trained to the end, are feasible and have every objective."""
    trials = standing.complete(history, TrialKind.SEARCH, TrialKind.CONTROL)
    return [
        t
        for t in trials
        if t.curve and standing.feasible(t, constraints) and np.isfinite(value_row(t, t.curve[-1], objectives)).all()
    ]


def bounds(
    histories: Iterable[History], objectives: Sequence[Objective], constraints: Sequence[Constraint] = ()
) -> Bounds | None:
    """The box around every full training of these studies, controls included; None where there is none.

    Studies are only comparable within one box; it grows while a study finds better or worse trials. A cost of nothing
    (the head alone) counts as half of the smallest other one: on a logarithmic axis it would leave no room for them.
    """
    rows = [
        value_row(t, t.curve[-1], objectives) for h in histories for t in ended(h, objectives, constraints) if t.curve
    ]
    if not rows:
        return None
    array = np.array(rows)
    ideal = array.min(axis=0)
    for j, objective in enumerate(objectives):
        some = array[array[:, j] > 0, j]
        if objective.log and objective.direction == "minimize" and ideal[j] <= 0 and len(some):
            ideal[j] = np.log1p(np.expm1(some.min()) / 2)
    return Bounds(ideal, array.max(axis=0))


def progress(
    history: History,
    events: Iterable[Event],
    objectives: Sequence[Objective],
    box: Bounds,
    constraints: Sequence[Constraint] = (),
) -> pd.DataFrame:
    """What was known when so much device time was spent; single trainings count, repeats do not.

    Args:
        history: of the study.
        events: that made it, in order.
        objectives: the primary one first.
        box: in which hypervolume is counted.
        constraints: what breaks one does not count.

    Returns:
        A row for each full training, in the order they ended: ``device_seconds`` of the study by then, ``trial``,
        ``kind``, ``value`` of the primary objective, ``best`` of the search's so far (NaN before the first),
        ``hypervolume`` of all so far, the controls' too, as a share of the box.
    """
    counted = {t.number: t for t in ended(history, objectives, constraints)}
    rows: list[tuple[float, int, str, float, float, float]] = []
    front = np.empty((0, len(objectives)))
    best, volume, primary = np.nan, 0.0, objectives[0]
    for spent, trial in completions(history, events):
        if trial not in counted:
            continue
        found = counted[trial]
        point = np.array([value_row(found, found.curve[-1], objectives)])
        if not (front <= point).all(axis=1).any():
            front = np.concatenate((front, point))
            front = front[front_mask(front)]
            volume = box.hypervolume(front)
        value = found.value(primary.name)
        assert value is not None  # ended() asked for every objective
        if found.kind is TrialKind.SEARCH:
            best = np.fmin(best, primary.minimized(value))
        rows.append((spent, trial, found.kind.value, value, primary.minimized(best), volume))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def completions(history: History, events: Iterable[Event]) -> list[tuple[float, int]]:
    """(device seconds of the study by then, trial) of every training that reached the full fidelity, in order."""
    spent = 0.0
    found: dict[int, float] = {}
    for event in events:
        if isinstance(event, Charged):
            spent += event.seconds
        elif isinstance(event, Lost):
            spent += event.device_seconds
        elif isinstance(event, Returned):
            result = event.result
            spent += result.device_seconds
            complete = history.trials[result.trial].state is TrialState.COMPLETE
            if complete and result.examples_seen >= history.full:
                found.setdefault(result.trial, spent)  # its scoring comes later
    return [(then, trial) for trial, then in found.items()]


def control_hypervolume(
    history: History, objectives: Sequence[Objective], box: Bounds, constraints: Sequence[Constraint] = ()
) -> float:
    """What the controls dominate of the box, all together: the line that a search has to pass."""
    trials = [t for t in ended(history, objectives, constraints) if t.kind is TrialKind.CONTROL]
    if not trials:
        return 0.0
    return box.hypervolume(np.array([value_row(t, t.curve[-1], objectives) for t in trials]))
