"""Drives a strategy on a made-up problem with virtual workers and a virtual clock, as the controller would."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from autotune.budget import Budget
from autotune.decision import Answer, Decision, Done, Start, Stop, Thaw, Wait
from autotune.history import History, Lost, Returned
from autotune.objectives import Constraint, Objective
from autotune.space import SearchSpace
from autotune.strategies.base import Setting, Strategy
from autotune.trial import (
    Config,
    CurvePoint,
    Failure,
    FailureKind,
    SegmentResult,
    SegmentStatus,
    Trial,
)


class Problem(Protocol):
    """What the simulation needs to know of a search."""

    space: SearchSpace
    objectives: Sequence[Objective]
    levels: tuple[int, ...]
    eta: int

    def costs(self, config: Config) -> dict[str, float]:
        """Known before training."""
        ...

    def refuse(self, config: Config) -> str | None:
        """Why it cannot run."""
        ...

    def metrics(self, trial: Trial, examples: int) -> dict[str, float]:
        """What the trial scores after so many examples."""
        ...

    def measured(self, trial: Trial, examples: int) -> dict[str, float]:
        """Costs that a segment measures."""
        ...

    def seconds(self, config: Config, start: int, end: int) -> float:
        """Device seconds of a segment."""
        ...

    def failure(self, trial: Trial, end: int) -> FailureKind | None:
        """How the segment to ``end`` fails; ``LOST`` for a worker that dies."""
        ...


def setting_of(problem: Problem, constraints: Sequence[Constraint] = (), enqueued: Sequence[Config] = ()) -> Setting:
    """The setting a strategy for the problem is made with."""
    return Setting(
        space=problem.space,
        objectives=problem.objectives,
        levels=problem.levels,
        eta=problem.eta,
        costs=problem.costs,
        refuse=problem.refuse,
        identity=lambda config: repr(sorted(config.items())),
        constraints=constraints,
        enqueued=enqueued,
    )


@dataclass
class Simulation:
    """What happened."""

    history: History
    ending: str
    """The reason of the strategy's ``Done``, or which limit ended the study."""
    decisions: list[tuple[History, Decision]] = field(default_factory=list)
    """Each with the history that it saw."""
    clock: float = 0.0


def simulate(
    strategy: Strategy,
    problem: Problem,
    *,
    workers: int = 1,
    device_seconds: float = float("inf"),
    trials: int | None = None,
    most_decisions: int = 100_000,
    seed: int = 0,
    history: History | None = None,
    watch: Callable[[History, Answer], None] | None = None,
) -> Simulation:
    """Run a study to its end.

    Device time is never overdrawn: a segment that would is cut at its deadline and leaves a paused trial between rungs.

    Args:
        strategy: made with ``setting_of(problem)``.
        problem: what is searched.
        workers: virtual devices.
        device_seconds: the budget.
        trials: the budget in trials, as the history tells it.
        most_decisions: ends a strategy that would not end.
        seed: decision n sees ``default_rng([seed, n])``.
        history: to begin from.
        watch: called with every answer and the history it was given on.
    """
    done = Simulation(history or History(problem.levels[-1], Budget(trials=trials)), "out of decisions")
    queue: list[tuple[float, int, Returned | Lost]] = []
    committed = done.history.device_seconds
    while done.history.decisions < most_decisions:
        answer: Answer | None = None
        if len(queue) < workers and committed < device_seconds - 1e-9:
            rng = np.random.default_rng([seed, done.history.decisions])
            answer = strategy.next(done.history, rng)
            if watch is not None:
                watch(done.history, answer)
        if isinstance(answer, Start | Thaw | Stop):
            decision = _decide(done.history, answer, problem, done.clock)
            done.decisions.append((done.history, decision))
            done.history = done.history.after(decision)
            if not isinstance(answer, Stop):
                left = device_seconds - committed
                seconds, event = _run(done.history.trials[decision.trial], decision, problem, left)
                committed += seconds
                heapq.heappush(queue, (done.clock + seconds, decision.number, event))
            continue
        if not queue:
            done.ending = answer.reason if isinstance(answer, Done) else "deadlock" if answer else "the budget is spent"
            break
        assert isinstance(answer, Wait | Done | None)
        done.clock, _, event = heapq.heappop(queue)
        done.history = done.history.at(done.clock).after(event)
    return done


def _decide(history: History, action: Start | Thaw | Stop, problem: Problem, clock: float) -> Decision:
    if isinstance(action, Start):
        number = len(history.trials)
        return Decision(history.decisions, history.revision, clock, action, number, 0, problem.costs(action.config))
    attempt = history.trials[action.trial].attempt
    return Decision(history.decisions, history.revision, clock, action, action.trial, attempt, {})


def _run(trial: Trial, decision: Decision, problem: Problem, left: float) -> tuple[float, Returned | Lost]:
    start, end = trial.examples_seen, trial.target
    assert end is not None
    assert end > start
    seconds = problem.seconds(trial.config, start, end)
    kind = problem.failure(trial, end)
    if kind is FailureKind.LOST:
        return min(seconds, left), Lost(
            decision.number, trial.number, trial.attempt, min(seconds, left), "", "worker-0"
        )
    status, failure = SegmentStatus.DONE, None
    if kind is not None:
        status, failure = SegmentStatus.FAILED, Failure(kind, "made up")
        end = start
    elif seconds > left:
        status, end = SegmentStatus.DEADLINE, start + int((end - start) * left / seconds)
    seconds = min(seconds, left)
    reached = [level for level in problem.levels if start < level <= end]
    curve = tuple(CurvePoint(level, problem.metrics(trial, level), 0.0) for level in reached)
    result = SegmentResult(
        decision.number,
        trial.number,
        trial.attempt,
        status,
        end,
        curve,
        seconds,
        measured={} if kind else problem.measured(trial, end),
        failure=failure,
    )
    return seconds, Returned(result)


def full_points(history: History, objectives: Sequence[Objective], full: int) -> np.ndarray:
    """The minimised objectives, unscaled, of the trials trained in full: shape (n, m)."""
    rows = [
        [o.minimized(float(v)) for o in objectives if (v := trial.value(o.name, full)) is not None]
        for trial in history.trials.values()
        if any(point.examples == full for point in trial.curve)
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(objectives))
