"""How one event changes the tables, within one transaction."""

from __future__ import annotations

import hashlib
import time
import zlib
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from autotune.decision import Decision, Score, Start, Stop, action_to_json
from autotune.errors import AutotuneError
from autotune.history import Charged, Event, Extended, History, Lost, Returned
from autotune.store import tables as t
from autotune.store.encoding import dumps
from autotune.store.files import StoredFile
from autotune.store.leases import taken_over
from autotune.store.reading import SPLIT, trial_of
from autotune.store.sinks import Live, Sink
from autotune.trial import Failure, FailureKind, SegmentResult, Trial, TrialState, config_to_json

_ENDED = (TrialState.COMPLETE, TrialState.STOPPED, TrialState.FAILED)


def record(
    connection: sa.Connection,
    study_id: int,
    event: Event,
    file: StoredFile | None = None,
    token: str | None = None,
    at: float | None = None,
) -> bool:
    """Add an event to a study.

    Args:
        connection: within a transaction that can write.
        study_id: the study.
        event: what happened.
        file: the checkpoint that came with a result.
        token: of the lease that the caller believes to hold.
        at: when it happened, in seconds since the epoch; now when None.

    Returns:
        False, with nothing changed, for the end of a segment that is not under way or of a stale attempt.

    Raises:
        AutotuneError: there is no such study or trial, another process took the study, or the decision exists.
    """
    study = connection.execute(sa.select(t.studies).where(t.studies.c.id == study_id).with_for_update()).one_or_none()
    if study is None:
        raise AutotuneError(f"there is no study number {study_id}", "see: autotune studies list")
    if token is not None and study.lease_token != token:
        raise taken_over(study.name)
    now = time.time() if at is None else at
    if not apply(Live(connection), study, event, now, file):
        return False
    elapsed = max(study.elapsed, event.elapsed) if isinstance(event, Decision) else study.elapsed
    values = {"revision": study.revision + 1, "updated": now, "elapsed": elapsed}
    connection.execute(sa.update(t.studies).where(t.studies.c.id == study_id).values(**values))
    return True


def apply(sink: Sink, study: Any, event: Event, now: float, file: StoredFile | None = None) -> bool:
    """Put the rows of an event where they go; the study's own row is not touched.

    Args:
        sink: of the study's rows.
        study: with its ``id``, ``name``, ``full_examples`` and the ``revision`` before the event.
        event: what happened.
        now: when, in seconds since the epoch.
        file: the checkpoint that came with a result.

    Returns:
        False, with nothing changed, for the end of a segment that is not under way or of a stale attempt.

    Raises:
        AutotuneError: there is no such trial, or the decision exists.
    """
    revision = study.revision + 1
    if isinstance(event, Decision):
        _decided(sink, study, event, revision, now)
    elif isinstance(event, Returned | Lost):
        if not _expected(sink, study.id, event):
            return False
        _ended(sink, study, event, file, revision, now)
    elif isinstance(event, Charged):
        values = {"kind": event.kind, "seconds": event.seconds, "worker": event.worker}
        sink.put(t.charges, [{"study_id": study.id, "revision": revision, **values}])
    elif isinstance(event, Extended):
        sink.put(t.budgets, [{"study_id": study.id, "revision": revision, "budget": asdict(event.budget)}])
    return True


def expected(connection: sa.Connection, study_id: int, event: Returned | Lost) -> bool:
    """Whether the segment of an ending is under way, in its trial's present attempt."""
    return _expected(Live(connection), study_id, event)


def _expected(sink: Sink, study_id: int, event: Returned | Lost) -> bool:
    end = event.result if isinstance(event, Returned) else event
    segment = sink.find(t.segments, {"study_id": study_id, "number": end.number})
    if segment is None or (segment.status, segment.trial, segment.attempt) != ("running", end.trial, end.attempt):
        return False
    trial = sink.find(t.trials, {"study_id": study_id, "number": end.trial})
    return trial is not None and trial.attempt == end.attempt


def _trial(sink: Sink, study: Any, number: int) -> Trial:
    row = sink.find(t.trials, {"study_id": study.id, "number": number})
    if row is None:
        raise AutotuneError(f"study {study.name!r} has no trial {number}", f"see: autotune status {study.name}")
    return trial_of(row)


def _next(study: Any, trial: Trial | None, event: Event, number: int) -> Trial:
    """The trial after the event, by the same rules that every history follows."""
    known = {} if trial is None else {number: trial}
    return History(study.full_examples, trials=known).after(event).trials[number]


def _decided(sink: Sink, study: Any, event: Decision, revision: int, now: float) -> None:
    action, key = event.action, {"study_id": study.id}
    if sink.find(t.decisions, {**key, "number": event.number}) is not None:
        raise AutotuneError(
            f"decision {event.number} of study {study.name!r} has been made already: another process runs the study",
            f"see: autotune status {study.name}",
        )
    before = None if isinstance(action, Start) else _trial(sink, study, action.trial)
    after = _next(study, before, event, event.trial)
    if isinstance(action, Start):
        _insert_trial(sink, study, after, now)
    else:
        _update_trial(sink, study, after, now)
    row = {
        **key,
        "number": event.number,
        "revision": revision,
        "seen_revision": event.revision,
        "elapsed": event.elapsed,
        "trial": event.trial,
        "attempt": event.attempt,
        "action": action_to_json(action),
        "known": dict(event.known),
        "reason": action.reason,
        "made_at": now,
    }
    sink.put(t.decisions, [row])
    if isinstance(action, Stop):
        return
    _open_attempt(sink, study, event.trial, event.attempt, now)
    row = {
        **key,
        "number": event.number,
        "trial": event.trial,
        "attempt": event.attempt,
        "purpose": "score" if isinstance(action, Score) else "train",
        "start_examples": after.examples_seen,
        "end_examples": after.examples_seen if isinstance(action, Score) else action.end,
        "status": "running",
        "submitted_at": now,
    }
    sink.put(t.segments, [row])


