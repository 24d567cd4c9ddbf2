"""How the tables become plain types again: by plain selects, quick enough for 10,000 trials."""

from __future__ import annotations

import json
import time
import zlib
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from autotune.budget import Budget
from autotune.decision import Decision, action_from_json
from autotune.errors import AutotuneError
from autotune.history import Charged, Event, Extended, History, Lost, Returned
from autotune.store import tables as t
from autotune.store.encoding import loads
from autotune.store.leases import alive
from autotune.store.rows import (
    CheckpointRow,
    DecisionRow,
    FailureRow,
    RunningSegment,
    SegmentRow,
    StudyRow,
    StudyStatus,
)
from autotune.trial import (
    CurvePoint,
    Failure,
    FailureKind,
    SegmentResult,
    SegmentStatus,
    Trial,
    TrialKind,
    TrialState,
    config_from_json,
)

SPLIT = "held_out"
"""The name under which a worker's predictions are kept."""


def read_studies(connection: sa.Connection, name: str | None = None) -> list[StudyRow]:
    """All studies, or the one of that name, oldest first."""
    query = sa.select(t.studies).order_by(t.studies.c.id)
    count = sa.select(t.trials.c.study_id, t.trials.c.state, sa.func.count()).group_by(*t.trials.c["study_id", "state"])
    if name is not None:
        query = query.where(t.studies.c.name == name)
        count = count.where(t.trials.c.study_id.in_(sa.select(t.studies.c.id).where(t.studies.c.name == name)))
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for study_id, state, number in connection.execute(count):
        counts[study_id][state] = number
    now = time.time()
    return [_study_row(row, counts[row.id], now) for row in connection.execute(query)]


def _study_row(row: Any, counts: dict[str, int], now: float) -> StudyRow:
    facts = {"model": row.model_facts, "task": row.task_facts, "calibration": row.calibration}
    return StudyRow(
        id=row.id,
        name=row.name,
        status=StudyStatus(row.status),
        message=row.message,
        spec=row.spec,
        facts={k: v for k, v in facts.items() if v is not None},
        levels=tuple(row.levels),
        full=row.full_examples,
        seed=row.seed,
        environment=row.environment,
        space_digest=row.space_digest,
        created=row.created,
        updated=row.updated,
        revision=row.revision,
        elapsed=row.elapsed,
        stop_requested=row.stop_requested,
        counts=counts,
        heartbeat=row.heartbeat,
        pid=row.lease_pid,
        host=row.lease_host,
        alive=alive(row, now),
    )


def trial_of(row: Any) -> Trial:
    """The trial of a row, without its curve; of its failure only the kind is known."""
    return Trial(
        number=row.number,
        config=config_from_json(row.config),
        kind=TrialKind(row.kind),
        label=row.label,
        repeat_of=row.repeat_of,
        seed=row.seed,
        bracket=row.bracket,
        state=TrialState(row.state),
        attempt=row.attempt,
        examples_seen=row.examples_seen,
        target=row.target,
        known=row.known,
        measured=row.measured,
        held_out=row.held_out,
        device_seconds=row.device_seconds,
        failure=None if row.failure_kind is None else Failure(FailureKind(row.failure_kind), ""),
    )


def read_events(
    connection: sa.Connection, study_id: int, after: int = 0, *, curves: bool = True
) -> list[tuple[int, Event]]:
    """The study's history as events with their revisions, in order; checkpoints and predictions left out.

    Args:
        connection: to read through.
        study_id: the study.
        after: only events of a later revision.
        curves: with the curves of the results, by far the largest part.
    """
    points = _curves(connection, study_id, after) if curves else {}
    events: list[tuple[int, Event]] = _decisions(connection, study_id, after) + _endings(
        connection, study_id, after, points
    )
    for table, make in ((t.charges, _charge), (t.budgets, _budget)):
        query = sa.select(table).where(table.c.study_id == study_id, table.c.revision > after)
        events += [(r.revision, make(r)) for r in connection.execute(query)]
    return sorted(events, key=lambda e: e[0])


