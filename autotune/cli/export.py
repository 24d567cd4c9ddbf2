"""``autotune export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.options import Overwrite, Store, StudyOrTrial
from autotune.cli.output import echo, program, progress
from autotune.errors import AutotuneError

Place = Annotated[str | None, typer.Argument(metavar="[PLACE]", help="The same as --out.")]
Out = Annotated[
    str | None,
    typer.Option("--out", metavar="PLACE", help="Folder to write; for a whole study a file or a storage's URL."),
]
To = Annotated[
    str, typer.Option("--to", help="autotune, peft, hf-args or script; of a whole study optuna, csv, parquet or json.")
]
Merge = Annotated[bool, typer.Option("--merge", help="Write the whole model, the adapter folded into it.")]


def command(
    study: StudyOrTrial,
    place: Place = None,
    to: To = "autotune",
    out: Out = None,
    merge: Merge = False,
    overwrite: Overwrite = False,
    store: Store = None,
) -> None:
    """Write the winner or another trial for training or for use, or a whole study for other tools.

    Without --to a folder for `autotune train` and peft. What a target cannot express is refused with the nearest way.
    """
    from autotune.cli.stores import opened, split
    from autotune.export import export_trial
    from autotune.export.targets import STUDY_TARGETS

    name, trial = split(study)
    where = _place(place, out)
    if to in STUDY_TARGETS:
        _export_study(name, trial, to, where, merge=merge, overwrite=overwrite, store=store)
        return
    if where is None:
        raise AutotuneError(
            f"no place to write {study} to was named (--out)",
            f"name a new folder: --out exports/{name}; see: autotune export --help",
        )
    if merge and to != "autotune":
        raise AutotuneError(f"--merge writes a whole model, --to {to} something else", "give one of them")
    with opened(store) as found:
        folder = export_trial(found, name, trial, where, to=to, merge=merge, overwrite=overwrite)
    if not merge and (command := _next(to, folder)):
        progress(f"next: {command}")
    echo(str(folder))


def _place(place: str | None, out: str | None) -> str | None:
    if place is not None and out is not None:
        raise AutotuneError(f"two places are named: {place} and --out {out}", "name one")
    return out if place is None else place


def _next(to: str, folder: Path) -> str:
    commands = {"autotune": f"{program()} train {folder}", "script": f"python {folder}/train.py"}
    return commands.get(to, "")


def _export_study(
    name: str, trial: int | None, to: str, where: str | None, *, merge: bool, overwrite: bool, store: str | None
) -> None:
    from autotune.cli.stores import opened
    from autotune.export.study import export_study

    if trial is not None or merge:
        what = "--merge writes a model" if merge else f"{name}/{trial} is a trial"
        raise AutotuneError(f"{what}, --to {to} takes a whole study", f"write: autotune export {name} --to {to}")
    with opened(store) as found:
        written = export_study(found, name, to, where, overwrite=overwrite)
    echo(written.rstrip("\n"))
