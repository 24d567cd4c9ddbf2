"""A bad trial is one failed trial: told by kind, and the worker goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from helpers.segments import never, segment

from autotune.tasks import Task
from autotune.training.failures import failure_of
from autotune.training.resident import Resident
from autotune.training.worker import Worker
from autotune.trial import FailureKind, SegmentResult, SegmentStatus

GOOD = {"method": "lora", "batch_size": 8}


def run_with(room: Resident, **changes: Any) -> SegmentResult:
    """Run a sound segment in a room of which something was changed, and a second one in the room as it was."""
    result = Worker(replace(room, **changes), {}).run(segment(GOOD, 32), never)
    assert Worker(room, {}).run(segment(GOOD, 32), never).status is SegmentStatus.DONE
    return result


class Scored(Task):
    """A task with another way of scoring."""

    answer: dict[str, float] | Exception

    def score(self, logits: Any, labels: Any) -> dict[str, float]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def scored(task: Task, answer: dict[str, float] | Exception) -> Task:
    changed = Scored(task.facts, task.train, task.selection, task.held_out, task.metrics, task.extra)
    object.__setattr__(changed, "answer", answer)
    return changed


@pytest.mark.parametrize("method", ["lora", "full", "bitfit"])
def test_a_huge_learning_rate_diverges(worker: Worker, method: str) -> None:
    config = {"method": method, "batch_size": 8, "lr": 1e30, "warmup": 0.0}
    result = worker.run(segment(config, 160), never)
    assert result.status is SegmentStatus.FAILED
    assert result.failure is not None
    assert result.failure.kind is FailureKind.DIVERGED
    assert "not finite" in result.failure.message
    assert result.checkpoint is None
    assert worker.run(segment(GOOD, 32), never).status is SegmentStatus.DONE


def test_a_divergence_after_the_last_step_is_seen(worker: Worker) -> None:
    result = worker.run(segment({"method": "lora", "batch_size": 8, "lr": 1e38, "warmup": 0.0}, 8), never)
    assert result.failure is not None
    assert result.failure.kind is FailureKind.DIVERGED


def test_an_exception_is_told_with_its_traceback(room: Resident, task: Task) -> None:
    result = run_with(room, task=scored(task, ZeroDivisionError("no labels")))
    assert result.status is SegmentStatus.FAILED
    assert result.failure is not None
    assert result.failure.kind is FailureKind.ERROR
    assert result.failure.message == "ZeroDivisionError: no labels"
    assert "Traceback" in result.failure.traceback
    assert result.device_seconds == pytest.approx(sum(result.seconds_by_kind.values()))
    assert result.device_seconds > 0


@pytest.mark.parametrize(
    ("answer", "kind", "word"),
    [
        ({"loss": 0.5}, FailureKind.MISSING_METRIC, "'accuracy' is missing"),
        ({}, FailureKind.MISSING_METRIC, "nothing"),
        ({"loss": 0.5, "accuracy": np.nan}, FailureKind.MISSING_METRIC, "nan"),
        ({"loss": np.inf, "accuracy": 0.5}, FailureKind.DIVERGED, "inf"),
    ],
)
def test_a_score_that_lacks_something(
    room: Resident, task: Task, answer: dict[str, float], kind: FailureKind, word: str
) -> None:
    result = run_with(room, task=scored(task, answer))
    assert result.failure is not None
    assert result.failure.kind is kind
    assert word in result.failure.message


def test_curve_points_before_the_failure_are_kept(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    from autotune.training.loop import Training

    real = Training.update

    def fail_late(self: Training, *args: Any) -> torch.Tensor:
        if self.position.examples >= 40:
            raise RuntimeError(
                "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
            )
        return real(self, *args)

    monkeypatch.setattr(Training, "update", fail_late)
    result = worker.run(segment(GOOD, 64, evaluate_at=(32,)), never)
    assert [p.examples for p in result.curve] == [32]
    assert result.failure is not None
    assert result.failure.kind is FailureKind.OUT_OF_MEMORY


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), FailureKind.OUT_OF_MEMORY),
        (torch.OutOfMemoryError("CUDA out of memory"), FailureKind.OUT_OF_MEMORY),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), FailureKind.OUT_OF_MEMORY),
        (RuntimeError("shapes cannot be multiplied"), FailureKind.ERROR),
        (ValueError("out of memory cards"), FailureKind.ERROR),
    ],
)
def test_kinds_of_failure(error: Exception, kind: FailureKind) -> None:
    assert failure_of(error).kind is kind


def test_a_configuration_that_cannot_be_attached(worker: Worker) -> None:
    result = worker.run(segment({"method": "lora", "lora.rank": 0}, 32), never)
    assert result.failure is not None
    assert result.failure.kind is FailureKind.ERROR
    assert "rank" in result.failure.message
    assert worker.run(segment(GOOD, 32), never).status is SegmentStatus.DONE


def test_a_base_in_doubt_is_loaded_anew(room: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def load() -> Any:
        loaded.append(room.base)
        return room.base

    changed = replace(room, load=load)
    with monkeypatch.context() as patch:
        patch.setattr(type(room.base), "attach", lambda *_: 1 / 0)
        result = Worker(changed, {}).run(segment(GOOD, 32), never)
    assert result.failure is not None
    assert "ZeroDivisionError" in result.failure.message
    assert len(loaded) == 1


def test_a_segment_that_does_not_begin_where_its_checkpoint_ends(worker: Worker) -> None:
    first = worker.run(segment(GOOD, 32), never)
    for start, checkpoint in ((32, None), (64, first.checkpoint), (0, first.checkpoint)):
        result = worker.run(segment(GOOD, 96, start, checkpoint=checkpoint), never)
        assert result.failure is not None
        assert "begins at" in result.failure.message


def test_a_trial_without_its_checkpoint_is_not_scored(worker: Worker) -> None:
    result = worker.run(segment(GOOD, 96, 96, purpose="score"), never)
    assert result.failure is not None
    assert "has no checkpoint" in result.failure.message
    assert result.held_out is None


def test_a_checkpoint_of_another_configuration_is_refused(worker: Worker) -> None:
    first = worker.run(segment(GOOD, 32), never)
    other = GOOD | {"lora.rank": 4}
    result = worker.run(segment(other, 64, 32, checkpoint=first.checkpoint), never)
    assert result.failure is not None
    assert "recipe" in result.failure.message