def read_history(connection: sa.Connection, study_id: int) -> History:
    """The study's history: its events, one after another.

    Raises:
        AutotuneError: there is no such study.
    """
    query = sa.select(t.studies.c.full_examples).where(t.studies.c.id == study_id)
    full = connection.execute(query).scalar_one_or_none()
    if full is None:
        raise AutotuneError(f"there is no study number {study_id}", "see: autotune studies list")
    return History(full).after_all(event for _, event in read_events(connection, study_id))


def _charge(row: Any) -> Event:
    return Charged(row.kind, row.seconds, row.worker)


def _budget(row: Any) -> Event:
    return Extended(Budget(**row.budget))


def _decisions(connection: sa.Connection, study_id: int, after: int) -> list[tuple[int, Event]]:
    query = sa.select(t.decisions).where(t.decisions.c.study_id == study_id, t.decisions.c.revision > after)
    return [
        (
            r.revision,
            Decision(r.number, r.seen_revision, r.elapsed, action_from_json(r.action), r.trial, r.attempt, r.known),
        )
        for r in connection.execute(query)
    ]


def _endings(
    connection: sa.Connection, study_id: int, after: int, curves: Mapping[int, list[CurvePoint]]
) -> list[tuple[int, Event]]:
    ended = (t.segments.c.study_id == study_id) & (t.segments.c.revision > after)  # NULL while it runs
    query = sa.select(t.failures).where(t.failures.c.study_id == study_id)
    if after:
        query = query.where(t.failures.c.segment.in_(sa.select(t.segments.c.number).where(ended)))
    failed = {r.segment: Failure(FailureKind(r.kind), r.message, r.traceback) for r in connection.execute(query)}
    events: list[tuple[int, Event]] = []
    for r in connection.execute(sa.select(t.segments).where(ended)):
        failure = failed.get(r.number)
        if r.status == "lost":
            message = failure.message if failure else ""
            events.append((r.revision, Lost(r.number, r.trial, r.attempt, r.device_seconds, message, r.worker or "")))
            continue
        result = SegmentResult(
            number=r.number,
            trial=r.trial,
            attempt=r.attempt,
            status=SegmentStatus(r.status),
            examples_seen=r.examples_seen,
            curve=tuple(curves.get(r.number, ())),
            device_seconds=r.device_seconds,
            seconds_by_kind=r.seconds_by_kind,
            measured=r.measured,
            held_out=r.held_out,
            failure=failure,
            worker=r.worker,
            started_at=r.started_at,
            ended_at=r.ended_at,
        )
        events.append((r.revision, Returned(result)))
    return events


def _curves(connection: sa.Connection, study_id: int, after: int) -> dict[int, list[CurvePoint]]:
    c, s = t.curve_points.c, t.segments.c
    text = sa.cast(c.metrics, sa.Text)  # by far the most JSON of a study: parsed in one go
    query = sa.select(c.segment, c.examples, text, c.seconds).where(c.study_id == study_id)
    if after:
        query = query.where(c.segment.in_(sa.select(s.number).where(s.study_id == study_id, s.revision > after)))
    curves: dict[int, list[CurvePoint]] = defaultdict(list)
    rows = connection.execute(query.order_by(c.segment, c.position)).all()
    told = loads(f"[{','.join(row[2] for row in rows)}]")
    for (segment, examples, _, seconds), metrics in zip(rows, told, strict=True):
        curves[segment].append(CurvePoint(examples, metrics, seconds))
    return curves


def read_curve(connection: sa.Connection, study_id: int, trial: int) -> list[CurvePoint]:
    """The curve of one trial."""
    c = t.curve_points.c
    query = sa.select(c.examples, c.metrics, c.seconds).where(c.study_id == study_id, c.trial == trial)
    return [CurvePoint(*row) for row in connection.execute(query.order_by(c.segment, c.position))]


def read_last_points(connection: sa.Connection, study_id: int) -> dict[int, CurvePoint]:
    """The last point of each trial's curve, by trial."""
    c = t.curve_points.c
    place = c.segment * 1_000_000 + c.position  # no segment has as many points
    last = sa.select(sa.func.max(place)).where(c.study_id == study_id).group_by(c.trial)
    query = sa.select(c.trial, c.examples, c.metrics, c.seconds).where(c.study_id == study_id, place.in_(last))
    return {trial: CurvePoint(*rest) for trial, *rest in connection.execute(query)}


