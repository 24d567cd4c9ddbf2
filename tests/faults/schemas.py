"""Databases that earlier versions wrote: they open, are upgraded, and their interrupted study goes on to its end."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from pathlib import Path

from helpers.studies import spec

from autotune.controller import replay
from autotune.spec import StudySpec
from autotune.store import Store, schema
from faults.lives import begin_or_resume, on_virtual_clock, warm
from faults.verdict import Size, Verdict

FOLDER = Path(__file__).parent.parent / "store" / "schemas"
STUDY = spec("old", budget=("8trials",), seeds=2, workers=2, searcher="tpe", scheduler="asha")
_AT = 25
"""Events after which the study of a dump was cut short, segments under way and all."""


def row(size: Size, folder: Path) -> Verdict:
    """Row 9: one study for every revision of the schema."""
    verdict = Verdict("old studies", "old studies open: all upgrade and resume")
    dumps = sorted(FOLDER.glob("*-interrupted.sql"))
    found = [path.stem.split("-")[0] for path in dumps]
    verdict.check(found == list(schema.REVISIONS), f"dumps of {found}, schemas {list(schema.REVISIONS)}")
    for dump in dumps:
        with verdict.told(dump.stem):
            _one(verdict, dump, folder)
    verdict.done = f"schemas {', '.join(found)}"
    return verdict


def _one(verdict: Verdict, dump: Path, folder: Path) -> None:
    url = str(folder / f"{dump.stem}.db")
    connection = sqlite3.connect(url)
    connection.executescript(dump.read_text())
    connection.close()
    shutil.copytree(dump.with_suffix(".checkpoints"), folder / f"{dump.stem}.checkpoints")
    with Store.open(url) as store:
        (row,) = store.studies()
        before = [event for _, event in store.events(row.id)]
        left = len(store.running_segments(row.id))
        verdict.check(store.check() == [], f"{dump.stem}: {store.check()}")
        verdict.check(len(before) >= _AT, f"{dump.stem}: {len(before)} events, fewer than were recorded")
    study = StudySpec.from_dict(row.spec)
    begin_or_resume(url, study, on_virtual_clock(study))
    with Store.open(url) as store:
        (row,) = store.studies()
        events = [event for _, event in store.events(row.id)]
        verdict.check(row.status == "complete", f"{dump.stem}: ended {row.status}: {row.message}")
        verdict.check(events[: len(before)] == before, f"{dump.stem}: what was recorded has changed")
        version = store.check()
        verdict.check(version == [], f"{dump.stem}: {version}")
        verdict.check(replay(store, row.name)[1] == [], f"{dump.stem}: replay differs")
    verdict.add("schemas")
    verdict.add("events read", len(before))
    verdict.add("segments run again", left)
    verdict.add("events after", len(events) - len(before))


def dump(folder: Path) -> Path:
    """Write the dump of the present schema: a study that was killed in the middle. For whoever adds a revision."""
    from faults.doom import Doom
    from faults.lives import live

    name = f"{schema.REVISIONS[-1]}-interrupted"
    url = folder / f"{name}.db"
    warm(folder, spec("warm", budget=("2trials",)))
    live(str(url), STUDY, on_virtual_clock(STUDY), folder / "told", Doom(14 * _AT, "append"))
    while len((folder / "told").read_text().splitlines()) < _AT:
        live(str(url), STUDY, on_virtual_clock(STUDY), folder / "told", Doom(400, "append"))
    connection = sqlite3.connect(url)
    (recorded,) = connection.execute("SELECT environment FROM studies").fetchone()
    environment = {**json.loads(recorded), "platform": "", "processor": ""}  # nobody's machine
    connection.execute(
        "UPDATE studies SET environment = ?, lease_host = 'machine', lease_machine = ''", [json.dumps(environment)]
    )
    connection.commit()
    target = FOLDER / f"{name}.sql"
    target.write_text("\n".join(connection.iterdump()) + "\n")
    connection.close()
    shutil.copytree(folder / f"{name}.checkpoints", target.with_suffix(".checkpoints"), dirs_exist_ok=True)
    return target


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as made:
        print(dump(Path(made)), file=sys.stderr)
