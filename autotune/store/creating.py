"""How a study begins in the tables: new, or as it happened elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from autotune.errors import AutotuneError
from autotune.history import Event
from autotune.store import files, writing
from autotune.store import tables as t
from autotune.store.engine import Place
from autotune.store.rows import StudyRow, StudyStatus
from autotune.store.sinks import Memory

_FACTS = ("model", "task", "calibration")
_UNDER_WAY = (StudyStatus.RUNNING, StudyStatus.STOPPING)


def study_row(
    name: str,
    spec: Mapping[str, Any],
    facts: Mapping[str, Any],
    levels: tuple[int, ...],
    environment: Mapping[str, Any],
    space_digest: str,
) -> dict[str, Any]:
    """The row of a study that begins now.

    Raises:
        AutotuneError: the name is not allowed, there are no levels, or a fact is none.
    """
    files.check_study_name(name)
    if not levels or not set(facts) <= set(_FACTS):
        raise AutotuneError(
            f"a study needs levels and knows the facts {', '.join(_FACTS)}; got {levels}, {sorted(facts)}"
        )
    now = time.time()
    return {
        "name": name,
        "status": StudyStatus.RUNNING.value,
        "message": "",
        "spec": dict(spec),
        "space_digest": space_digest,
        "model_facts": facts.get("model"),
        "task_facts": facts.get("task"),
        "calibration": facts.get("calibration"),
        "full_examples": levels[-1],
        "levels": list(levels),
        "seed": int(spec.get("seed", 0)),
        "environment": dict(environment),
        "created": now,
        "updated": now,
        "revision": 0,
        "elapsed": 0.0,
        "stop_requested": False,
    }


def insert(connection: sa.Connection, row: Mapping[str, Any], place: Place) -> int:
    """Insert a study; returns its number.

    Raises:
        AutotuneError: the name is taken.
    """
    try:
        made = connection.execute(sa.insert(t.studies).values(**row)).inserted_primary_key
    except sa.exc.IntegrityError:
        raise AutotuneError(
            f"there is a study {row['name']!r} already in {place}",
            f"go on with it: autotune resume {row['name']}; or choose another name: --study OTHER",
        ) from None
    assert made is not None  # a single row was inserted
    return int(made[0])


def take_in(
    connection: sa.Connection, study: StudyRow, events: Sequence[tuple[float | None, Event]], place: Place
) -> int:
    """Insert a study that happened elsewhere with its events; see ``Store.take_in``."""
    row = study_row(study.name, study.spec, study.facts, study.levels, study.environment, study.space_digest)
    study_id = insert(connection, {**row, "created": study.created}, place)
    told = SimpleNamespace(id=study_id, name=study.name, full_examples=study.levels[-1], revision=0)
    rows, updated = Memory(), time.time()
    for number, (at, event) in enumerate(events):
        updated = time.time() if at is None else at
        if not writing.apply(rows, told, event, updated):
            raise AutotuneError(
                f"event {number} of {study.name!r} does not follow from those before it: {type(event).__name__}",
                "the record is damaged: write it again with: autotune export STUDY --to json",
            )
        told.revision += 1
    rows.flush(connection)
    status = study.status
    if status in _UNDER_WAY:
        status, study = StudyStatus.INTERRUPTED, replace(study, message="under way when it was exported")
    values = {"status": status.value, "message": study.message, "elapsed": study.elapsed, "updated": updated,
              "revision": told.revision}  # fmt: skip
    connection.execute(sa.update(t.studies).where(t.studies.c.id == study_id).values(**values))
    return study_id
