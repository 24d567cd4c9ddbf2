"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Store = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="URL", help="Study store: a .db file or a database URL.  [default: ./studies/autotune.db]"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Study = Annotated[str, typer.Argument(metavar="STUDY", help="Name of a study; see: autotune studies list")]
StudyOrTrial = Annotated[str, typer.Argument(metavar="STUDY[/TRIAL]", help="A study, or a trial of it such as mrpc/7.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier call wrote there.")]
