"""Where a store is, and connections to it that are set up right."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from autotune.errors import AutotuneError
from autotune.store.encoding import dumps, loads

DEFAULT = Path("studies") / "autotune.db"
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
"""What SQLite says of a lock that another has."""
_PACE = (0.001, 0.006)
"""Seconds between two looks at a lock."""
READ = {"autotune_read": True}
"""Execution options of a connection that only reads."""
_FORMS = "give --store a path such as studies/autotune.db, or postgresql://user@host/database"


@dataclass(frozen=True)
class Place:
    """A database with its folder of checkpoints."""

    url: sa.URL = field(repr=False)
    path: Path | None
    """The file, for SQLite."""
    checkpoints: Path

    def __str__(self) -> str:
        return str(self.path) if self.path else shown(self.url)


def shown(url: sa.URL) -> str:
    """A URL as it may be printed or kept: what is secret in it is masked, wherever it stands."""
    hidden = {name: "hidden" for name in url.query if "password" in name.lower()}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def find_place(url: str | os.PathLike[str] | None) -> Place:
    """Read a store's URL: a path, ``sqlite:///path``, ``postgresql://...``, or None for the default.

    Raises:
        AutotuneError: it is neither a path nor the URL of a database that autotune knows.
    """
    text = str(DEFAULT) if url is None else os.fspath(url).strip()
    if not text:
        raise AutotuneError("the store's URL is empty", _FORMS)
    if "://" not in text:
        return _sqlite_place(Path(text).expanduser())
    scheme, rest = text.split("://", 1)
    if scheme in ("sqlite", "sqlite+pysqlite"):
        name = rest.split("?", 1)[0].removeprefix("/")
        if name in ("", ":memory:"):
            raise AutotuneError(f"the store {text!r} is in memory and would be lost", _FORMS)
        return _sqlite_place(Path(name).expanduser())
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise AutotuneError(f"a store of kind {scheme!r} is not known", _FORMS)
    try:
        parsed = sa.make_url(f"postgresql+psycopg://{rest}")
    except (sa.exc.ArgumentError, ValueError):
        raise AutotuneError(f"the store's URL is not understood: {scheme}://...", _FORMS) from None
    return Place(parsed, None, _postgres_checkpoints(parsed))


def _sqlite_place(path: Path) -> Place:
    path = path.absolute()
    url = sa.URL.create("sqlite+pysqlite", database=str(path))
    return Place(url, path, path.with_name(path.stem + ".checkpoints"))


def _postgres_checkpoints(url: sa.URL) -> Path:
    root = Path(os.environ.get("AUTOTUNE_CHECKPOINTS") or DEFAULT.parent).expanduser().absolute()
    host = url.host or str(url.query.get("host", "local"))
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{host}-{url.port or 5432}-{url.database or ''}").strip("-.")
    return root / f"{name}.checkpoints"


def make_engine(place: Place, *, read_only: bool, timeout: float) -> sa.Engine:
    """Connections to a store; none is opened yet.

    Args:
        place: the database.
        read_only: connections cannot write.
        timeout: seconds to wait for another process's lock.
    """
    if place.path is not None:
        return _sqlite_engine(place, place.path, read_only, timeout)
    options = f"-c lock_timeout={int(timeout * 1000)}" + (" -c default_transaction_read_only=on" if read_only else "")
    try:
        return sa.create_engine(
            place.url,
            connect_args={"options": options, "connect_timeout": 10},
            json_serializer=dumps,
            json_deserializer=loads,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",
        )
    except ImportError:
        raise AutotuneError(
            "a PostgreSQL store needs the package psycopg, which is not installed", "pip install 'autotune[postgres]'"
        ) from None


def _sqlite_engine(place: Place, path: Path, read_only: bool, timeout: float) -> sa.Engine:
    def connect() -> sqlite3.Connection:
        uri = path.as_uri() + ("?mode=ro" if read_only else "?mode=rwc")
        if read_only and not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists():
            uri += "&immutable=1"  # on a read-only disk SQLite cannot make the file that WAL readers share
        return sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False)

    engine = sa.create_engine(
        place.url, creator=connect, poolclass=sa.QueuePool, json_serializer=dumps, json_deserializer=loads
    )

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, record: Any) -> None:  # noqa: ARG001
        connection.execute("PRAGMA foreign_keys=ON")
        # FULL, not NORMAL: after a power cut a row and its checkpoint must still belong together.
        connection.execute("PRAGMA synchronous=FULL")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # IMMEDIATE takes the write lock before anything is read, so that a transaction never has to give up half way.
        if connection.get_execution_options().get("autotune_read"):
            connection.exec_driver_sql("BEGIN")
        else:
            _take_write_lock(connection, timeout)

    return engine


def _take_write_lock(connection: sa.Connection, timeout: float) -> None:
    """Wait for the lock at an even pace.

    SQLite itself looks more and more seldom the longer it waits, so among many writers the one that has waited longest
    is the least likely to be next, and may give up.
    """
    driver, deadline = connection.connection.driver_connection, time.monotonic() + timeout
    assert isinstance(driver, sqlite3.Connection)
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in BUSY or time.monotonic() > deadline:
                    raise sa.exc.OperationalError("BEGIN IMMEDIATE", None, error) from error
            else:
                return
            time.sleep(random.uniform(*_PACE))  # noqa: S311 - only not in step with the others
    finally:
        driver.execute(f"PRAGMA busy_timeout={int(timeout * 1000)}")
