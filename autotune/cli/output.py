"""Writing to stdout: data as JSON, CSV or tables, dressed up only for a terminal."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import typer


def fancy(stream: IO[str]) -> bool:
    """Whether a stream is a terminal that shows more than plain text."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def program() -> str:
    """How this program is called from here: ``autotune`` where the shell finds it, else the path it was called by."""
    called = Path(sys.argv[0])
    found = shutil.which("autotune")
    if called.name != "autotune" or (found is not None and Path(found).resolve() == called.resolve()):
        return "autotune"
    path = called.resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def echo(text: str = "") -> None:
    """Print a line of data on stdout.

    Raises:
        typer.Exit: the reader went away, as ``head`` does; that is no error.
    """
    try:
        typer.echo(text)
    except BrokenPipeError:
        forget_stdout()
        raise typer.Exit(0) from None


def forget_stdout() -> None:
    """Let what is still written to stdout vanish, the interpreter's last flush too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def progress(text: str) -> None:
    """Print a line that is no data on stderr."""
    typer.echo(text, err=True)


def echo_json(data: Any, *, line: bool = False) -> None:
    """Print JSON on stdout; what is no finite number becomes null."""
    echo(json.dumps(_finite(data), ensure_ascii=False, indent=None if line else 2, default=str))


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {str(k): _finite(v) for k, v in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(v) for v in data]
    return data


def echo_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()) -> None:
    """Print a table: with rich on a terminal, as aligned plain text elsewhere.

    Args:
        header: names of the columns.
        rows: cells as texts, one for each column.
        right: names of the columns that align to the right.
    """
    if fancy(sys.stdout):
        from rich.console import Console

        Console().print(rich_table(header, rows, right))
        return
    for line in plain_table(header, rows, right):
        echo(line)


def plain_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()) -> list[str]:
    """The lines of a table in aligned plain text."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = []
    for row in [header, *rows]:
        cells = [
            cell.rjust(width) if name in right else cell.ljust(width)
            for name, cell, width in zip(header, row, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def rich_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()) -> Any:
    """The table for a terminal (``rich.table.Table``)."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in header:
        number = name in right
        table.add_column(name, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
