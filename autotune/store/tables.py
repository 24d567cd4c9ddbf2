"""The tables of the study store.

Every table but ``studies`` is keyed by the study's id first. ``revision`` counts the events of a study from 1: each
event is one row of ``decisions``, ``segments`` (its end), ``charges`` or ``budgets``; the four together, by
revision, are the study's history. ``trials``, ``attempts`` and ``checkpoints`` say what follows from it. Times are
seconds since the epoch.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from autotune.store.encoding import Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_json = JSON(none_as_null=True)


def _study() -> Column[int]:
    return Column("study_id", Integer, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True)


def _of_trial() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["study_id", "trial"], ["trials.study_id", "trials.number"], ondelete="CASCADE")


def _of_segment() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["study_id", "segment"], ["segments.study_id", "segments.number"], ondelete="CASCADE")


studies = Table(
    "studies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("status", String(20), nullable=False),
    Column("message", Words, nullable=False),
    Column("spec", _json, nullable=False),
    Column("space_digest", String(64), nullable=False),
    Column("model_facts", _json),
    Column("task_facts", _json),
    Column("calibration", _json),
    Column("full_examples", BigInteger, nullable=False),
    Column("levels", _json, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("environment", _json, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("elapsed", Double, nullable=False),
    Column("stop_requested", Boolean, nullable=False),
    Column("heartbeat", Double),
    Column("lease_token", String(32)),
    Column("lease_pid", Integer),
    Column("lease_process_started", Double),
    Column("lease_host", String(255)),
    Column("lease_machine", String(255)),
    Column("lease_expires", Double),
    sqlite_autoincrement=True,  # a deleted study's number, and with it its checkpoint folder, is never given again
)

trials = Table(
    "trials",
    metadata,
    _study(),
    Column("number", Integer, primary_key=True),
    Column("config", _json, nullable=False),
    Column("config_digest", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("label", Words, nullable=False),
    Column("repeat_of", Integer),
    Column("seed", BigInteger, nullable=False),
    Column("bracket", Integer),
    Column("state", String(20), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("examples_seen", BigInteger, nullable=False),
    Column("target", BigInteger),
    Column("known", _json, nullable=False),
    Column("measured", _json, nullable=False),
    Column("held_out", _json),
    Column("device_seconds", Double, nullable=False),
    Column("failure_kind", String(20)),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Index(None, "study_id", "state"),
)

attempts = Table(
    "attempts",
    metadata,
    _study(),
    Column("trial", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started", Double, nullable=False),
    Column("ended", Double),
    Column("how", String(20)),
    _of_trial(),
)

decisions = Table(
    "decisions",
    metadata,
    _study(),
    Column("number", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("seen_revision", Integer, nullable=False),
    Column("elapsed", Double, nullable=False),
    Column("trial", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("action", _json, nullable=False),
    Column("known", _json, nullable=False),
    Column("reason", Words, nullable=False),
    Column("made_at", Double, nullable=False),
    UniqueConstraint("study_id", "revision"),
    _of_trial(),
)

segments = Table(
    "segments",
    metadata,
    _study(),
    Column("number", Integer, primary_key=True),
    Column("revision", Integer),
    Column("trial", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("start_examples", BigInteger, nullable=False),
    Column("end_examples", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
    Column("examples_seen", BigInteger),
    Column("device_seconds", Double),
    Column("seconds_by_kind", _json),
    Column("measured", _json),
    Column("held_out", _json),
    Column("worker", Words),
    Column("submitted_at", Double, nullable=False),
    Column("last_alive_at", Double),
    Column("started_at", Double),
    Column("ended_at", Double),
    UniqueConstraint("study_id", "revision"),
    Index(None, "study_id", "status"),
    _of_trial(),
)

curve_points = Table(
    "curve_points",
    metadata,
    _study(),
    Column("segment", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("trial", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("examples", BigInteger, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("metrics", _json, nullable=False),
    Index(None, "study_id", "trial"),
    _of_segment(),
)

failures = Table(
    "failures",
    metadata,
    _study(),
    Column("segment", Integer, primary_key=True),
    Column("trial", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("message", Words, nullable=False),
    Column("traceback", Words, nullable=False),
    Column("at", Double, nullable=False),
    _of_segment(),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    _study(),
    Column("segment", Integer, primary_key=True),
    Column("trial", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("examples", BigInteger, nullable=False),
    Column("path", Words, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created", Double, nullable=False),
    Index(None, "study_id", "trial"),
    _of_segment(),
)

predictions = Table(
    "predictions",
    metadata,
    _study(),
    Column("trial", Integer, primary_key=True),
    Column("split", String(100), primary_key=True),
    Column("segment", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),  # JSON, compressed by zlib
    _of_trial(),
)

charges = Table(
    "charges",
    metadata,
    _study(),
    Column("revision", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("seconds", Double, nullable=False),
    Column("worker", Words, nullable=False),
)

budgets = Table(
    "budgets",
    metadata,
    _study(),
    Column("revision", Integer, primary_key=True),
    Column("budget", _json, nullable=False),
)
