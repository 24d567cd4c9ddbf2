"""``autotune import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.options import Json, Store
from autotune.cli.output import echo, echo_json, program, progress

File = Annotated[Path, typer.Argument(metavar="FILE", help="What `autotune export STUDY --to json` wrote.")]
Name = Annotated[str | None, typer.Option("--study", help="Another name for the study.")]


def command(file: File, study: Name = None, store: Store = None, as_json: Json = False) -> None:
    """Take a study's record in, from another store.

    Its front, curves and decisions are as they were; checkpoints are not in a record.
    """
    from autotune.cli.stores import store_flag
    from autotune.export.importing import import_study
    from autotune.settings import machine
    from autotune.store import Store as Opened

    with Opened.open(machine.store_url(store)) as opened:
        done = import_study(opened, file, study)
    if as_json:
        echo_json(vars(done))
    else:
        echo(f"{done.study}: {done.trials} trials, {done.events} events")
    progress(
        "checkpoints are not in a record: adapters cannot be exported and no trial can go on "
        f"({done.paused} paused); autotune export {done.study} --to script, or autotune train, trains one again"
    )
    progress(f"next: {program()} pareto {done.study}{store_flag(store)}")
