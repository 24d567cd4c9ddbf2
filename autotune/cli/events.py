"""What happened in a study, in one line for a person or one object for a machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autotune.decision import Action, Decision, Score, Start, Thaw, action_to_json
from autotune.history import Charged, Event, Extended, History, Lost, Returned
from autotune.objectives import Objective
from autotune.trial import SegmentResult, SegmentStatus, Trial, TrialKind, TrialState
from autotune.words import describe, duration, figure, known_costs

_CALLED = {TrialKind.SEARCH: "trial", TrialKind.CONTROL: "control", TrialKind.REPEAT: "repeat"}


def name_of(trial: Trial) -> str:
    """How a trial is called: ``trial 7``, ``control 0 (head)``, ``repeat 31 (repeat of 7)``."""
    label = f" ({trial.label})" if trial.label else ""
    return f"{_CALLED[trial.kind]} {trial.number}{label}"


def config_of(trial: Trial) -> str:
    """A trial's configuration with its size: ``lora r=4 qv layers 0-2, 12,288 params``."""
    return ", ".join(part for part in (describe(trial.config), known_costs(trial.known)) if part)


def score_of(trial: Trial, objectives: Sequence[Objective]) -> str:
    """The last value of the primary objective, or of the loss: ``f1_accuracy 0.8120``; empty before the first."""
    names = [o.name for o in objectives if not o.known_before_training][:1] or ["loss"]
    return ", ".join(f"{n} {figure(n, value)}" for n in names if (value := trial.value(n)) is not None)


def line(history: History, event: Event, objectives: Sequence[Objective]) -> str:
    """An event in one line; ``history`` includes it."""
    if isinstance(event, Decision):
        return _decided(history.trials[event.trial], event.action)
    if isinstance(event, Returned):
        return _returned(history.trials[event.result.trial], event.result, objectives)
    if isinstance(event, Lost):
        return _lost(history.trials[event.trial], event)
    if isinstance(event, Charged):
        who = f"worker {event.worker}: " if event.worker else ""
        return f"{who}{event.kind} took {duration(event.seconds)}"
    return f"budget: {event.budget}"


def _decided(trial: Trial, action: Action) -> str:
    if isinstance(action, Start):
        return f"{name_of(trial)} starts, to {action.end:,} examples ({config_of(trial)})"
    if isinstance(action, Thaw):
        return f"{name_of(trial)} goes on from {trial.examples_seen:,} to {action.end:,} examples ({action.reason})"
    if isinstance(action, Score):
        return f"{name_of(trial)} is scored on the held-out split"
    return f"{name_of(trial)} stopped at {trial.examples_seen:,} examples ({action.reason})"


def _returned(trial: Trial, result: SegmentResult, objectives: Sequence[Objective]) -> str:
    if result.status is SegmentStatus.FAILED:
        return f"{name_of(trial)} failed at {result.examples_seen:,} examples: {_why(result)} ({config_of(trial)})"
    if result.held_out is not None:
        name = next((o.name for o in objectives if o.name in result.held_out), "loss")
        return f"{name_of(trial)} held out: {name} {figure(name, result.held_out.get(name))}"
    verb = "complete" if trial.state is TrialState.COMPLETE else "paused"
    ended = {SegmentStatus.DEADLINE: ", at its deadline", SegmentStatus.CANCELLED: ", interrupted"}.get(
        result.status, ""
    )
    score = score_of(trial, objectives) or "no score yet"
    return f"{name_of(trial)} {verb} at {trial.examples_seen:,} examples{ended}: {score} ({config_of(trial)})"


def _why(result: SegmentResult) -> str:
    if result.failure is None:
        return "no reason known"
    first = result.failure.message.strip().partition("\n")[0]
    return f"{result.failure.kind.value}: {first}" if first else result.failure.kind.value


def _lost(trial: Trial, event: Lost) -> str:
    then = "given up" if trial.state is TrialState.FAILED else f"goes on from {trial.examples_seen:,} examples later"
    return f"{name_of(trial)} lost its worker ({event.message or 'no reason known'}); {then}"


def record(history: History, event: Event) -> dict[str, Any]:
    """An event as JSON-able data, checkpoints and predictions left out; ``history`` includes it."""
    data: dict[str, Any] = {"event": type(event).__name__.lower(), "revision": history.revision}
    data |= {"elapsed": history.elapsed, "device_seconds": history.device_seconds}
    if isinstance(event, Decision):
        return (
            data
            | {"number": event.number, "trial": event.trial, "known": dict(event.known)}
            | action_to_json(event.action)
        )
    if isinstance(event, Returned):
        return data | _result(history, event)
    if isinstance(event, Extended):
        return data | {"budget": event.budget.to_list()}
    return data | vars(event)


def _result(history: History, event: Returned) -> dict[str, Any]:
    result = event.result
    last = result.curve[-1] if result.curve else None
    return {
        "number": result.number,
        "trial": result.trial,
        "attempt": result.attempt,
        "status": result.status.value,
        "state": history.trials[result.trial].state.value,
        "examples_seen": result.examples_seen,
        "segment_seconds": result.device_seconds,
        "metrics": dict(last.metrics) if last else None,
        "held_out": dict(result.held_out) if result.held_out is not None else None,
        "failure": {"kind": result.failure.kind.value, "message": result.failure.message} if result.failure else None,
    }


def failures(history: History) -> dict[str, int]:
    """Failed trials by kind of failure."""
    counts: dict[str, int] = {}
    for trial in history.trials.values():
        if trial.state is TrialState.FAILED and trial.failure is not None:
            counts[trial.failure.kind.value] = counts.get(trial.failure.kind.value, 0) + 1
    return counts
