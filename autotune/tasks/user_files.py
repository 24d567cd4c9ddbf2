"""A user's own data as a task: ``--task path/to/folder-or-file``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from autotune.errors import AutotuneError
from autotune.spec import TaskSpec
from autotune.tasks import cells
from autotune.tasks.build import Raw, build
from autotune.tasks.columns import find_columns
from autotune.tasks.files import FORMS, TEST, TRAIN, VALIDATION, find_parts, read_file, read_part
from autotune.tasks.metrics import CLASSIFICATION, REGRESSION
from autotune.tasks.tables import Table
from autotune.tasks.types import Split, Task


def load_path(spec: TaskSpec, path: Path) -> Task:
    """The task that a file or folder holds.

    A folder has a training and a validation part, told by the files' names; without a validation part a labelled test
    part is held out, and without that, or for a single file, a fifth of the examples.

    Raises:
        AutotuneError: the data cannot be read, or cannot carry a search.
    """
    training, held_out, notes = _parts(path, spec)
    texts, label = find_columns(training, spec)
    kind = spec.kind or ("" if label not in training.label_names else CLASSIFICATION)
    if kind not in ("", CLASSIFICATION, REGRESSION):
        raise AutotuneError(f"unknown kind of task {kind!r}", f"use --task-kind {CLASSIFICATION} or {REGRESSION}")
    cells.check_present(training.columns[label], label, training.source)
    kind = kind or cells.detect_kind(training.columns[label])
    names = _names(training, label) if kind == CLASSIFICATION else ("",)
    train_split, dropped = to_split(training, "train", texts, label, kind, names)
    notes += dropped
    held_split = None
    if held_out is not None:
        cells.check_present(held_out.columns[held_out.find(label, "--label-column")], label, held_out.source)
        held_split, dropped = to_split(held_out, "held_out", texts, label, kind, names)
        notes += dropped
    own = ["pearson_spearman", "pearson", "spearman"]
    if kind == CLASSIFICATION:
        own = ["accuracy", "f1" if len(names) == 2 else "f1_macro"]
    described = f"texts: {' + '.join(texts)}; label: {label}; {kind}"
    return build(spec, Raw(kind, names, train_split, held_split, own, notes=(described, *notes)))


def described(spec: TaskSpec) -> TaskSpec:
    """The specification with its columns written out, where it names a file or folder that is still there.

    Raises:
        AutotuneError: the data cannot be read, or are no longer what the specification says.
    """
    path = Path(spec.name).expanduser()
    if not path.exists():
        return spec
    texts, label = find_columns(_parts(path, spec)[0], spec)
    return replace(spec, text_columns=texts, label_column=label)


def to_split(
    table: Table, part: str, texts: tuple[str, ...], label: str, kind: str, names: tuple[str, ...]
) -> tuple[Split, list[str]]:
    """A table's examples, rows without any text left out, and a note about those.

    Args:
        table: of one part.
        part: its name, which begins the examples' ids.
        texts: one or two columns.
        label: the label's column.
        kind: ``classification`` or ``regression``.
        names: the classes' names in the order of their numbers.
    """
    columns = [table.find(c, "--text-column") for c in texts]
    found = table.find(label, "--label-column")
    read = [[cells.to_text(cell, c, table.source) for cell in table.columns[c]] for c in columns]
    keep = [i for i in range(len(table)) if any(column[i] for column in read)]
    targets: Any
    values = table.columns[found]
    if kind == REGRESSION:
        targets = cells.to_scores(values, found, table.source)
    elif found in table.label_names and all(isinstance(v, int) for v in values):
        targets = np.array(values, dtype=np.int64)
        if len(targets) and (targets.min() < 0 or targets.max() >= len(names)):
            raise AutotuneError(
                f"{table.source} has the class number {next(int(v) for v in targets if not 0 <= v < len(names))}, "
                f"but column {found!r} declares {len(names)} classes",
                "remove unlabelled rows, or name another column with --label-column",
            )
    else:
        targets = cells.to_classes(values, names, found, table.source)
    ids = [f"{part}:{i}" for i in range(len(table))]
    split = Split(read[0], read[1] if len(read) == 2 else None, targets, ids)
    if len(keep) == len(table):
        return split, []
    return split.take(keep), [
        f"{len(table) - len(keep):,} of {len(table):,} rows of {table.source} have no text: left out"
    ]


def _names(table: Table, label: str) -> tuple[str, ...]:
    """Class names as the file declares them, else those that its cells hold."""
    if label in table.label_names and all(isinstance(v, int) for v in table.columns[label]):
        return table.label_names[label]
    return cells.class_names(table.columns[label], label, table.source)


def _parts(path: Path, spec: TaskSpec) -> tuple[Table, Table | None, list[str]]:
    """The training table, the one to hold out if there is one, and notes."""
    if path.is_file():
        return _not_empty(read_file(path)), None, []
    parts = find_parts(path)
    if not parts:
        inside = ", ".join(sorted(p.name for p in path.iterdir())[:10]) or "nothing"
        raise AutotuneError(f"{path} holds no data files (it holds {inside})", f"give train and validation as {FORMS}")
    train = [n for n in parts if TRAIN.match(n)]
    held = [n for n in parts if VALIDATION.match(n) and n not in train]
    test = [n for n in parts if TEST.match(n) and n not in train and n not in held]
    if not train and len(parts) == 1:
        return _not_empty(read_part(next(iter(parts.values())))), None, []
    if len(train) != 1 or len(held) > 1:
        raise AutotuneError(
            f"nothing tells which file of {path} is for training and which for validation: {', '.join(parts)}",
            "name them train.* and validation.*, or give one file with --task",
        )
    training = _not_empty(read_part(parts[train[0]]))
    if held:
        return training, _not_empty(read_part(parts[held[0]])), []
    for name in test:
        table = read_part(parts[name])
        if _labelled(table, training, spec):
            return training, table, [f"no validation part: {name!r} is held out"]
    return training, None, ["no validation part: a fifth of the training part is held out"]


def _labelled(table: Table, training: Table, spec: TaskSpec) -> bool:
    label = find_columns(training, spec)[1]
    values = table.columns.get(label, [])
    return (
        bool(values) and not any(cells.is_missing(v) for v in values) and any(cells.as_number(v) != -1 for v in values)
    )


def _not_empty(table: Table) -> Table:
    if not len(table):
        raise AutotuneError(f"{table.source} has no examples", "give a file with a row for each example")
    return table
