"""What a document is made of, whatever it is written as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Text:
    """A paragraph of plain text."""

    text: str
    loud: bool = False
    """What a reader in a hurry should read."""


@dataclass(frozen=True)
class Table:
    """Cells as plain text."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[str] = frozenset()
    """Columns that align to the right: numbers."""
    strong: int | None = None
    """A row that stands out."""
    bars: str = ""
    """A column of shares within [0, 1], which may be drawn as bars."""


@dataclass(frozen=True)
class Picture:
    """A figure, drawn when it is needed."""

    draw: Callable[[], Figure]
    caption: str


@dataclass(frozen=True)
class Code:
    """Commands or a file to be copied."""

    text: str
    title: str = ""
    """Where it is long and may be folded away under this."""


Block = Text | Table | Picture | Code


@dataclass(frozen=True)
class Section:
    """A headline with what stands below it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    summary: Sequence[Block]
    sections: Sequence[Section] = field(default_factory=tuple)
    foot: str = ""