def read_trials(connection: sa.Connection, study_id: int) -> list[Trial]:
    """The study's trials without their curves, by number."""
    query = sa.select(t.trials).where(t.trials.c.study_id == study_id).order_by(t.trials.c.number)
    return [trial_of(row) for row in connection.execute(query)]


def read_segments(connection: sa.Connection, study_id: int) -> list[SegmentRow]:
    """The study's segments, by number."""
    renamed = {"start": "start_examples", "end": "end_examples"}  # words that SQL keeps for itself
    columns = [t.segments.c[renamed.get(name, name)].label(name) for name in SegmentRow.__dataclass_fields__]
    query = sa.select(*columns).where(t.segments.c.study_id == study_id).order_by(t.segments.c.number)
    rows = (row._asdict() for row in connection.execute(query))
    return [
        SegmentRow(**{**r, "seconds_by_kind": r["seconds_by_kind"] or {}, "worker": r["worker"] or ""}) for r in rows
    ]


def read_running(connection: sa.Connection, study_id: int) -> list[RunningSegment]:
    """The study's segments without an end, by number."""
    s = t.segments.c
    heartbeat = sa.func.coalesce(s.last_alive_at, t.studies.c.heartbeat).label("heartbeat")
    spans = (s.start_examples.label("start"), s.end_examples.label("end"))
    query = sa.select(*s["number", "trial", "attempt", "purpose", "submitted_at"], *spans, heartbeat).join(
        t.studies, t.studies.c.id == s.study_id
    )
    query = query.where(s.study_id == study_id, s.status == "running").order_by(s.number)
    return [RunningSegment(**row._asdict()) for row in connection.execute(query)]


def read_decisions(connection: sa.Connection, study_id: int, reason: str = "") -> list[DecisionRow]:
    """The study's decisions with their reasons, by number; those whose reason begins so."""
    names = list(DecisionRow.__dataclass_fields__)
    query = sa.select(*t.decisions.c[*names]).where(t.decisions.c.study_id == study_id).order_by(t.decisions.c.number)
    if reason:
        query = query.where(t.decisions.c.reason.startswith(reason, autoescape=True))
    rows = (row._asdict() for row in connection.execute(query))
    return [DecisionRow(**{**r, "action": action_from_json(r["action"])}) for r in rows]


def read_failures(connection: sa.Connection, study_id: int) -> list[FailureRow]:
    """The study's failures, in order."""
    names = list(FailureRow.__dataclass_fields__)
    query = sa.select(*t.failures.c[*names]).where(t.failures.c.study_id == study_id)
    return [FailureRow(**r._asdict()) for r in connection.execute(query.order_by(t.failures.c.segment))]


def read_checkpoints(connection: sa.Connection, study_id: int | None = None) -> list[CheckpointRow]:
    """The checkpoints of a study, or of all."""
    names = list(CheckpointRow.__dataclass_fields__)
    query = sa.select(*t.checkpoints.c[*names]).order_by(t.checkpoints.c.study_id, t.checkpoints.c.segment)
    if study_id is not None:
        query = query.where(t.checkpoints.c.study_id == study_id)
    return [CheckpointRow(**r._asdict()) for r in connection.execute(query)]


def usable_checkpoint(connection: sa.Connection, study_id: int, trial: int) -> CheckpointRow | None:
    """The checkpoint from which a trial can go on: the one at the examples it has seen."""
    c = t.checkpoints.c
    names = list(CheckpointRow.__dataclass_fields__)
    query = sa.select(*c[*names]).join(t.trials, (t.trials.c.study_id == c.study_id) & (t.trials.c.number == c.trial))
    query = query.where(c.study_id == study_id, c.trial == trial, c.examples == t.trials.c.examples_seen)
    row = connection.execute(query.order_by(c.segment.desc())).first()
    return None if row is None else CheckpointRow(**row._asdict())


def read_predictions(connection: sa.Connection, study_id: int, trial: int) -> dict[str, Any] | None:
    """A trial's held-out predictions, as the worker sent them."""
    p = t.predictions.c
    query = sa.select(p.data).where(p.study_id == study_id, p.trial == trial, p.split == SPLIT)
    data = connection.execute(query).scalar_one_or_none()
    return None if data is None else dict(json.loads(zlib.decompress(data)))
