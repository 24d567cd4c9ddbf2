"""The study store: the only truth about what happened."""

from __future__ import annotations

import difflib
import logging
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from autotune.errors import AutotuneError
from autotune.history import Event, History, Returned
from autotune.store import creating, files, leases, outlines, reading, upkeep, writing
from autotune.store import tables as t
from autotune.store.connections import Database
from autotune.store.engine import find_place, shown
from autotune.store.rows import (
    CheckpointRow,
    DecisionRow,
    FailureRow,
    RunningSegment,
    SegmentRow,
    StudyRow,
    StudyStatus,
)
from autotune.trial import CurvePoint, Trial

TIMEOUT = 30.0
"""Seconds to wait for another process's lock."""
_log = logging.getLogger(__name__)


class Store:
    """Studies in a SQL database, their checkpoints in files beside it. Make one with ``Store.open``.

    Many processes may read and write at once; a study has one controller, which holds its lease. Every method raises
    ``AutotuneError`` where the database is locked, full, read-only, damaged or out of reach; nothing is half done then.
    """

    def __init__(self, database: Database) -> None:
        self.checkpoints = database.place.checkpoints
        """The folder of checkpoints."""
        self._database = database
        self._read, self._write = database.read, database.write
        self._tokens: dict[int, str] = {}

    @classmethod
    def open(
        cls,
        url: str | os.PathLike[str] | None = None,
        *,
        create: bool = True,
        read_only: bool = False,
        timeout: float = TIMEOUT,
    ) -> Store:
        """Open a store, creating or upgrading its schema where needed.

        Args:
            url: a path, ``sqlite:///path``, ``postgresql://user@host/database``; None is ``./studies/autotune.db``.
            create: make the database where there is none.
            read_only: nothing can be written, and nothing is created or upgraded: for dashboards.
            timeout: seconds to wait for another process's lock.

        Raises:
            AutotuneError: the place is none of ours, cannot be read or written, or was written by a newer version.
        """
        return cls(Database(find_place(url), create=create, read_only=read_only, timeout=timeout))

    @property
    def url(self) -> str:
        """The store's URL, its password masked."""
        return shown(self._database.place.url)

    def __repr__(self) -> str:
        return f"Store({str(self._database.place)!r})"

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def check_writable(self) -> None:
        """Write a little to database and disk and take it back, before work begins that would be lost."""
        upkeep.probe(self._database)

    # Studies

    def create_study(
        self,
        name: str,
        spec: Mapping[str, Any],
        *,
        facts: Mapping[str, Any],
        levels: tuple[int, ...],
        environment: Mapping[str, Any],
        space_digest: str,
    ) -> int:
        """Begin a study.

        Args:
            name: letters, digits, ``.``, ``_`` and ``-``, at most 100, not starting with a dot.
            spec: ``StudySpec.to_dict()``.
            facts: ``model``, ``task``, ``calibration``: plain data, any of them.
            levels: fidelities in examples, ascending; the last is a full training.
            environment: versions and hardware.
            space_digest: of the search space.

        Returns:
            The study's number.

        Raises:
            AutotuneError: the name is taken or not allowed.
        """
        row = creating.study_row(name, spec, facts, levels, environment, space_digest)
        with self._write() as connection:
            study_id = creating.insert(connection, row, self._database.place)
        self._database.names[study_id] = name
        return study_id

    def take_in(self, study: StudyRow, events: Sequence[tuple[float | None, Event]]) -> int:
        """Record a study that happened elsewhere, in one transaction. Its checkpoints are not there.

        Args:
            study: as it was; ``id`` and the lease mean nothing. One that was under way is interrupted here.
            events: in order, each with the moment it was recorded, where that is known.

        Returns:
            The study's number.

        Raises:
            AutotuneError: the name is taken or not allowed, or the events do not follow from each other.
        """
        with self._write() as connection:
            return creating.take_in(connection, study, events, self._database.place)

    def studies(self) -> list[StudyRow]:
        """All studies, oldest first."""
        with self._read() as connection:
            return reading.read_studies(connection)

    def study(self, name: str) -> StudyRow:
        """The study of that name.

        Raises:
            AutotuneError: there is none; the remedy names near ones.
        """
        with self._read() as connection:
            found = reading.read_studies(connection, name)
            names = [] if found else list(connection.execute(sa.select(t.studies.c.name)).scalars())
        if not found:
            near = difflib.get_close_matches(name, names, 3, 0.5)
            remedy = f"did you mean {', '.join(near)}?" if near else "see: autotune studies list"
            raise AutotuneError(f"there is no study {name!r} in {self._database.place}", remedy)
        self._database.names[found[0].id] = name
        return found[0]

    def delete(self, name: str) -> None:
        """Remove a study with its checkpoints.

        Raises:
            AutotuneError: there is none of that name, or a living process runs it.
        """
        study = self.study(name)
        with self._write() as connection:
            row = connection.execute(sa.select(t.studies).where(t.studies.c.id == study.id).with_for_update()).one()
            if leases.alive(row, time.time()) and row.lease_token != self._tokens.get(study.id):
                raise AutotuneError(
                    f"study {name!r} is run by process {row.lease_pid} on {row.lease_host}",
                    f"end it first: autotune stop {name}",
                )
            for table in reversed(t.metadata.sorted_tables):  # one by one: cascades look up every row
                key = table.c.id if table is t.studies else table.c.study_id
                connection.execute(sa.delete(table).where(key == study.id))
        files.remove_tree(self.checkpoints, files.study_folder(study.id, name))

    def set_status(self, study_id: int, status: StudyStatus | str, message: str = "") -> None:
        """Say where a study stands, and why. Becoming ``running`` forgets an earlier request to stop.

        Raises:
            AutotuneError: this store held the study's lease, and another process took the study over.
        """
        status = StudyStatus(status)
        values: dict[str, Any] = {"status": status.value, "message": message, "updated": time.time()}
        if status is StudyStatus.RUNNING:
            values["stop_requested"] = False
        ours = self._tokens.get(study_id)
        with self._write(study_id) as connection:
            found = t.studies.c.id == study_id
            holder = connection.execute(sa.select(t.studies.c.lease_token).where(found)).scalar_one_or_none()
            if ours is not None and holder != ours:  # who took the study may be through with it
                raise leases.taken_over(self._database.names.get(study_id, str(study_id)))
            connection.execute(sa.update(t.studies).where(found).values(**values))

    def request_stop(self, name: str) -> bool:
        """Ask the controller of a study to stop.

        Returns:
            Whether one lives that will see it.
        """
        study = self.study(name)
        values: dict[str, Any] = {"stop_requested": True}
        if study.status is StudyStatus.RUNNING and study.alive:
            values["status"] = StudyStatus.STOPPING.value
        with self._write(study.id) as connection:
            connection.execute(sa.update(t.studies).where(t.studies.c.id == study.id).values(**values))
        return study.alive

    def stop_requested(self, study_id: int) -> bool:
        """Whether somebody asked the study to stop since it last became ``running``."""
        with self._read(study_id) as connection:
            query = sa.select(t.studies.c.stop_requested).where(t.studies.c.id == study_id)
            return bool(connection.execute(query).scalar_one_or_none())

    def acquire(self, study_id: int, ttl: float = 30.0) -> leases.Lease:
        """Become the study's only controller. A process that died on this machine is succeeded at once.

        From then on this store's ``append`` refuses to write to the study once another process has taken it.

        Args:
            study_id: the study.
            ttl: seconds without renewal after which another process may take the study.

        Raises:
            AutotuneError: a living process holds it.
        """
        lease = leases.acquire(lambda: self._write(study_id), study_id, ttl)
        self._tokens[study_id] = lease.token
        return lease

    # Events

    def append(self, study_id: int, event: Event, *, checkpoint: bytes | None = None) -> bool:
        """Record what happened, in one transaction.

        A checkpoint (the result's own, or the one given) is on disk before its row is; the trial's earlier one is
        removed after.

        Returns:
            False for a result of a stale attempt, or of a segment that is not under way: nothing is changed then.

        Raises:
            AutotuneError: the study was taken over by another process, or the store failed; nothing is changed then.
        """
        data = checkpoint
        if data is None and isinstance(event, Returned):
            data = event.result.checkpoint
        if data is None or not isinstance(event, Returned):
            with self._write(study_id) as connection:
                return writing.record(connection, study_id, event, None, self._tokens.get(study_id))
        return self._append_with_file(study_id, event, data)

    def _append_with_file(self, study_id: int, event: Returned, data: bytes) -> bool:
        result = event.result
        with self._read(study_id) as connection:
            if not writing.expected(connection, study_id, event):
                return False
            name = connection.execute(sa.select(t.studies.c.name).where(t.studies.c.id == study_id)).scalar_one()
        label = f"{result.number:06d}-{result.attempt}-{result.examples_seen}"
        with self._database.told(study_id):
            file = files.write(self.checkpoints, files.study_folder(study_id, name), result.trial, label, data)
        with self._write(study_id) as connection:
            accepted = writing.record(connection, study_id, event, file, self._tokens.get(study_id))
        if accepted:
            files.sweep(self.checkpoints, file.path)
        else:
            files.remove(self.checkpoints, [file.path])
        return accepted

    def revision(self, study_id: int) -> int:
        """How many events the study has; 0 where there is no such study."""
        with self._read(study_id) as connection:
            query = sa.select(t.studies.c.revision).where(t.studies.c.id == study_id)
            return int(connection.execute(query).scalar_one_or_none() or 0)

    def events(self, study_id: int, after: int = 0, *, curves: bool = True) -> list[tuple[int, Event]]:
        """The study's events after a revision, in order, without files; a large study is far quicker without curves."""
        with self._read(study_id) as connection:
            return reading.read_events(connection, study_id, after, curves=curves)

    def history(self, study_id: int) -> History:
        """The study's history: its events, one after another."""
        with self._read(study_id) as connection:
            return reading.read_history(connection, study_id)

    def outline(self, study_id: int) -> History:
        """The history without what only those who decide need: quick, however large the study.

        Budget, charges, counts, and what runs are as in the history. Trials that do not run lack their configurations,
        costs, curves and failures.
        """
        with self._read(study_id) as connection:
            return outlines.read_outline(connection, study_id)

    # What the history leaves out

    def trials(self, study_id: int) -> list[Trial]:
        """The study's trials without curves, failure messages and what is to be run again: quicker than the history."""
        with self._read(study_id) as connection:
            return reading.read_trials(connection, study_id)

    def curve(self, study_id: int, trial: int) -> list[CurvePoint]:
        """The curve of one trial."""
        with self._read(study_id) as connection:
            return reading.read_curve(connection, study_id, trial)

    def last_points(self, study_id: int) -> dict[int, CurvePoint]:
        """The last point of each trial's curve, by trial."""
        with self._read(study_id) as connection:
            return reading.read_last_points(connection, study_id)

    def segments(self, study_id: int) -> list[SegmentRow]:
        """The study's segments, by number."""
        with self._read(study_id) as connection:
            return reading.read_segments(connection, study_id)

    def running_segments(self, study_id: int) -> list[RunningSegment]:
        """Segments without an end; after a crash, those for which the controller appends ``Lost``."""
        with self._read(study_id) as connection:
            return reading.read_running(connection, study_id)

    def decisions(self, study_id: int, reason: str = "") -> list[DecisionRow]:
        """The study's decisions with their reasons, by number; those whose reason begins so."""
        with self._read(study_id) as connection:
            return reading.read_decisions(connection, study_id, reason)

    def failures(self, study_id: int) -> list[FailureRow]:
        """Segments that failed or were lost, with their tracebacks, by number."""
        with self._read(study_id) as connection:
            return reading.read_failures(connection, study_id)

    def predictions(self, study_id: int, trial: int) -> dict[str, Any] | None:
        """A trial's held-out predictions, ``{"logits": [[...]], "labels": [...]}``; None where it was not scored."""
        with self._read(study_id) as connection:
            return reading.read_predictions(connection, study_id, trial)

    # Checkpoints

    def checkpoint(self, study_id: int, trial: int) -> bytes | None:
        """The state from which a trial can go on from the examples it has seen, checked against its digest.

        Returns:
            None where there is none: never saved, dropped, or its file is missing or damaged (then a warning is logged,
            and the trial cannot go on).
        """
        with self._read(study_id) as connection:
            row = reading.usable_checkpoint(connection, study_id, trial)
        if row is None:
            return None
        data = files.read(self.checkpoints, row.path, row.bytes, row.sha256)
        if data is None:
            _log.warning("the checkpoint of trial %d is missing or damaged: %s", trial, self.checkpoints / row.path)
        return data

    def checkpoint_rows(self, study_id: int) -> list[CheckpointRow]:
        """The study's checkpoints, without their content."""
        with self._read(study_id) as connection:
            return reading.read_checkpoints(connection, study_id)

    def drop_checkpoints(self, study_id: int, keep: Iterable[int]) -> int:
        """Remove the checkpoints of all trials but those to keep; returns the bytes freed."""
        kept = set(keep)
        with self._write(study_id) as connection:
            gone = [r for r in reading.read_checkpoints(connection, study_id) if r.trial not in kept]
            c = t.checkpoints.c
            for row in gone:
                connection.execute(sa.delete(t.checkpoints).where(c.study_id == study_id, c.segment == row.segment))
        return files.remove(self.checkpoints, [row.path for row in gone])

    # Upkeep

    def garbage(self) -> list[str]:
        """Checkpoint files that no study knows, relative to ``checkpoints``; studies under way are left alone."""
        with self._read() as connection:
            return upkeep.find_garbage(connection, self.checkpoints)

    def collect_garbage(self) -> int:
        """Remove what ``garbage`` lists; returns the bytes freed."""
        return files.remove(self.checkpoints, self.garbage())

    def check(self, *, deep: bool = True) -> list[str]:
        """What is wrong with the store, one sentence each; empty where all is well.

        Args:
            deep: read every checkpoint and compare its digest, not only its size.
        """
        with self._read() as connection:
            return upkeep.find_problems(connection, self._database.place, deep=deep)
