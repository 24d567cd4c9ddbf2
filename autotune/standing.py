"""Who leads a study: questions about a history that strategies, reports and exports share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

import numpy as np

from autotune.history import History
from autotune.objectives import Constraint, Objective
from autotune.pareto import Floats
from autotune.trial import Trial, TrialKind, TrialState

TUNED = "lora lr="
"""How the labels of the learning-rate grid of the tuned LoRA control begin."""
DEFAULT_LORA = "lora"


def complete(history: History, *kinds: TrialKind) -> list[Trial]:
    """Trials of these kinds that were trained to the end."""
    return [t for t in history.trials.values() if t.state is TrialState.COMPLETE and t.kind in kinds]


def feasible(trial: Trial, constraints: Sequence[Constraint]) -> bool:
    """Whether a trial breaks no bound, by its costs and by its last scores."""
    last = trial.curve[-1].metrics if trial.curve else {}
    return all(c.holds({**last, **trial.measured, **trial.known}) for c in constraints)


def ends(trials: Sequence[Trial], objectives: Sequence[Objective]) -> Floats:
    """What trials ended with, minimised, (trials, objectives); infinite where one has no value."""
    values = [[math.inf if (v := t.value(o.name)) is None else o.minimized(v) for o in objectives] for t in trials]
    return np.array(values, dtype=np.float64).reshape(len(trials), len(objectives))


def repeats(history: History, number: int) -> list[Trial]:
    """The completed trainings of a trial's configuration: itself first, then its repeats with other seeds."""
    return [history.trials[number], *history.repeats.get(number, ())]


def mean(history: History, trial: Trial, primary: Objective) -> float:
    """The mean of the primary objective over a trial's completed trainings, turned so that smaller is better."""
    values = [v for t in repeats(history, trial.number) if (v := t.value(primary.name)) is not None]
    return primary.minimized(fmean(values)) if values else float("inf")


def best_first(history: History, trials: Sequence[Trial], primary: Objective) -> list[Trial]:
    """Best mean first; ties go to fewer trained parameters, then to the older trial."""
    return sorted(trials, key=lambda t: (mean(history, t, primary), t.known.get("trainable_params", 0.0), t.number))


def tuned_control(history: History, primary: Objective) -> Trial | None:
    """Default LoRA at the learning rate of the grid that did best; None before the grid has a complete trial."""
    grid = [t for t in complete(history, TrialKind.CONTROL) if in_grid(t)]
    return best_first(history, grid, primary)[0] if grid else None


def in_grid(trial: Trial) -> bool:
    """Whether a control belongs to the tuned control's learning-rate grid (default LoRA is its middle)."""
    return trial.label == DEFAULT_LORA or trial.label.startswith(TUNED)


def winner(history: History, primary: Objective, constraints: Sequence[Constraint] = ()) -> Trial | None:
    """The feasible search trial with the best mean on the selection part, among those trained with the most seeds.

    Only configurations with equally many seeds are compared: the best of many single trainings is an optimist.
    """
    trials = [t for t in complete(history, TrialKind.SEARCH) if feasible(t, constraints)]
    if not trials:
        return None
    most = max(len(repeats(history, t.number)) for t in trials)
    return best_first(history, [t for t in trials if len(repeats(history, t.number)) == most], primary)[0]
