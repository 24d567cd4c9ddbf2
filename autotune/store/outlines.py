"""How a study stands, added up by the database."""

from __future__ import annotations

import sqlalchemy as sa

from autotune.budget import Budget
from autotune.history import History
from autotune.store import tables as t
from autotune.store.reading import trial_of
from autotune.trial import Trial, TrialKind, TrialState

_ORDER = ("startup", "calibration", "control", "search", "repeat", "score")


def read_outline(connection: sa.Connection, study_id: int) -> History:
    """The study's history without what only those who decide need; see ``Store.outline``."""
    study = connection.execute(sa.select(t.studies).where(t.studies.c.id == study_id)).one()
    b = t.budgets.c
    newest = sa.select(b.budget).where(b.study_id == study_id).order_by(b.revision.desc()).limit(1)
    budget = connection.execute(newest).scalar_one_or_none()
    decided = sa.select(sa.func.count()).where(t.decisions.c.study_id == study_id)
    return History(
        study.full_examples,
        Budget(**budget) if budget else Budget(),
        _trials(connection, study_id),
        _spent(connection, study_id),
        study.revision,
        connection.execute(decided).scalar_one(),
        elapsed=study.elapsed,
    )


def _trials(connection: sa.Connection, study_id: int) -> dict[int, Trial]:
    c = t.trials.c
    plain = sa.select(c.number, c.kind, c.state, c.attempt, c.examples_seen, c.device_seconds, c.bracket)
    found = {
        number: Trial(
            number,
            {},
            TrialKind(kind),
            state=TrialState(state),
            attempt=attempt,
            examples_seen=seen,
            device_seconds=seconds,
            bracket=bracket,
        )
        for number, kind, state, attempt, seen, seconds, bracket in connection.execute(
            plain.where(c.study_id == study_id).order_by(c.number)
        )
    }
    running = sa.select(t.trials).where(c.study_id == study_id, c.target.is_not(None))
    return found | {row.number: trial_of(row) for row in connection.execute(running)}


def _spent(connection: sa.Connection, study_id: int) -> dict[str, float]:
    """Device seconds by kind, as ``History.spent``."""
    charges, s, c = t.charges.c, t.segments.c, t.trials.c
    outside = sa.select(charges.kind, sa.func.sum(charges.seconds)).where(charges.study_id == study_id)
    kind = sa.case((s.purpose == "score", "score"), else_=c.kind).label("use")
    within = (
        sa.select(kind, sa.func.sum(s.device_seconds))
        .join(t.trials, (c.study_id == s.study_id) & (c.number == s.trial))
        .where(s.study_id == study_id, s.revision.is_not(None))
    )
    rows = [
        *connection.execute(outside.group_by(charges.kind)),
        *connection.execute(within.group_by(kind)),
    ]
    return {name: float(seconds) for name, seconds in sorted(rows, key=lambda row: _ORDER.index(row[0]))}
