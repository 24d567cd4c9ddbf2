"""Transactions on a store's database, with failures told in words that help."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from autotune.store.engine import READ, Place, make_engine
from autotune.store.faults import explain
from autotune.store.schema import prepare


class Database:
    """Opens transactions. Survives a fork: the child gets connections of its own."""

    def __init__(self, place: Place, *, create: bool, read_only: bool, timeout: float) -> None:
        self.place = place
        self.names: dict[int, str] = {}
        """Studies by number, for the remedies of errors."""
        self._timeout = timeout
        self._pid = os.getpid()
        with self.told():
            self._engine = make_engine(place, read_only=read_only, timeout=timeout)
            prepare(self._engine, place, create=create, read_only=read_only, timeout=timeout)
        self._reader = self._engine.execution_options(**READ)
        if place.path is None:
            self._reader = self._reader.execution_options(isolation_level="REPEATABLE READ")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def read(self, study_id: int | None = None) -> Iterator[sa.Connection]:
        """A snapshot of the database: everything read through it was true at one moment."""
        self._leave_parent()
        with self.told(study_id), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, study_id: int | None = None) -> Iterator[sa.Connection]:
        """A transaction that can write, committed at the end, undone by an exception."""
        self._leave_parent()
        with self.told(study_id), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def told(self, study_id: int | None = None) -> Iterator[None]:
        """Turn what databases and disks say into errors for the user."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, OSError) as error:
            told = explain(error, self.place, self._timeout, self.names.get(study_id or 0))
            if told is None:
                raise
            raise told from error

    def _leave_parent(self) -> None:
        if self._pid != os.getpid():
            self._engine.dispose(close=False)
            self._pid = os.getpid()
