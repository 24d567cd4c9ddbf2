"""Fitting the full fidelity and the rungs to the budget and the measured speed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from autotune.budget import Budget
from autotune.errors import AutotuneError
from autotune.facts import Calibration, TaskFacts
from autotune.spec import StudySpec
from autotune.strategies.levels import levels, worth_a_rung

MOST_EPOCHS = 10.0
"""A full training is never made longer unless the user asks: adapters on small tasks have converged by then."""
DEFAULT_EPOCHS = 3.0
"""Of a full training when the budget is in trials only, so that no time is there to fit to."""
FEWEST_EXAMPLES = 320
"""A full training below this (20 steps of 16) says nothing about a configuration."""
LOWEST_RUNG = 256
CONTROL_TRAININGS = 3.5
"""Head, and a learning-rate grid of three; they are paid from the search's share."""


@dataclass(frozen=True)
class Fidelity:
    """How long a full training is, and what it costs on this machine."""

    full: int
    """Examples."""
    levels: tuple[int, ...]
    epochs: float
    full_seconds: float
    """Device seconds of a full training of default LoRA with its evaluations."""
    score_seconds: float
    """Device seconds to score a trial on the held-out split."""
    device_seconds: float | None
    """Device seconds that the budget comes to with the workers there are; None without a limit in time."""

    def evaluate_at(self, train: int) -> tuple[int, ...]:
        """Where curves get their points: at the rungs and after every epoch of ``train`` examples."""
        return tuple(sorted({*self.levels, *range(train, self.full, train)}))


def time_limit(budget: Budget, workers: int) -> float | None:
    """The budget in device seconds: the smaller of its device time and its wall-clock time over all workers."""
    limits = [] if budget.device_seconds is None else [budget.device_seconds]
    if budget.wall_seconds is not None:
        limits.append(budget.wall_seconds * workers)
    return min(limits) if limits else None


def finalist_trainings(seeds: int, *, tuned_control: bool) -> float:
    """Full trainings in the reserve: further seeds of winner and tuned control, and a candidate's completion."""
    return (seeds - 1) * (2 if tuned_control else 1) + 1.5


def fit(spec: StudySpec, budget: Budget, task: TaskFacts, speed: Calibration) -> Fidelity:
    """Choose the longest full training whose finalists fit into the reserve, and its rungs.

    Args:
        spec: the study; ``max_epochs`` and ``min_resource`` in it are taken as they are.
        budget: the limits.
        task: sizes of its parts.
        speed: examples per second, measured.

    Raises:
        AutotuneError: the budget cannot hold a study of useful trainings on this machine; says what would.
    """
    limit = time_limit(budget, spec.workers)
    per_example = 1 / speed.train_examples_per_second
    evaluation = task.selection / speed.evaluate_examples_per_second
    score = task.held_out / speed.evaluate_examples_per_second + 0.1
    trainings = finalist_trainings(spec.seeds, tuned_control="lora-tuned" in spec.controls)
    lowest = max(LOWEST_RUNG, math.ceil(evaluation / per_example))
    fewest = min(FEWEST_EXAMPLES, task.train)

    def rungs(full: int) -> tuple[int, ...]:
        return levels(full, spec.eta, spec.min_resource or min(full, worth_a_rung(full, spec.eta, lowest)))

    def points(full: int) -> int:
        return len({*rungs(full), *range(task.train, full, task.train)})

    if spec.max_epochs is not None:
        full = max(1, round(spec.max_epochs * task.train))
    elif limit is None:
        full = round(DEFAULT_EPOCHS * task.train)
    else:
        share = (limit * max(spec.reserve, 0.1) - 10 * score) / trainings
        full = round(MOST_EPOCHS * task.train)
        while full > fewest and full * per_example + points(full) * evaluation > share:
            full -= max(1, full // 100)
    if spec.min_resource is not None and spec.min_resource > full:
        raise AutotuneError(
            f"min_resource={spec.min_resource:,} examples is more than a full training of {full:,}",
            "give a lower --min-resource, or a longer training with --max-epochs or a larger --budget",
        )
    needed = (fewest * per_example + 2 * evaluation) * (trainings / max(spec.reserve, 0.1)) + 10 * score
    if spec.max_epochs is None and limit is not None and limit < needed:
        raise AutotuneError(
            f"a budget of {budget} is too small for {task.task} on this machine "
            f"({speed.train_examples_per_second:.0f} examples a second)",
            f"give at least --budget {math.ceil(needed / 60)}{budget.device or 'cpu'}-min, "
            "or a smaller task with --max-train",
        )
    seconds = full * per_example + points(full) * evaluation
    return Fidelity(full, rungs(full), full / task.train, seconds, score, limit)
