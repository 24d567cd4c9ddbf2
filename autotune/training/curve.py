"""The course of a training through its evaluations: what workers and the final training share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch

from autotune.tasks import Task
from autotune.training.evaluate import checked, predict
from autotune.training.loop import Training
from autotune.training.measure import Stopwatch
from autotune.training.tokens import Tokens
from autotune.trial import CurvePoint

Score = Callable[[], Mapping[str, float]]


def follow(
    training: Training,
    points: Sequence[int],
    score: Score,
    watch: Stopwatch,
    *,
    stop: Callable[[], bool],
    before: float = 0.0,
) -> Iterator[CurvePoint]:
    """Train from point to point and evaluate at each; ends early once ``stop`` says so.

    Batches are whole, so a point may lie up to a batch beyond the fidelity asked for; its ``examples`` says where. A
    fidelity that has been reached is always evaluated: its training is paid for.

    Args:
        training: under way.
        points: fidelities in examples, ascending.
        score: gives the metrics of the trial as it stands.
        watch: charged with ``train`` and ``evaluate``.
        stop: asked before each step.
        before: device seconds of the trial's earlier segments.

    Raises:
        DivergedError: a loss or weight is not finite.
        MissingMetricError: an evaluation lacks a metric.
    """
    evaluated = -1
    for point in points:
        if point <= evaluated:
            continue  # the batch that reached the last point reached this one too
        reached = training.run_to(point, stop)
        watch.lap("train")
        if not reached:
            return
        metrics = dict(score())
        train_loss = training.take_train_loss()
        if train_loss is not None:
            metrics["train_loss"] = train_loss
        watch.lap("evaluate")
        evaluated = training.position.examples
        yield CurvePoint(evaluated, metrics, before + watch.total)


def scorer(
    module: torch.nn.Module,
    task: Task,
    tokens: Tokens,
    device: torch.device,
    precision: str,
    alive: Callable[[], object] | None = None,
) -> Score:
    """A function that gives every metric of the task on a split, checked to be there and finite; see ``predict``."""

    def score() -> dict[str, float]:
        logits = predict(module, tokens, device, precision, alive)
        return checked(task.score(logits, tokens.labels), task.facts.metrics)

    return score
