"""``autotune export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.options import Overwrite, Store, StudyOrTrial
from autotune.cli.output import echo, program, progress

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write.")]


def command(study: StudyOrTrial, out: Out, overwrite: Overwrite = False, store: Store = None) -> None:
    """Write the winner, or another trial, to a folder.

    It holds the configuration, the figures and the trained adapter.
    """
    from autotune.cli.stores import opened, split
    from autotune.export import export_trial

    name, trial = split(study)
    with opened(store) as found:
        folder = export_trial(found, name, trial, out, overwrite=overwrite)
    progress(f"next: {program()} train {folder}")
    echo(str(folder))
