"""Reading GLUE's own TSV files: no quoting, sometimes no header, a few broken lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError
from autotune.tasks.tables import Table
from autotune.tasks.text_files import plain_rows


@dataclass(frozen=True)
class Layout:
    """Where a task's TSV files keep texts and label."""

    texts: tuple[str, ...]
    label: str
    header: tuple[str, ...] = ()
    """Names of the columns where the files have no header line."""
    validation: str = "dev"
    extra: Mapping[str, str] = field(default_factory=dict)


def read_splits(
    folder: Path,
    layout: Layout,
    texts: Sequence[str],
    labels: Sequence[str],
    validation: str,
    extra: Mapping[str, str],
) -> dict[str, Table]:
    """Training and validation tables of a folder.

    Args:
        folder: holds ``train.tsv`` and ``dev.tsv`` (names in any case).
        layout: of the files.
        texts: names that the text columns get.
        labels: class names in the order of their numbers; one empty name for scores.
        validation: name that the validation table gets.
        extra: the task's further splits by name, to the name that their tables get.

    Raises:
        AutotuneError: a file is missing, is not UTF-8, or lacks a column.
    """
    stems = {"train": "train", validation: layout.validation, **{extra[k]: v for k, v in layout.extra.items()}}
    files = {p.name.casefold(): p for p in folder.iterdir()}
    tables = {}
    for split, stem in stems.items():
        path = files.get(f"{stem}.tsv")
        if path is None:
            raise AutotuneError(
                f"{folder} has no {stem}.tsv", "unpack GLUE's archive there, or name another --data-dir"
            )
        tables[split] = read_tsv(path, layout, texts, labels)
    return tables


def read_tsv(path: Path, layout: Layout, texts: Sequence[str], labels: Sequence[str]) -> Table:
    """One file, lines with too few fields or without a gold label left out, as GLUE's readers do.

    Raises:
        AutotuneError: the file is empty, lacks a column or has an unknown label (with its line).
    """
    rows = plain_rows(path)
    header = list(layout.header) or [name.strip() for name in next(rows, [""])]
    wanted = (*layout.texts, layout.label)
    missing = [name for name in wanted if name not in header]
    if missing:
        shown = ", ".join(header)[:200]
        raise AutotuneError(
            f"{path} has no column {missing[0]!r} (its first line is: {shown})", "name GLUE's own files"
        )
    places = [header.index(name) for name in wanted]
    names = (*texts, "label")
    columns: dict[str, list[Any]] = {name: [] for name in names}
    numbers = {name: i for i, name in enumerate(labels)} | {str(i): i for i in range(len(labels))}
    broken = 0
    for line, row in enumerate(rows, 1 if layout.header else 2):
        if len(row) <= max(places) or row[places[-1]] == "-":
            broken += row != [""]
            continue
        gold = row[places[-1]].strip()
        if labels[0] and gold not in numbers:
            raise AutotuneError(f"{path}, line {line}: unknown label {gold!r}", f"labels are {', '.join(labels)}")
        for name, place in zip(names, places, strict=True):
            columns[name].append(row[place])
        columns["label"][-1] = numbers[gold] if labels[0] else gold
    if not columns["label"]:
        raise AutotuneError(f"{path} has no examples", "unpack GLUE's archive there, or name another --data-dir")
    notes = (f"{broken:,} broken lines of {path.name} left out",) if broken else ()
    return Table(columns, str(path), {"label": tuple(labels)} if labels[0] else {}, notes)
