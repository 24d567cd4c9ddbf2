"""Places that are no store, and stores that cannot be used now."""

from __future__ import annotations

import errno
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from autotune.errors import AutotuneError
from autotune.history import Charged
from autotune.store import Store

New = Callable[..., int]


def test_the_default_is_a_file_in_studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Store.open(None) as store:
        assert store.url == f"sqlite+pysqlite:///{tmp_path}/studies/autotune.db"
        assert store.checkpoints == tmp_path / "studies" / "autotune.checkpoints"
    assert [p.name for p in (tmp_path / "studies").iterdir()] == ["autotune.db"]


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}", "sqlite+pysqlite:///{}"])
@pytest.mark.parametrize("name", ["a.db", "with space?#%20.db"])
def test_forms_of_a_path(tmp_path: Path, form: str, name: str) -> None:
    if "?" in name and "://" in form:
        name = "with space.db"
    Store.open(form.format(tmp_path / name)).close()
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "is empty"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("mysql://root@host/db", "'mysql' is not known"),
        ("postgresql://host:port/db", "not understood"),
        ("/proc/nowhere/autotune.db", "cannot write"),
        ("/proc/autotune.db", "cannot write"),
    ],
)
def test_urls_that_lead_nowhere(url: str, told: str) -> None:
    with pytest.raises(AutotuneError, match=told) as caught:
        Store.open(url)
    assert caught.value.remedy


def test_a_missing_database_is_only_made_when_asked(tmp_path: Path) -> None:
    for read_only in (True, False):
        with pytest.raises(AutotuneError, match=r"no store at .*none\.db(.|\n)*autotune search"):
            Store.open(tmp_path / "none.db", create=False, read_only=read_only)
    with pytest.raises(AutotuneError, match="no store at"):
        Store.open(tmp_path / "none.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_store(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "other.db"
    text.write_text("these are notes, and long enough to be a header")
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE birds (name TEXT)")
    connection.close()
    for path, told in ((text, "is not a database"), (other, "database of something else"), (tmp_path, "is a folder")):
        with pytest.raises(AutotuneError, match=told):
            Store.open(path)
    assert text.read_text().startswith("these are notes")


def test_a_damaged_database_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Store.open(path).close()
    data = bytearray(path.read_bytes())
    data[100:4096] = b"\xff" * 3996
    path.write_bytes(data)
    with pytest.raises(AutotuneError, match=r"damaged or no database(.|\n)*autotune doctor"):
        Store.open(path)


def test_a_newer_schema_is_refused(url: str) -> None:
    with Store.open(url) as store, store._database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for read_only in (True, False):
        with pytest.raises(AutotuneError, match=r"newer autotune \(schema 9999(.|\n)*pip install -U autotune"):
            Store.open(url, read_only=read_only)


def test_a_reader_sees_what_is_written_and_writes_nothing(url: str, new_study: New) -> None:
    with Store.open(url) as writer:
        study = new_study(writer)
        with Store.open(url, read_only=True) as reader:
            assert [s.name for s in reader.studies()] == ["mrpc"]
            writer.append(study, Charged("startup", 1.0))
            assert len(reader.events(study)) == 1
            assert reader.check() == []
            with pytest.raises(AutotuneError, match="cannot write the store"):
                reader.append(study, Charged("startup", 1.0))
            with pytest.raises(AutotuneError, match="cannot write the store"):
                reader.request_stop("mrpc")


def test_a_disk_that_is_read_only_can_be_read(tmp_path: Path, new_study: New, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        new_study(store)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with Store.open(path, read_only=True) as reader:
        assert [s.name for s in reader.studies()] == ["mrpc"]
        assert [p.name for p in tmp_path.iterdir()] == ["a.db"]  # no -wal, no -shm


def test_a_locked_database_is_waited_for_and_then_told(tmp_path: Path, new_study: New) -> None:
    path = tmp_path / "a.db"
    with Store.open(path, timeout=0.1) as store:
        study = new_study(store)
        locker = sqlite3.connect(path, isolation_level=None)
        locker.execute("BEGIN IMMEDIATE")
        with pytest.raises(AutotuneError, match=r"locked by another process(.|\n)*autotune resume mrpc"):
            store.append(study, Charged("startup", 1.0))
        assert store.events(study) == []  # readers do not wait
        with Store.open(path, timeout=0.1) as second:
            assert len(second.studies()) == 1
        locker.execute("ROLLBACK")
        locker.close()
        assert store.append(study, Charged("startup", 1.0))


def test_a_full_database_stays_as_it_was(tmp_path: Path, new_study: New) -> None:
    with Store.open(tmp_path / "a.db") as store:
        study = new_study(store)
        with store._database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # of this connection, which the pool keeps
        with pytest.raises(AutotuneError, match=r"no space left(.|\n)*free some, then: autotune resume mrpc"):
            store.append(study, Charged("startup", 1.0, "x" * 100_000))
        assert store.events(study) == []
        assert store.check() == []


def test_a_store_that_cannot_be_written_is_told_before_it_is_needed(
    tmp_path: Path, new_study: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    with Store.open(path, timeout=0.2) as store:
        new_study(store)
        store.check_writable()
        assert not any(store.checkpoints.iterdir())
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(AutotuneError, match=r"locked by another process for more than 0.2 s"):
            store.check_writable()
        other.close()
        with monkeypatch.context() as patch:
            patch.setattr("autotune.store.files.write", _fail(OSError(errno.ENOSPC, "No space left", "/disk")))
            with pytest.raises(AutotuneError, match="no space left for /disk"):
                store.check_writable()
    with Store.open(path, read_only=True) as store, pytest.raises(AutotuneError, match="cannot write the store"):
        store.check_writable()


def test_a_full_disk_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    monkeypatch.setattr("time.sleep", _fail(AssertionError("waits for a disk that is full")))
    monkeypatch.setattr("autotune.store.schema._switch", _fail(error))
    with pytest.raises(AutotuneError, match="no space left"):
        Store.open(tmp_path / "a.db")


def _fail(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def test_a_server_that_refuses_is_told_without_the_password(postgres_server: str) -> None:
    with pytest.raises(AutotuneError, match=r"cannot reach the store .*no_such") as caught:
        Store.open(f"{postgres_server}/no_such")
    wrong = postgres_server.replace("not-a-secret", "wrong-one")
    with pytest.raises(AutotuneError, match="password authentication failed") as refused:
        Store.open(f"{wrong}/postgres")
    with pytest.raises(AutotuneError, match="cannot reach") as nobody:
        Store.open("postgresql://me:not-a-secret@127.0.0.1:1/db")
    assert "not-a-secret" not in str(caught.value) + str(nobody.value)
    assert "wrong-one" not in str(refused.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(AutotuneError, match=r"needs the package psycopg(.|\n)*pip install 'autotune\[postgres\]'"):
        Store.open("postgresql://me@127.0.0.1:1/db")


def test_a_network_file_system_is_warned_of(tmp_path: Path, new_study: New, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path / "a.db") as store:
        monkeypatch.setattr("autotune.store.upkeep._file_system", lambda path: "nfs4")
        (problem,) = store.check()
        assert "network file system (nfs4)" in problem


def test_a_gap_in_the_ledger_is_found(lite: Store, new_study: New) -> None:
    study = new_study(lite)
    for _ in range(3):
        lite.append(study, Charged("startup", 1.0))
    with lite._database.write() as connection:
        connection.execute(sa.text("DELETE FROM charges WHERE revision = 2"))
    assert lite.check() == ["study 'mrpc' counts 3 events, but its records say otherwise"]
