"""``autotune studies``: what the store holds, and making room in it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from autotune.cli.options import Json, Store
from autotune.cli.output import echo, echo_json, echo_table
from autotune.errors import AutotuneError
from autotune.words import duration, si

app = typer.Typer(help="List or remove studies, or clean up after them.", no_args_is_help=True)

Names = Annotated[list[str], typer.Argument(metavar="STUDY...", help="One or several studies.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command("list")
def list_studies(store: Store = None, as_json: Json = False) -> None:
    """List the studies of a store."""
    from autotune.cli.status import summary
    from autotune.cli.stores import opened

    with opened(store) as found:
        data = [summary(row, found.outline(row.id)) for row in found.studies()]
    if as_json:
        echo_json(data)
    elif not data:
        echo("no studies yet; begin one with: autotune search demo")
    else:
        rows = [
            [
                d["study"],
                d["status"],
                d["task"],
                d["model"],
                str(sum(d["trials"].values())),
                duration(d["device_seconds"]),
            ]
            for d in data
        ]
        header = ["study", "status", "task", "model", "trials", "device time"]
        echo_table(header, rows, right=["trials", "device time"])


@app.command("rm")
def remove(studies: Names, yes: Yes = False, store: Store = None) -> None:
    """Remove studies with their trials and checkpoints."""
    from autotune.cli.stores import opened

    with opened(store, write=True) as found:
        rows = [found.study(name) for name in studies]
        trials = sum(sum(row.counts.values()) for row in rows)
        if not yes:
            _ask(f"remove {', '.join(studies)} with {trials} trials for good?")
        for name in studies:
            found.delete(name)
            echo(f"removed {name}")


def _ask(question: str) -> None:
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        raise AutotuneError("there is nobody to ask", "add --yes") from None
    if not agreed:
        raise typer.Exit(1)


@app.command("gc")
def collect(store: Store = None, as_json: Json = False) -> None:
    """Remove checkpoint files that no study knows any more."""
    from autotune.cli.stores import opened

    with opened(store, write=True) as found:
        files = found.garbage()
        freed = found.collect_garbage()
    if as_json:
        echo_json({"files": files, "bytes_freed": freed})
    else:
        echo(f"removed {len(files)} checkpoint files, {si(freed, 'B')} freed")
