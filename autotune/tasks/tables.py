"""A table of columns, and the errors of its cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autotune.errors import AutotuneError


@dataclass(frozen=True)
class Table:
    """Columns of equal length, as a file has them."""

    columns: dict[str, list[Any]]
    """Cells as text (csv, tsv) or as the file types them; None is missing."""
    source: str
    """The file or folder, for messages."""
    label_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Class names of columns that the file itself declares to hold class numbers."""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def find(self, name: str, flag: str) -> str:
        """The column of that name, whatever its case.

        Args:
            name: as the user or the task says it.
            flag: that names such a column, for the message.

        Raises:
            AutotuneError: there is none; the message lists the columns there are.
        """
        if name in self.columns:
            return name
        folded = [c for c in self.columns if c.casefold() == name.casefold()]
        if len(folded) == 1:
            return folded[0]
        raise AutotuneError(f"{self.source} has no column {name!r}; it has {self.listing()}", f"name one with {flag}")

    def listing(self) -> str:
        """The columns' names for a message."""
        shown = [repr(c if len(c) <= 40 else c[:37] + "...") for c in self.columns]
        return ", ".join(shown[:20]) + (f" and {len(shown) - 20} more" if len(shown) > 20 else "")


def join(tables: list[Table], source: str) -> Table:
    """The rows of several files with the same columns.

    Raises:
        AutotuneError: the columns differ.
    """
    first = tables[0]
    for other in tables[1:]:
        if set(other.columns) != set(first.columns):
            raise AutotuneError(
                f"{other.source} has the columns {other.listing()}, but {first.source} has {first.listing()}",
                "give all files of a split the same columns",
            )
    columns = {c: [cell for t in tables for cell in t.columns[c]] for c in first.columns}
    return Table(columns, source, first.label_names, tuple(n for t in tables for n in t.notes))