def _ended(sink: Sink, study: Any, event: Returned | Lost, file: StoredFile | None, revision: int, now: float) -> None:
    end = event.result if isinstance(event, Returned) else event
    after = _next(study, _trial(sink, study, end.trial), event, end.trial)
    _update_trial(sink, study, after, now)
    values: dict[str, Any] = {"revision": revision, "device_seconds": end.device_seconds}
    if isinstance(event, Returned):
        values |= _result_values(event.result)
        _insert_points(sink, study, event.result)
        _insert_predictions(sink, study, event.result)
        failure = event.result.failure
    else:
        values |= {"status": "lost", "ended_at": now, "worker": event.worker}
        failure = Failure(FailureKind.LOST, event.message)
        if event.worker:
            _close_attempt(sink, study, end.trial, end.attempt, "lost", now)
    sink.change(t.segments, {"study_id": study.id, "number": end.number}, values)
    of_segment = {"study_id": study.id, "segment": end.number, "trial": end.trial, "attempt": end.attempt}
    if failure is not None:
        what = {"kind": failure.kind.value, "message": failure.message, "traceback": failure.traceback}
        sink.put(t.failures, [{**of_segment, **what, "at": now}])
    if file is not None and isinstance(event, Returned):
        sink.drop(t.checkpoints, {"study_id": study.id, "trial": end.trial})  # the older one
        row = {**of_segment, **vars(file), "examples": event.result.examples_seen, "created": now}
        sink.put(t.checkpoints, [row])


def _result_values(result: SegmentResult) -> dict[str, Any]:
    return {
        "status": result.status.value,
        "examples_seen": result.examples_seen,
        "seconds_by_kind": dict(result.seconds_by_kind),
        "measured": dict(result.measured),
        "held_out": None if result.held_out is None else dict(result.held_out),
        "worker": result.worker,
        "started_at": result.started_at,
        "ended_at": result.ended_at,
    }


def _insert_points(sink: Sink, study: Any, result: SegmentResult) -> None:
    key = {"study_id": study.id, "segment": result.number, "trial": result.trial, "attempt": result.attempt}
    rows = [
        {**key, "position": i, "examples": p.examples, "seconds": p.seconds, "metrics": dict(p.metrics)}
        for i, p in enumerate(result.curve)
    ]
    sink.put(t.curve_points, rows)


def _insert_predictions(sink: Sink, study: Any, result: SegmentResult) -> None:
    if result.predictions is None:
        return
    key = {"study_id": study.id, "trial": result.trial, "split": SPLIT}
    sink.drop(t.predictions, key)
    sink.put(t.predictions, [{**key, "segment": result.number, "data": zlib.compress(result.predictions)}])


def _changing(trial: Trial) -> dict[str, Any]:
    """What events change in a trial's row."""
    return {
        "state": trial.state.value,
        "attempt": trial.attempt,
        "examples_seen": trial.examples_seen,
        "target": trial.target,
        "measured": dict(trial.measured),
        "held_out": None if trial.held_out is None else dict(trial.held_out),
        "device_seconds": trial.device_seconds,
        "failure_kind": None if trial.failure is None else trial.failure.kind.value,
    }


def _insert_trial(sink: Sink, study: Any, trial: Trial, now: float) -> None:
    if sink.find(t.trials, {"study_id": study.id, "number": trial.number}) is not None:
        raise AutotuneError(
            f"study {study.name!r} has a trial {trial.number} already", f"see: autotune status {study.name}"
        )
    config = config_to_json(trial.config)
    row = {
        "study_id": study.id,
        "number": trial.number,
        "config": config,
        "config_digest": hashlib.sha256(dumps(dict(sorted(config.items()))).encode()).hexdigest(),
        "kind": trial.kind.value,
        "label": trial.label,
        "repeat_of": trial.repeat_of,
        "seed": trial.seed,
        "bracket": trial.bracket,
        "known": dict(trial.known),
        "created": now,
        "updated": now,
        **_changing(trial),
    }
    sink.put(t.trials, [row])


def _update_trial(sink: Sink, study: Any, trial: Trial, now: float) -> None:
    sink.change(t.trials, {"study_id": study.id, "number": trial.number}, {"updated": now, **_changing(trial)})
    if trial.state in _ENDED:
        _close_attempt(sink, study, trial.number, trial.attempt, trial.state.value, now)


def _open_attempt(sink: Sink, study: Any, trial: int, attempt: int, now: float) -> None:
    key = {"study_id": study.id, "trial": trial, "number": attempt}
    if sink.find(t.attempts, key) is None:
        sink.put(t.attempts, [{**key, "started": now}])


def _close_attempt(sink: Sink, study: Any, trial: int, attempt: int, how: str, now: float) -> None:
    key = {"study_id": study.id, "trial": trial, "number": attempt}
    sink.change(t.attempts, key, {"ended": now, "how": how}, unset="ended")
