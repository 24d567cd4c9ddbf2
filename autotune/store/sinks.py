"""Where the rows of an event go: to the database at once, or into memory first, where a whole study is taken in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Protocol

import sqlalchemy as sa

from autotune.store import tables as t

Row = Mapping[str, Any]
CHUNK = 20_000
"""Rows that are sent to the database at a time."""


class Sink(Protocol):
    """Rows of one study. A key is a table's whole primary key, unless it says otherwise."""

    def find(self, table: sa.Table, key: Row) -> Any:
        """The row with that key, its columns as attributes; None where there is none."""
        ...

    def put(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Add rows."""
        ...

    def change(self, table: sa.Table, key: Row, values: Row, unset: str = "") -> None:
        """Change the row with that key, where there is one (and its column ``unset`` is NULL)."""
        ...

    def drop(self, table: sa.Table, key: Row) -> None:
        """Remove the rows that agree with a key or a part of one."""
        ...


class Live:
    """The database, within a transaction that can write."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, table: sa.Table, key: Row) -> Any:
        """See ``Sink``."""
        return self._connection.execute(sa.select(table).where(*_equal(table, key))).one_or_none()

    def put(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """See ``Sink``."""
        if rows:
            self._connection.execute(sa.insert(table), list(rows))

    def change(self, table: sa.Table, key: Row, values: Row, unset: str = "") -> None:
        """See ``Sink``."""
        where = [*_equal(table, key), *([table.c[unset].is_(None)] if unset else [])]
        self._connection.execute(sa.update(table).where(*where).values(**values))

    def drop(self, table: sa.Table, key: Row) -> None:
        """See ``Sink``."""
        self._connection.execute(sa.delete(table).where(*_equal(table, key)))


class Memory:
    """Rows that are kept until ``flush``: some hundred statements for ten thousand trials, not two hundred thousand."""

    def __init__(self) -> None:
        self._rows: dict[sa.Table, dict[tuple[Any, ...], dict[str, Any]]] = defaultdict(dict)

    def find(self, table: sa.Table, key: Row) -> Any:
        """See ``Sink``."""
        row = self._rows[table].get(_place(table, key))
        return None if row is None else SimpleNamespace(**row)

    def put(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """See ``Sink``."""
        empty = dict.fromkeys(table.c.keys())
        for row in rows:
            self._rows[table][_place(table, row)] = {**empty, **row}

    def change(self, table: sa.Table, key: Row, values: Row, unset: str = "") -> None:
        """See ``Sink``."""
        row = self._rows[table].get(_place(table, key))
        if row is not None and (not unset or row[unset] is None):
            row.update(values)

    def drop(self, table: sa.Table, key: Row) -> None:
        """See ``Sink``."""
        rows = self._rows[table]
        for place in [p for p, row in rows.items() if all(row[k] == v for k, v in key.items())]:
            del rows[place]

    def flush(self, connection: sa.Connection) -> None:
        """Write all rows, those that others refer to first."""
        for table in t.metadata.sorted_tables:
            rows = list(self._rows[table].values())
            for start in range(0, len(rows), CHUNK):
                connection.execute(sa.insert(table), rows[start : start + CHUNK])


def _equal(table: sa.Table, key: Row) -> list[Any]:
    return [table.c[name] == value for name, value in key.items()]


def _place(table: sa.Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)
