"""From cells to texts, class numbers and scores."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune.errors import AutotuneError

MANY = 30
"""Distinct numbers beyond which a numeric label is a score."""
MOST_CLASSES = 1000


def to_text(cell: object, column: str, source: str) -> str:
    """A cell as text, outer white space removed; the empty text where it is missing.

    Raises:
        AutotuneError: the cell is a list or an object.
    """
    if isinstance(cell, str):
        return cell.strip()
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, int | float):
        return str(cell)
    raise AutotuneError(
        f"column {column!r} of {source} holds {type(cell).__name__} cells, not texts",
        "name a column with --text-column",
    )


def is_missing(cell: object) -> bool:
    """Whether a label cell is empty: None, NaN or blank."""
    return (
        cell is None or (isinstance(cell, float) and math.isnan(cell)) or (isinstance(cell, str) and not cell.strip())
    )


def as_number(cell: object) -> float | None:
    """A finite or infinite number that a cell is or spells; None otherwise. Booleans are none."""
    if isinstance(cell, bool):
        return None
    try:
        value = float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return None if math.isnan(value) else value


def detect_kind(cells: Sequence[Any]) -> str:
    """``regression`` for numbers that are not all whole or take more than 30 values, else ``classification``."""
    distinct = {c for c in cells if isinstance(c, str | int | float | bool)}
    numbers = [as_number(c) for c in distinct]
    if any(n is None for n in numbers):
        return "classification"
    whole = all(n is not None and math.isfinite(n) and n == int(n) for n in numbers)
    return "classification" if whole and len(set(numbers)) <= MANY else "regression"


def check_present(cells: Sequence[Any], column: str, source: str) -> None:
    """Refuse labels that are missing.

    Raises:
        AutotuneError: some or all are; the message has the first row, counted from 1.
    """
    rows = [i for i, cell in enumerate(cells, 1) if is_missing(cell)]
    hidden = bool(cells) and all(as_number(c) == -1 for c in cells)
    if cells and (len(rows) == len(cells) or hidden):
        raise AutotuneError(
            f"{source} has no labels: column {column!r} is {'-1' if hidden else 'empty'} throughout",
            "give labelled examples, or name another column with --label-column",
        )
    if rows:
        raise AutotuneError(
            f"{source}: {len(rows):,} of {len(cells):,} labels in {column!r} are missing, first in row {rows[0]}",
            "fill them in or remove those rows, or name another column with --label-column",
        )


def class_names(cells: Sequence[Any], column: str, source: str) -> tuple[str, ...]:
    """The names of the classes: numbers in their order, then texts in theirs.

    Raises:
        AutotuneError: cells are lists, or there are too many classes to be classes.
    """
    names = {class_name(c, column, source) for c in cells}
    if len(names) > MOST_CLASSES:
        raise AutotuneError(
            f"column {column!r} of {source} has {len(names):,} different labels; at most {MOST_CLASSES:,} are classes",
            "name the label's column with --label-column, or set --task-kind regression for scores",
        )

    def order(name: str) -> tuple[int, float, str]:
        number = as_number(name)
        return (1, 0.0, name) if number is None else (0, number, name)

    return tuple(sorted(names, key=order))


def class_name(cell: Any, column: str, source: str) -> str:
    """What a class is called: a text without outer white space; 1.0 is called 1."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, bool | int | float):
        return str(cell)
    raise AutotuneError(
        f"column {column!r} of {source} holds {type(cell).__name__} cells, not labels",
        "name a column of single labels with --label-column",
    )


def to_scores(cells: Sequence[Any], column: str, source: str) -> NDArray[np.float32]:
    """Scores as float32.

    Raises:
        AutotuneError: a cell is no finite number; the message has its row, counted from 1.
    """
    scores = np.empty(len(cells), dtype=np.float32)
    for row, cell in enumerate(cells):
        number = as_number(cell)
        if number is None or not math.isfinite(np.float32(number)):
            raise AutotuneError(
                f"{source}, row {row + 1:,}: {cell!r} in column {column!r} is no number",
                "mend it, or set --task-kind classification, or name another column with --label-column",
            )
        scores[row] = number
    return scores


def to_classes(cells: Sequence[Any], names: Sequence[str], column: str, source: str) -> NDArray[np.int64]:
    """Class numbers as int64.

    Raises:
        AutotuneError: a class was not among the training part's.
    """
    numbers = {name: i for i, name in enumerate(names)}
    own = Counter(class_name(c, column, source) for c in cells)
    unknown = [name for name in own if name not in numbers]
    if unknown:
        raise AutotuneError(
            f"{source} has the label {unknown[0]!r} ({own[unknown[0]]:,} times), which no training example has",
            f"training has {', '.join(map(repr, names[:10]))}; add examples of it there or remove it",
        )
    return np.array([numbers[class_name(c, column, source)] for c in cells], dtype=np.int64)
