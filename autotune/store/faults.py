"""What a database or a disk says when it fails, in words that help."""

from __future__ import annotations

import errno
import sqlite3

import sqlalchemy as sa

from autotune.errors import AutotuneError
from autotune.store.engine import BUSY, Place

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = ("28", "3D")
"""How the codes begin with which PostgreSQL refuses a login, or a database that it does not have."""


class StoreAwayError(AutotuneError):
    """The store is locked or out of reach; later it may not be."""


def explain(error: Exception, place: Place, timeout: float, study: str | None = None) -> AutotuneError | None:
    """The error for the user behind one of SQLAlchemy, a driver or the operating system; None where it is no such one.

    Args:
        error: what was raised.
        place: the store.
        timeout: seconds that a lock was waited for.
        study: the study at work, for the remedy.
    """
    resume = f"autotune resume {study}" if study else "run the same command again"
    if isinstance(error, OSError):
        return _explain_os(error, place, resume)
    if not isinstance(error, sa.exc.DBAPIError):
        return None
    if place.path is not None:
        return _explain_sqlite(error, place, timeout, resume)
    return _explain_postgres(error, place, timeout, resume)


def _explain_os(error: OSError, place: Place, resume: str) -> AutotuneError:
    where = error.filename or place.checkpoints
    if error.errno in _FULL:
        return AutotuneError(f"no space left for {where}", f"free some, then: {resume}")
    return AutotuneError(f"cannot write {where}: {error.strerror}", "pass --store with a place you may write to")


def _explain_sqlite(error: sa.exc.DBAPIError, place: Place, timeout: float, resume: str) -> AutotuneError | None:
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in BUSY:
        return StoreAwayError(
            f"the store {place} has been locked by another process for more than {timeout:g} s",
            f"end that process or wait for it, then: {resume}",
        )
    if code == sqlite3.SQLITE_FULL:
        return AutotuneError(f"no space left for the store {place}", f"free some, then: {resume}")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return AutotuneError(
            f"cannot write the store {place}: {error.orig}", "make it writable, or pass --store with another place"
        )
    if code == sqlite3.SQLITE_NOTADB:
        return AutotuneError(f"the file {place} is not a database", "pass --store with another path")
    if code == sqlite3.SQLITE_CORRUPT:
        return AutotuneError(
            f"the store {place} is damaged or no database: {error.orig}",
            "see: autotune doctor; or pass --store with another path",
        )
    if code == sqlite3.SQLITE_IOERR:
        return AutotuneError(f"the disk of the store {place} failed: {error.orig}", f"check the disk, then: {resume}")
    return None


def _explain_postgres(error: sa.exc.DBAPIError, place: Place, timeout: float, resume: str) -> AutotuneError | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if state == "53100":
        return AutotuneError(f"no space left on the server of {place}", f"free some, then: {resume}")
    if state in ("55P03", "57014"):
        return StoreAwayError(
            f"the store {place} has been locked by another process for more than {timeout:g} s",
            f"end that process or wait for it, then: {resume}",
        )
    if state in ("25006", "42501"):
        return AutotuneError(f"cannot write the store {place}: {said}", "ask for the right to write to that database")
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or error.connection_invalidated:
        kind = AutotuneError if state.startswith(_REFUSED) else StoreAwayError
        return kind(
            f"cannot reach the store {place}: {said}", "check that the server runs and that the URL is right (--store)"
        )
    return None
