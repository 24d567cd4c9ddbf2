"""The first schema: studies with everything that belongs to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _json() -> sa.JSON:
    return sa.JSON(none_as_null=True)


def _study_id(table: str) -> list[sa.Column[int] | sa.ForeignKeyConstraint]:
    return [
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=f"fk_{table}_study_id", ondelete="CASCADE"),
    ]


def _to_trial(table: str) -> sa.ForeignKeyConstraint:
    columns = ["trials.study_id", "trials.number"]
    return sa.ForeignKeyConstraint(
        ["study_id", "trial"], columns, name=f"fk_{table}_study_id_trial", ondelete="CASCADE"
    )


def _to_segment(table: str) -> sa.ForeignKeyConstraint:
    columns = ["segments.study_id", "segments.number"]
    return sa.ForeignKeyConstraint(
        ["study_id", "segment"], columns, name=f"fk_{table}_study_id_segment", ondelete="CASCADE"
    )


def upgrade() -> None:
    """Create all tables."""
    _create_studies()
    _create_trials()
    _create_decisions()
    _create_segments()
    _create_what_segments_leave()
    _create_charges()


def downgrade() -> None:
    """Drop all tables."""
    names = "budgets charges predictions checkpoints failures curve_points segments decisions attempts trials studies"
    for name in names.split():
        op.drop_table(name)


def _create_studies() -> None:
    op.create_table(
        "studies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("spec", _json(), nullable=False),
        sa.Column("space_digest", sa.String(64), nullable=False),
        sa.Column("model_facts", _json()),
        sa.Column("task_facts", _json()),
        sa.Column("calibration", _json()),
        sa.Column("full_examples", sa.BigInteger(), nullable=False),
        sa.Column("levels", _json(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("environment", _json(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("elapsed", sa.Double(), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.Column("heartbeat", sa.Double()),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_pid", sa.Integer()),
        sa.Column("lease_process_started", sa.Double()),
        sa.Column("lease_host", sa.String(255)),
        sa.Column("lease_machine", sa.String(255)),
        sa.Column("lease_expires", sa.Double()),
        sa.PrimaryKeyConstraint("id", name="pk_studies"),
        sa.UniqueConstraint("name", name="uq_studies_name"),
        sqlite_autoincrement=True,
    )


def _create_trials() -> None:
    op.create_table(
        "trials",
        *_study_id("trials"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("config", _json(), nullable=False),
        sa.Column("config_digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("repeat_of", sa.Integer()),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("bracket", sa.Integer()),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("examples_seen", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.BigInteger()),
        sa.Column("known", _json(), nullable=False),
        sa.Column("measured", _json(), nullable=False),
        sa.Column("held_out", _json()),
        sa.Column("device_seconds", sa.Double(), nullable=False),
        sa.Column("failure_kind", sa.String(20)),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", "number", name="pk_trials"),
    )
    op.create_index("ix_trials_study_id_state", "trials", ["study_id", "state"])
    op.create_table(
        "attempts",
        *_study_id("attempts"),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("ended", sa.Double()),
        sa.Column("how", sa.String(20)),
        sa.PrimaryKeyConstraint("study_id", "trial", "number", name="pk_attempts"),
        _to_trial("attempts"),
    )


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        *_study_id("decisions"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seen_revision", sa.Integer(), nullable=False),
        sa.Column("elapsed", sa.Double(), nullable=False),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("action", _json(), nullable=False),
        sa.Column("known", _json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", "number", name="pk_decisions"),
        sa.UniqueConstraint("study_id", "revision", name="uq_decisions_study_id_revision"),
        _to_trial("decisions"),
    )


def _create_segments() -> None:
    op.create_table(
        "segments",
        *_study_id("segments"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer()),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("start_examples", sa.BigInteger(), nullable=False),
        sa.Column("end_examples", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("examples_seen", sa.BigInteger()),
        sa.Column("device_seconds", sa.Double()),
        sa.Column("seconds_by_kind", _json()),
        sa.Column("measured", _json()),
        sa.Column("held_out", _json()),
        sa.Column("worker", sa.Text()),
        sa.Column("submitted_at", sa.Double(), nullable=False),
        sa.Column("last_alive_at", sa.Double()),
        sa.Column("started_at", sa.Double()),
        sa.Column("ended_at", sa.Double()),
        sa.PrimaryKeyConstraint("study_id", "number", name="pk_segments"),
        sa.UniqueConstraint("study_id", "revision", name="uq_segments_study_id_revision"),
        _to_trial("segments"),
    )
    op.create_index("ix_segments_study_id_status", "segments", ["study_id", "status"])


def _create_what_segments_leave() -> None:
    op.create_table(
        "curve_points",
        *_study_id("curve_points"),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("examples", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("metrics", _json(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", "segment", "position", name="pk_curve_points"),
        _to_segment("curve_points"),
    )
    op.create_index("ix_curve_points_study_id_trial", "curve_points", ["study_id", "trial"])
    op.create_table(
        "failures",
        *_study_id("failures"),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("traceback", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", "segment", name="pk_failures"),
        _to_segment("failures"),
    )
    op.create_table(
        "checkpoints",
        *_study_id("checkpoints"),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("examples", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", "segment", name="pk_checkpoints"),
        _to_segment("checkpoints"),
    )
    op.create_index("ix_checkpoints_study_id_trial", "checkpoints", ["study_id", "trial"])
    op.create_table(
        "predictions",
        *_study_id("predictions"),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("split", sa.String(100), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", "trial", "split", name="pk_predictions"),
        _to_trial("predictions"),
    )


def _create_charges() -> None:
    op.create_table(
        "charges",
        *_study_id("charges"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", "revision", name="pk_charges"),
    )
    op.create_table(
        "budgets",
        *_study_id("budgets"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("budget", _json(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", "revision", name="pk_budgets"),
    )
