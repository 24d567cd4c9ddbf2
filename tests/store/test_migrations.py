from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from autotune.store import Store, schema
from autotune.store.engine import find_place, make_engine
from autotune.store.tables import metadata

MIGRATIONS = Path(schema.__file__).parent / "migrations"
RELEASED = sorted((Path(__file__).parent / "schemas").glob("[0-9][0-9][0-9][0-9].sql"))


def _engine(url: str) -> sa.Engine:
    return make_engine(find_place(url), read_only=False, timeout=5)


def _shape(url: str) -> dict[str, Any]:
    """Everything a schema consists of, in one order."""
    engine = _engine(url)
    inspector = sa.inspect(engine)

    def listed(things: Any) -> list[str]:
        return sorted(repr(sorted(dict(x).items(), key=lambda item: item[0])) for x in things)

    shape = {
        table: (
            listed(inspector.get_columns(table)),
            inspector.get_pk_constraint(table),
            listed(inspector.get_foreign_keys(table)),
            listed(inspector.get_indexes(table)),
            listed(inspector.get_unique_constraints(table)),
        )
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }
    engine.dispose()
    return shape


def test_the_revisions_are_those_of_the_files() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert [s.revision for s in reversed(list(script.walk_revisions()))] == list(schema.REVISIONS)
    assert [p.name.split("_")[0] for p in sorted((MIGRATIONS / "versions").glob("0*.py"))] == list(schema.REVISIONS)


def test_the_tables_are_what_the_migrations_make(url: str) -> None:
    Store.open(url).close()
    engine = _engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_fresh_schema_equals_an_upgraded_one(url: str) -> None:
    Store.open(url).close()
    upgraded = _shape(url)
    engine = _engine(url)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    engine.dispose()
    assert _shape(url) == upgraded
    assert len(upgraded) == len(metadata.tables)


def test_every_released_schema_has_a_file() -> None:
    assert [p.stem for p in RELEASED] == list(schema.REVISIONS)


@pytest.mark.parametrize("dump", RELEASED, ids=lambda p: p.stem)
def test_a_released_database_opens_and_tells_its_study(dump: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text())
    connection.close()
    with Store.open(path) as store:
        row = store.study("mrpc")
        history = store.history(row.id)
        assert (row.levels, history.revision, sorted(row.facts)) == ((10, 30, 90), 11, ["calibration", "model", "task"])
        assert {t.number: t.state.value for t in history.trials.values()} == {0: "complete", 1: "failed"}
        assert history.trials[0].config["lora.layers"] == (0, 5)
        assert history.trials[0].held_out == {"f1": 0.8}
        assert history.spent == {"startup": 3.25, "search": 9.0, "score": 2.5}
        assert store.predictions(row.id, 0) == {"labels": [1]}
        assert [f.kind for f in store.failures(row.id)] == ["lost", "diverged"]
        (problem,) = store.check()
        assert problem.endswith(".ckpt is missing")  # only the database is kept here


def test_a_rebuilt_table_keeps_what_refers_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Foreign keys are off while migrations run, and on again for the connections after."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        store.create_study("mrpc", {}, facts={}, levels=(1,), environment={}, space_digest="")
        with store._database.write() as connection:
            connection.execute(sa.text("INSERT INTO charges VALUES (1, 1, 'startup', 1.0, 'w')"))
    engine = _engine(str(path))

    def rebuild(config: Any, revision: str) -> None:
        from alembic.operations import Operations

        operations = Operations(MigrationContext.configure(config.attributes["connection"]))
        with operations.batch_alter_table("studies", recreate="always") as batch:
            batch.add_column(sa.Column("note", sa.Text()))

    monkeypatch.setattr("alembic.command.upgrade", rebuild)
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "next"))
    schema.migrate(engine, find_place(str(path)))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM charges").scalar_one() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    engine.dispose()
