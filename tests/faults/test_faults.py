"""A short form of every row, and what happens to rows without their protection. The long ones are ``make faults``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.services import need

from faults import mutants
from faults.__main__ import main
from faults.table import ROWS, lines
from faults.verdict import Size, Verdict, timed


@pytest.mark.slow
@pytest.mark.parametrize("name", [row.name for row in ROWS if not row.long])
def test_a_row_holds(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = main([name, "--short", "--json"])
    (found,) = json.loads(capfd.readouterr().out)
    need(found["not_run"])
    assert code == 0, found["breaches"]
    assert found["holds"]
    assert found["counts"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nothing-again", "late-is-taken", "any-message"])
def test_a_row_breaks_without_its_protection(name: str) -> None:
    """All of them: ``make faults FAULTS=--mutants``."""
    assert mutants.noticed(name)


def test_every_protection_belongs_to_a_row() -> None:
    assert {m.row for m in mutants.MUTANTS.values()} <= {row.name for row in ROWS}
    assert {row.name for row in ROWS} - {m.row for m in mutants.MUTANTS.values()} <= {"training", "crowd-server"}


def test_a_row_that_raises_or_was_not_run_does_not_hold(tmp_path: Path) -> None:
    def broken(size: Size, folder: Path) -> Verdict:
        raise ValueError("a bug of the row's own")

    verdict = timed(broken, Size(short=True), tmp_path)
    assert not verdict.holds
    assert "a bug of the row's own" in verdict.breaches[0]
    missing = Verdict("server", "waits", not_run="no PostgreSQL here")
    assert not missing.holds
    assert lines([missing, verdict])[0].startswith("NOT RUN")


def test_an_unknown_row_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["kilsl"])
    assert "there is no row 'kilsl'; choose from kills," in capsys.readouterr().err
