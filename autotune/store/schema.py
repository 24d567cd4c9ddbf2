"""The schema of a store: created, upgraded, or refused."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import sqlalchemy as sa

from autotune.errors import AutotuneError
from autotune.store.engine import BUSY, READ, Place

REVISIONS = ("0001",)
"""Every schema revision, oldest first; a test holds it to the files in ``migrations/versions``."""
_LOCK = 0x6175746F
"""The number of PostgreSQL's advisory lock around migrations."""


def prepare(engine: sa.Engine, place: Place, *, create: bool, read_only: bool, timeout: float) -> None:
    """Bring a database to the newest schema, or refuse it.

    Args:
        engine: connections to it.
        place: where it is.
        create: make it where there is none.
        read_only: change nothing.
        timeout: seconds to wait for another process's lock.

    Raises:
        AutotuneError: it is not there, no database, not a store of autotune, or of a newer version.
    """
    if place.path is not None:
        _check_file(place.path, create=create and not read_only)
    version = _version(engine, place)
    if version != REVISIONS[-1] and (read_only or (version is None and not create)):
        raise AutotuneError(
            f"the store {place} " + ("is of an older version" if version else "holds no studies yet"),
            "open it for writing once: autotune studies list" if version else "start a study: autotune search",
        )
    if place.path is not None and not read_only:
        _use_wal(engine, timeout)
    if version != REVISIONS[-1]:
        migrate(engine, place)


def migrate(engine: sa.Engine, place: Place) -> None:
    """Run the missing migrations in one transaction, under one lock: SQLite's own, or PostgreSQL's advisory lock."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Off while a table is rebuilt: dropping the old one would delete what refers to it.
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                if _version_of(connection, place) != REVISIONS[-1]:
                    config.attributes["connection"] = connection
                    command.upgrade(config, "head")
        finally:
            connection.invalidate()  # the next connection has its foreign keys on


def _check_file(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise AutotuneError(f"the store {path} is a folder", f"give --store a file: {path / 'autotune.db'}")
    if not path.exists():
        if not create:
            raise AutotuneError(
                f"there is no store at {path}", "start a study with: autotune search; or pass --store with its path"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
    # What the file holds is left for SQLite to say. Closing a descriptor of our own would drop all the locks that this
    # process has on the file (so POSIX wants it), and the next process to leave would delete the log under its writer.


def _version(engine: sa.Engine, place: Place) -> str | None:
    with engine.connect().execution_options(**READ) as connection, connection.begin():
        return _version_of(connection, place)


def _version_of(connection: sa.Connection, place: Place) -> str | None:
    tables = set(sa.inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        if "studies" in tables or (tables and place.path is not None):
            raise AutotuneError(f"{place} is a database of something else", "pass --store with another path")
        return None
    version = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if version is not None and version not in REVISIONS:
        raise AutotuneError(
            f"the store {place} was written by a newer autotune (schema {version}; this one knows {REVISIONS[-1]})",
            "upgrade autotune: pip install -U autotune; or pass --store with another path",
        )
    return None if version is None else str(version)


def _use_wal(engine: sa.Engine, timeout: float) -> None:
    """Switch to write-ahead logging: readers never wait for the writer. SQLite remembers it in the file."""
    deadline = time.monotonic() + timeout
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        while driver.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                _switch(driver)
            except sqlite3.OperationalError as error:
                # SQLite does not wait by itself when two processes switch at once.
                if error.sqlite_errorcode & 0xFF not in BUSY or time.monotonic() > deadline:
                    raise sa.exc.OperationalError("PRAGMA journal_mode=WAL", None, error) from error
                time.sleep(0.05)


def _switch(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
