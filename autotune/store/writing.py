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
    revision, now = study.revision + 1, time.time() if at is None else at
    if isinstance(event, Decision):
        _decided(connection, study, event, revision, now)
    elif isinstance(event, Returned | Lost):
        if not expected(connection, study_id, event):
            return False
        _ended(connection, study, event, file, revision, now)
    elif isinstance(event, Charged):
        values = {"kind": event.kind, "seconds": event.seconds, "worker": event.worker}
        connection.execute(sa.insert(t.charges), {"study_id": study_id, "revision": revision, **values})
    elif isinstance(event, Extended):
        row = {"study_id": study_id, "revision": revision, "budget": asdict(event.budget)}
        connection.execute(sa.insert(t.budgets), row)
    elapsed = max(study.elapsed, event.elapsed) if isinstance(event, Decision) else study.elapsed
    connection.execute(
        sa.update(t.studies).where(t.studies.c.id == study_id).values(revision=revision, updated=now, elapsed=elapsed)
    )
    return True


def expected(connection: sa.Connection, study_id: int, event: Returned | Lost) -> bool:
    """Whether the segment of an ending is under way, in its trial's present attempt."""
    end = event.result if isinstance(event, Returned) else event
    s, trial = t.segments.c, t.trials.c
    found = connection.execute(
        sa.select(s.number)
        .join(t.trials, (trial.study_id == s.study_id) & (trial.number == s.trial))
        .where(s.study_id == study_id, s.number == end.number, s.status == "running", s.trial == end.trial)
        .where(s.attempt == end.attempt, trial.attempt == end.attempt)
    )
    return found.one_or_none() is not None


def _trial(connection: sa.Connection, study: Any, number: int) -> Trial:
    found = (t.trials.c.study_id == study.id) & (t.trials.c.number == number)
    row = connection.execute(sa.select(t.trials).where(found)).one_or_none()
    if row is None:
        raise AutotuneError(f"study {study.name!r} has no trial {number}", f"see: autotune status {study.name}")
    return trial_of(row)


def _next(study: Any, trial: Trial | None, event: Event, number: int) -> Trial:
    """The trial after the event, by the same rules that every history follows."""
    known = {} if trial is None else {number: trial}
    return History(study.full_examples, trials=known).after(event).trials[number]


def _decided(connection: sa.Connection, study: Any, event: Decision, revision: int, now: float) -> None:
    action, key = event.action, {"study_id": study.id}
    exists = (t.decisions.c.study_id == study.id) & (t.decisions.c.number == event.number)
    if connection.execute(sa.select(t.decisions.c.number).where(exists)).one_or_none() is not None:
        raise AutotuneError(
            f"decision {event.number} of study {study.name!r} has been made already: another process runs the study",
            f"see: autotune status {study.name}",
        )
    before = None if isinstance(action, Start) else _trial(connection, study, action.trial)
    after = _next(study, before, event, event.trial)
    if isinstance(action, Start):
        _insert_trial(connection, study, after, now)
    else:
        _update_trial(connection, study, after, now)
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
    connection.execute(sa.insert(t.decisions), row)
    if isinstance(action, Stop):
        return
    _open_attempt(connection, study, event.trial, event.attempt, now)
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
    connection.execute(sa.insert(t.segments), row)


def _ended(
    connection: sa.Connection, study: Any, event: Returned | Lost, file: StoredFile | None, revision: int, now: float
) -> None:
    end = event.result if isinstance(event, Returned) else event
    after = _next(study, _trial(connection, study, end.trial), event, end.trial)
    _update_trial(connection, study, after, now)
    values: dict[str, Any] = {"revision": revision, "device_seconds": end.device_seconds}
    if isinstance(event, Returned):
        values |= _result_values(event.result)
        _insert_points(connection, study, event.result)
        _insert_predictions(connection, study, event.result)
        failure = event.result.failure
    else:
        values |= {"status": "lost", "ended_at": now, "worker": event.worker}
        failure = Failure(FailureKind.LOST, event.message)
        if event.worker:
            _close_attempt(connection, study, end.trial, end.attempt, "lost", now)
    segment = (t.segments.c.study_id == study.id) & (t.segments.c.number == end.number)
    connection.execute(sa.update(t.segments).where(segment).values(**values))
    of_segment = {"study_id": study.id, "segment": end.number, "trial": end.trial, "attempt": end.attempt}
    if failure is not None:
        what = {"kind": failure.kind.value, "message": failure.message, "traceback": failure.traceback}
        connection.execute(sa.insert(t.failures), {**of_segment, **what, "at": now})
    if file is not None and isinstance(event, Returned):
        older = (t.checkpoints.c.study_id == study.id) & (t.checkpoints.c.trial == end.trial)
        connection.execute(sa.delete(t.checkpoints).where(older))
        row = {**of_segment, **vars(file), "examples": event.result.examples_seen, "created": now}
        connection.execute(sa.insert(t.checkpoints), row)


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


def _insert_points(connection: sa.Connection, study: Any, result: SegmentResult) -> None:
    key = {"study_id": study.id, "segment": result.number, "trial": result.trial, "attempt": result.attempt}
    rows = [
        {**key, "position": i, "examples": p.examples, "seconds": p.seconds, "metrics": dict(p.metrics)}
        for i, p in enumerate(result.curve)
    ]
    if rows:
        connection.execute(sa.insert(t.curve_points), rows)


def _insert_predictions(connection: sa.Connection, study: Any, result: SegmentResult) -> None:
    if result.predictions is None:
        return
    key = {"study_id": study.id, "trial": result.trial, "split": SPLIT}
    old = sa.and_(*(t.predictions.c[k] == v for k, v in key.items()))
    connection.execute(sa.delete(t.predictions).where(old))
    row = {**key, "segment": result.number, "data": zlib.compress(result.predictions)}
    connection.execute(sa.insert(t.predictions), row)


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


def _insert_trial(connection: sa.Connection, study: Any, trial: Trial, now: float) -> None:
    found = (t.trials.c.study_id == study.id) & (t.trials.c.number == trial.number)
    if connection.execute(sa.select(t.trials.c.number).where(found)).one_or_none() is not None:
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
    connection.execute(sa.insert(t.trials), row)


def _update_trial(connection: sa.Connection, study: Any, trial: Trial, now: float) -> None:
    found = (t.trials.c.study_id == study.id) & (t.trials.c.number == trial.number)
    connection.execute(sa.update(t.trials).where(found).values(updated=now, **_changing(trial)))
    if trial.state in _ENDED:
        _close_attempt(connection, study, trial.number, trial.attempt, trial.state.value, now)


def _open_attempt(connection: sa.Connection, study: Any, trial: int, attempt: int, now: float) -> None:
    a = t.attempts.c
    known = (a.study_id == study.id) & (a.trial == trial) & (a.number == attempt)
    if connection.execute(sa.select(a.number).where(known)).one_or_none() is None:
        row = {"study_id": study.id, "trial": trial, "number": attempt, "started": now}
        connection.execute(sa.insert(t.attempts), row)


def _close_attempt(connection: sa.Connection, study: Any, trial: int, attempt: int, how: str, now: float) -> None:
    a = t.attempts.c
    still_open = (a.study_id == study.id) & (a.trial == trial) & (a.number == attempt) & a.ended.is_(None)
    connection.execute(sa.update(t.attempts).where(still_open).values(ended=now, how=how))
