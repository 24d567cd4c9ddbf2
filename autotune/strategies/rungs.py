"""Where trials stand: at which rung, with which values, in which order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from autotune import pareto
from autotune.history import History
from autotune.objectives import Constraint, Objective
from autotune.pareto import Floats, Ints
from autotune.strategies.early import EARLY, early_loss
from autotune.trial import CurvePoint, FailureKind, Trial, TrialKind, TrialState

_LARGE = 1e6
"""From where on a number is told by its leading digits."""
_FORMATS: dict[str, Callable[[float], str]] = {
    EARLY.name: lambda v: f"losses {v:.3f}",
    "trainable_params": lambda v: f"{v:,.0f} parameters",
    "total_trained": lambda v: f"{v:,.0f} parameters with the head",
    "stored_bytes": lambda v: f"{v / 1e6:.3g} MB stored",
    "train_seconds": lambda v: f"{v:,.0f} s of training",
    "latency_ms": lambda v: f"{v:.3g} ms latency",
    "peak_memory": lambda v: f"{v / 1e6:,.0f} MB peak memory",
}


def describe(objective: Objective, value: float) -> str:
    """The value in words: ``f1_accuracy 0.812``, ``74,112 parameters``."""
    if not np.isfinite(value):
        return f"{objective.name} unknown"
    known = _FORMATS.get(objective.name)
    return known(value) if known else f"{objective.name} {value:{'.3f' if abs(value) < _LARGE else '.4g'}}"


def minimized(objective: Objective, value: float | None) -> float:
    """The value turned so that smaller is better and one step is as good as another; NaN for None.

    Objectives on a logarithmic scale go through log(1 + value): the head alone has no trainable parameters.
    """
    if value is None:
        return np.nan
    return objective.minimized(float(np.log1p(max(value, 0.0))) if objective.log else float(value))


def level_points(trial: Trial, levels: Sequence[int]) -> dict[int, CurvePoint]:
    """What the trial scored at each level it reached, by the level's index.

    A level's score is the curve's first point from there on and before the next level, because a worker ends on a whole
    step, which may lie a few examples beyond the level.
    """
    found: dict[int, CurvePoint] = {}
    for point in trial.curve:
        index = bisect_right(levels, point.examples) - 1
        if index >= 0:
            found.setdefault(index, point)
    return found


def rung(trial: Trial, points: dict[int, CurvePoint]) -> int | None:
    """The index of the level on which a trial stands; None if it stopped between two (cancelled, lost, deadline)."""
    top = max(points, default=None)
    return top if top is not None and points[top].examples == trial.examples_seen else None


def next_level(trial: Trial, levels: Sequence[int]) -> int:
    """The first level that the trial has not reached."""
    return next(level for level in levels if level > trial.examples_seen)


def counts_as_loser(trial: Trial) -> bool:
    """Whether the trial failed by its own fault; one lost with its worker says nothing against its configuration."""
    lost = trial.failure is not None and trial.failure.kind is FailureKind.LOST
    return trial.state is TrialState.FAILED and not lost


def value_row(trial: Trial, point: CurvePoint, objectives: Iterable[Objective]) -> list[float]:
    """The objectives of a trial at one point of its curve, as ``minimized`` says."""
    return [minimized(objective, observed(trial, point, objective)) for objective in objectives]


def observed(trial: Trial, point: CurvePoint, objective: Objective) -> float | None:
    """The value of an objective at one point of a trial's curve, None if there is none."""
    if objective is EARLY:
        return early_loss(point)
    name = objective.name
    return trial.known.get(name, trial.measured.get(name, point.metrics.get(name)))


def violation(trial: Trial, constraints: Iterable[Constraint]) -> float:
    """By how much a trial breaks the bounds on costs, as a share of each bound, summed; 0 if it holds them.

    Bounds on a task's metric are left to the end of the study: half-trained trials would all break them alike.
    """
    total = 0.0
    for constraint in constraints:
        value = trial.known.get(constraint.name, trial.measured.get(constraint.name))
        if value is not None:
            total += constraint.excess(value)
    return total


def waiting(history: History, constraints: Sequence[Constraint]) -> list[Trial]:
    """The paused trials of the search, without those that break a bound on costs: no training changes that."""
    search = [t for t in history.trials.values() if t.kind is TrialKind.SEARCH and t.state is TrialState.PAUSED]
    return [t for t in search if not violation(t, constraints)]


@dataclass(frozen=True)
class Comparison:
    """Trials that are compared at one level."""

    trials: Sequence[Trial]
    points: Floats
    """Minimised objectives, (n, m); infinite for those that failed on their way here."""
    violations: Floats
    """(n,)"""

    def order(self, first: int | None = None) -> Ints:
        """Indices best first, as ``feasible_first`` says."""
        return feasible_first(self.points, self.violations, first)


def feasible_first(points: Floats, violations: Floats, first: int | None = None) -> Ints:
    """Indices best first: the feasible ones by ``pareto.order``, then the others by violation (Deb's rule).

    Args:
        points: minimised objectives, (n, m).
        violations: by how much each breaks bounds, (n,); 0 if it breaks none.
        first: how many of the feasible ones have to be in order; all when None.
    """
    feasible, broken = np.flatnonzero(violations == 0), np.flatnonzero(violations > 0)
    broken = broken[np.argsort(violations[broken], kind="stable")]
    return np.concatenate((feasible[pareto.order(points[feasible], first)], broken)).astype(np.int64)


def compare(
    entrants: Sequence[tuple[Trial, CurvePoint | None]],
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint] = (),
) -> Comparison:
    """Set trials side by side.

    Args:
        entrants: each with its point at the level, or None where it failed before.
        objectives: the columns.
        constraints: bounds on costs.
    """
    worst = [np.inf] * len(objectives)
    rows = [worst if point is None else value_row(trial, point, objectives) for trial, point in entrants]
    return Comparison(
        [trial for trial, _ in entrants],
        np.array(rows, dtype=np.float64).reshape(len(rows), len(objectives)),
        np.array([0.0 if point is None else violation(trial, constraints) for trial, point in entrants]),
    )
