"""Events of a study, made up one by one or drawn by hypothesis: only sequences that a controller could record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import strategies as st

from autotune.budget import Budget
from autotune.decision import Action, Decision, Score, Start, Stop, Thaw
from autotune.history import Charged, Event, Extended, History, Lost, Returned
from autotune.trial import (
    Config,
    CurvePoint,
    Failure,
    FailureKind,
    SegmentResult,
    SegmentStatus,
    Trial,
    TrialKind,
    TrialState,
)

FULL = 90
LEVELS = (10, 30, FULL)


def decide(history: History, action: Action, known: dict[str, float] | None = None) -> Decision:
    """The decision for an action, as the controller numbers it."""
    trial = len(history.trials) if isinstance(action, Start) else action.trial
    attempt = 0 if isinstance(action, Start) else history.trials[action.trial].attempt
    return Decision(history.decisions, history.revision, history.elapsed + 1, action, trial, attempt, known or {})


def result_of(history: History, trial: int, examples: int | None = None, **more: Any) -> SegmentResult:
    """The result of a trial's running segment, which is the last decision about it."""
    now = history.trials[trial]
    assert now.target is not None
    seen = now.target if examples is None else examples
    given: dict[str, Any] = {
        "number": history.decisions - 1,
        "status": SegmentStatus.DONE,
        "curve": (CurvePoint(seen, {"loss": 0.5, "accuracy": 0.7}, 2.0),),
        "device_seconds": 2.5,
        "worker": "worker-0",
        "started_at": 100.0,
        "ended_at": 102.5,
    }
    return SegmentResult(trial=trial, attempt=now.attempt, examples_seen=seen, **(given | more))


def without_files(events: Iterable[Event]) -> list[Event]:
    """The events as the store gives them back: without checkpoints and predictions."""
    from dataclasses import replace

    return [
        Returned(replace(e.result, checkpoint=None, predictions=None)) if isinstance(e, Returned) else e for e in events
    ]


_amounts = st.floats(0, 1e9, allow_subnormal=False)
_numbers = st.floats(width=64)
_words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_tricky = st.sampled_from(["NaN", "~NaN", "-Infinity", "Infinity", "null", "\0", 'a"b', "ü"])
_metrics = st.dictionaries(st.sampled_from(["loss", "accuracy", "f1"]), _numbers)
_configs: st.SearchStrategy[Config] = st.fixed_dictionaries(
    {"method": st.sampled_from(["lora", "ia3"])},
    optional={
        "lora.rank": st.integers(1, 64),
        "lora.layers": st.lists(st.integers(0, 11), unique=True).map(lambda x: tuple(sorted(x))),
        "lr": _numbers,
        "schedule": st.text(max_size=8) | _tricky,
        "lora.flag": st.booleans(),
    },
)
_failures = st.builds(Failure, st.sampled_from(FailureKind), _words, _words)
_budgets = st.builds(
    Budget, st.none() | _amounts, st.none() | _amounts, st.none() | st.integers(1, 99), st.sampled_from([None, "cpu"])
)


@st.composite
def event_sequences(draw: Callable[[Any], Any], most: int = 30) -> list[Event]:
    """A history's events, up to ``most``."""
    events: list[Event] = []
    history, numbers = History(FULL), {}
    for _ in range(draw(st.integers(0, most))):
        event = _next_event(draw, history, numbers)
        if isinstance(event, Decision):
            numbers[event.trial] = event.number
        events.append(event)
        history = history.after(event)
    return events


def _next_event(draw: Callable[[Any], Any], history: History, numbers: dict[int, int]) -> Event:
    running = history.running
    paused = [t for t in history.trials.values() if t.state is TrialState.PAUSED]
    complete = [t for t in history.trials.values() if t.state is TrialState.COMPLETE and t.target is None]
    moves = ["start", "charge", "extend"] + ["return", "return", "lost"] * bool(running)
    moves += ["thaw", "stop"] * bool(paused) + ["score"] * bool(complete)
    move = draw(st.sampled_from(moves))
    if move == "charge":
        return Charged(draw(st.sampled_from(["startup", "calibration"])), draw(_amounts), draw(_words))
    if move == "extend":
        return Extended(draw(_budgets))
    if move == "return":
        trial = draw(st.sampled_from(running))
        return Returned(draw(_results(trial, numbers[trial.number])))
    if move == "lost":
        trial = draw(st.sampled_from(running))
        died = draw(st.sampled_from(["", "worker-0"]))
        return Lost(numbers[trial.number], trial.number, trial.attempt, draw(_amounts), draw(_words), died)
    return draw(_decisions(history, move, paused, complete))


@st.composite
def _decisions(
    draw: Callable[[Any], Any], history: History, move: str, paused: list[Trial], complete: list[Trial]
) -> Decision:
    reason = draw(_words)
    action: Action
    if move == "start":
        kind = draw(st.sampled_from(TrialKind))
        more = [
            draw(_words),
            draw(st.integers(0, 2**63 - 1)),
            draw(st.none() | st.just(0)),
            draw(st.none() | st.just(2)),
        ]
        action = Start(draw(_configs), draw(st.sampled_from(LEVELS)), reason, kind, *more)
    elif move == "score":
        action = Score(draw(st.sampled_from(complete)).number, reason)
    elif move == "stop":
        action = Stop(draw(st.sampled_from(paused)).number, reason)
    else:
        trial = draw(st.sampled_from(paused))
        action = Thaw(trial.number, draw(st.sampled_from([x for x in LEVELS if x > trial.examples_seen])), reason)
    known = draw(_metrics) if move == "start" else {}
    return decide(history, action, known)


@st.composite
def _results(draw: Callable[[Any], Any], trial: Trial, number: int) -> SegmentResult:
    assert trial.target is not None
    seen = draw(st.integers(trial.examples_seen, trial.target))
    status = draw(st.sampled_from(SegmentStatus))
    points = st.builds(CurvePoint, st.integers(0, seen), _metrics, _amounts)
    return SegmentResult(
        number,
        trial.number,
        trial.attempt,
        status,
        seen,
        tuple(draw(st.lists(points, max_size=3))),
        draw(_amounts),
        draw(st.dictionaries(st.sampled_from(["attach", "train"]), _amounts)),
        draw(_metrics),
        draw(st.none() | st.binary(max_size=50)),
        draw(st.none() | _metrics),
        draw(st.none() | st.just(b'{"logits": [[1.0, NaN]], "labels": [1]}')),
        draw(_failures) if status is SegmentStatus.FAILED else None,
        draw(_words),
        draw(_amounts),
        draw(_amounts),
    )
