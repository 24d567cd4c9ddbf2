"""The plain types that travel between controller, workers and store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Value = bool | int | float | str | tuple[int, ...]
Config = Mapping[str, Value]
"""One point of a search space: active parameters by name. A layer subset is a sorted tuple of layer numbers."""


class TrialState(StrEnum):
    """Where a trial stands."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    STOPPED = "stopped"
    """By the scheduler, for good."""
    FAILED = "failed"


class TrialKind(StrEnum):
    """Why a trial exists."""

    SEARCH = "search"
    CONTROL = "control"
    """A rival that the search must beat: head only, default LoRA, LoRA with a tuned learning rate."""
    REPEAT = "repeat"
    """A finalist's configuration (or the tuned control's) trained again with another seed."""


class FailureKind(StrEnum):
    """Why a segment failed; only ``lost`` is retried."""

    DIVERGED = "diverged"
    OUT_OF_MEMORY = "out_of_memory"
    ERROR = "error"
    MISSING_METRIC = "missing_metric"
    HANG = "hang"
    LOST = "lost"
    """The worker or the controller went away; nothing is known against the configuration."""


@dataclass(frozen=True)
class Failure:
    """What went wrong in a segment."""

    kind: FailureKind
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class CurvePoint:
    """An evaluation on the selection part."""

    examples: int
    """Training examples seen so far: the fidelity."""
    metrics: Mapping[str, float]
    """Every metric of the task, ``loss`` on the selection part and ``train_loss`` since the last point."""
    seconds: float
    """Device seconds that the trial had used by then, all its segments together."""


@dataclass(frozen=True)
class Segment:
    """A piece of work for one device: the training of one trial from one fidelity to a later one, or its scoring."""

    number: int
    """The number of the decision that caused it; unique within the study."""
    trial: int
    attempt: int
    config: Config
    seed: int
    start: int
    end: int
    full: int
    """Examples of a full training: the learning-rate schedule spans these whatever ``end`` is."""
    evaluate_at: tuple[int, ...] = ()
    """Fidelities within (start, end] at which the selection part is scored; ``end`` always is."""
    checkpoint: bytes | None = field(default=None, repr=False)
    """The state to continue from; None at the start."""
    deadline: float | None = None
    """Device seconds after which the worker stops at the next step."""
    purpose: str = "train"
    """``train``, or ``score``: predict the held-out split from ``checkpoint`` without training."""


class SegmentStatus(StrEnum):
    """How a segment ended."""

    DONE = "done"
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class SegmentResult:
    """What a worker sends back: small, except for the checkpoint."""

    number: int
    trial: int
    attempt: int
    status: SegmentStatus
    examples_seen: int
    curve: tuple[CurvePoint, ...] = ()
    device_seconds: float = 0.0
    """Everything: attach, training, evaluation, saving."""
    seconds_by_kind: Mapping[str, float] = field(default_factory=dict)
    """The same by ``attach``, ``train``, ``evaluate``, ``save``."""
    measured: Mapping[str, float] = field(default_factory=dict)
    """``train_seconds`` (for a full training, extrapolated), ``latency_ms``, ``peak_memory``."""
    checkpoint: bytes | None = field(default=None, repr=False)
    held_out: Mapping[str, float] | None = None
    """Metrics on the held-out split (``score`` segments only)."""
    predictions: bytes | None = field(default=None, repr=False)
    """Held-out predictions as JSON: ``{"logits": [[...]], "labels": [...]}``."""
    failure: Failure | None = None
    worker: str = ""
    started_at: float = 0.0
    """Seconds since the epoch."""
    ended_at: float = 0.0


@dataclass(frozen=True)
class Trial:
    """One configuration being evaluated, over one or more attempts."""

    number: int
    config: Config
    kind: TrialKind = TrialKind.SEARCH
    label: str = ""
    """A control's name, or what a repeat repeats (``repeat of 7``)."""
    repeat_of: int | None = None
    seed: int = 0
    bracket: int | None = None
    state: TrialState = TrialState.RUNNING
    attempt: int = 0
    examples_seen: int = 0
    target: int | None = None
    """Where the running segment leads; None while nothing runs."""
    again: int | None = None
    """Where a segment led that was cut short with its controller: it is run again before anything else is decided."""
    curve: tuple[CurvePoint, ...] = ()
    known: Mapping[str, float] = field(default_factory=dict)
    """Costs computed before training."""
    measured: Mapping[str, float] = field(default_factory=dict)
    held_out: Mapping[str, float] | None = None
    """Metrics on the held-out split; empty where scoring failed, None before it."""
    device_seconds: float = 0.0
    """Of its results. What was lost with a worker says nothing of the trial's pace; the study alone is charged."""
    failure: Failure | None = None

    def value(self, name: str, examples: int | None = None) -> float | None:
        """The objective or metric of that name: a known or measured cost, or the metric at a fidelity.

        Args:
            name: of a cost or a metric.
            examples: the fidelity; the curve's last point when None.

        Returns:
            None where it has not been observed.
        """
        for costs in (self.known, self.measured):
            if name in costs:
                return costs[name]
        for point in reversed(self.curve):
            if examples is None or point.examples == examples:
                return point.metrics.get(name)
        return None


def config_to_json(config: Config) -> dict[str, Any]:
    """The configuration as JSON-able data; layer subsets become lists."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in config.items()}


def config_from_json(data: Mapping[str, Any]) -> dict[str, Value]:
    """The configuration that ``config_to_json`` described."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
