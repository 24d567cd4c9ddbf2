"""Finding what a store holds that it should not, and what it lacks that it should."""

from __future__ import annotations

import uuid
from pathlib import Path

import psutil
import sqlalchemy as sa

from autotune.store import files, reading
from autotune.store import tables as t
from autotune.store.connections import Database
from autotune.store.engine import Place

_PROBE = 1_000_000
"""Bytes, about a checkpoint's."""
_NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "fuse.sshfs",
    "lustre",
    "gpfs",
    "beegfs",
    "ceph",
    "fuse.ceph",
    "9p",
    "afs",
    "glusterfs",
)


def find_garbage(connection: sa.Connection, root: Path) -> list[str]:
    """Checkpoint files that no row knows, relative to the root.

    What a living controller writes is left alone: it may be about to become known.
    """
    known = {row.path for row in reading.read_checkpoints(connection)}
    busy = {files.study_folder(s.id, s.name) for s in reading.read_studies(connection) if s.alive}
    return [path for study, path in files.all_files(root) if study not in busy and path not in known]


def probe(database: Database) -> None:
    """Write to the database and to the folder of checkpoints, and take it back.

    Raises:
        AutotuneError: one of them is read-only, locked or full.
    """
    with database.write() as connection:
        connection.execute(sa.update(t.studies).where(t.studies.c.id < 0).values(message=""))
    with database.told():
        # A folder of its own: another search that begins now takes its empty one away.
        folder = f"probe-{uuid.uuid4().hex[:8]}"
        file = files.write(database.place.checkpoints, folder, 0, "probe", bytes(_PROBE))
    files.remove(database.place.checkpoints, [file.path])


def find_problems(connection: sa.Connection, place: Place, *, deep: bool) -> list[str]:
    """What is wrong with a store, one sentence each; empty where all is well.

    Args:
        connection: to read from.
        place: the store.
        deep: read every checkpoint and compare its digest, not only its size.
    """
    problems = _sqlite_problems(connection, place) if place.path is not None else []
    problems += _ledger_problems(connection)
    for row in reading.read_checkpoints(connection):
        path = place.checkpoints / row.path
        if not path.is_file():
            problems.append(f"the checkpoint {path} is missing")
        elif path.stat().st_size != row.bytes or (
            deep and files.read(place.checkpoints, row.path, row.bytes, row.sha256) is None
        ):
            problems.append(f"the checkpoint {path} is damaged")
    return problems


def _sqlite_problems(connection: sa.Connection, place: Place) -> list[str]:
    said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
    problems = [f"SQLite finds in {place}: {line}" for line in said if line != "ok"]
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check")
    problems += [f"a row of table {row[0]} in {place} refers to one of {row[2]} that is not there" for row in orphans]
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if mode != "wal":
        problems.append(f"{place} is in journal mode {mode}, not wal: readers wait for the writer")
    kind = _file_system(place.path) if place.path else ""
    if kind.startswith(_NETWORK):
        problems.append(
            f"{place} is on a network file system ({kind}), where SQLite cannot keep several processes apart; "
            "pass --store with a local path or a PostgreSQL URL"
        )
    return problems


def _ledger_problems(connection: sa.Connection) -> list[str]:
    """Every revision of a study is exactly one row of four tables."""
    tables = (t.decisions, t.segments, t.charges, t.budgets)
    rows = [sa.select(x.c.study_id, x.c.revision).where(x.c.revision.is_not(None)) for x in tables]
    ledger = sa.union_all(*rows).subquery()
    found: dict[int, list[int]] = {}
    for study_id, revision in connection.execute(sa.select(ledger).order_by(*ledger.c)):
        found.setdefault(study_id, []).append(revision)
    return [
        f"study {study.name!r} counts {study.revision} events, but its records say otherwise"
        for study in reading.read_studies(connection)
        if found.get(study.id, []) != list(range(1, study.revision + 1))
    ]


def _file_system(path: Path) -> str:
    """The kind of file system that holds a path, such as ``ext4``; empty where it cannot be told."""
    best, kind = "", ""
    try:
        partitions = psutil.disk_partitions(all=True)
    except (OSError, psutil.Error):
        return ""
    for part in partitions:
        if path.is_relative_to(part.mountpoint) and len(part.mountpoint) >= len(best):
            best, kind = part.mountpoint, part.fstype
    return kind
