"""What a store must not give away, and where its files must not lead."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.postgres import PASSWORD

from autotune.cli.app import main
from autotune.cli.stores import store_flag
from autotune.errors import AutotuneError
from autotune.export.studies import record
from autotune.store import Store
from autotune.store.engine import find_place

New = Callable[..., int]
SECRET = "hunter2"
URLS = (
    f"postgresql://me:{SECRET}@127.0.0.1:1/db",
    f"postgres://127.0.0.1:1/db?user=me&password={SECRET}",
    f"postgresql+psycopg://me@127.0.0.1:1/db?sslpassword={SECRET}",
)


@pytest.mark.parametrize("url", URLS)
def test_a_place_never_tells_its_password(url: str) -> None:
    place = find_place(url)
    assert SECRET not in f"{place} {place!r} {place.checkpoints} {store_flag(url)}"
    assert SECRET in place.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["status", "mrpc", "--json"],
        ["pareto", "mrpc"],
        ["resume", "mrpc"],
        ["stop", "mrpc"],
        ["studies", "list", "--json"],
        ["replay", "mrpc"],
        ["--debug", "status"],
    ],
    ids=" ".join,
)
def test_commands_that_cannot_reach_a_store_keep_its_password(
    url: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["autotune"])
        assert main([*command, "--store", url]) != 0
    said = capsys.readouterr()
    assert said.out + said.err
    assert SECRET not in said.out + said.err


def test_nothing_that_is_kept_holds_the_password(
    postgres: str, new_study: New, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(postgres) as store:
        new_study(store)
        with store.acquire(1), store._database.read() as connection:
            for table in ("studies", "decisions", "segments"):
                rows = connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall()
                assert PASSWORD not in repr(rows)
        assert PASSWORD not in f"{store.url} {store!r} {store.checkpoints}"
    for arguments in (["status", "--json"], ["studies", "list"], ["status", "mrpc"], ["doctor"]):
        main([*arguments, "--store", postgres])
    said = capsys.readouterr()
    assert PASSWORD not in said.out + said.err


def test_a_study_s_file_may_not_lead_out_of_its_folder(tmp_path: Path, lite: Store, new_study: New) -> None:
    """A store may come from anybody: the paths in it are not trusted."""
    study, precious = new_study(lite), tmp_path / "precious"
    precious.write_text("do not touch")
    row = (study, 1, 0, 0, 10, "", len("do not touch"), "0" * 64, 0.0)
    for path in ("../precious", str(precious), "1-mrpc/../../precious", "."):
        with sqlite3.connect(tmp_path / "autotune.db") as connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("DELETE FROM checkpoints")
            connection.execute("INSERT INTO checkpoints VALUES (?,?,?,?,?,?,?,?,?)", (*row[:5], path, *row[6:]))
        connection.close()
        with pytest.raises(AutotuneError, match="outside of"):
            lite.drop_checkpoints(study, keep=())
        assert precious.read_text() == "do not touch"


def test_names_from_a_record_may_not_lead_out(
    tmp_path: Path, lite: Store, new_study: New, capsys: pytest.CaptureFixture[str]
) -> None:
    new_study(lite)
    whole = record.dumps(lite, "mrpc")
    file = tmp_path / "record.json"
    for name, code in (("fine", 0), ("../../evil", 2)):
        file.write_text(whole.replace('"mrpc"', json.dumps(name)))
        assert main(["import", str(file), "--store", str(tmp_path / "autotune.db")]) == code
    assert "'../../evil' is not allowed" in capsys.readouterr().err


def test_files_have_the_user_s_mask(tmp_path: Path, new_study: New) -> None:
    import os

    before = os.umask(0o027)
    try:
        with Store.open(tmp_path / "made" / "autotune.db") as store:
            new_study(store)
            store.check_writable()
            modes = {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / "made").iterdir()}
    finally:
        os.umask(before)
    assert {name: mode for name, mode in modes.items() if mode & 0o027} == {}
    assert modes["autotune.db"] == 0o640
    assert modes["autotune.checkpoints"] == 0o750
