"""Figures in one style, and what becomes of them: a file, or SVG text that follows a page's colours."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autotune.errors import AutotuneError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, GRID, PAPER = "#1b1b1f", "#6a7077", "#dcdfe4", "#fefefe"
"""Text, what is less important, lines of the grid, background: a page may have its own for these four."""
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW = (
    *("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#f0e442"),
)
"""The colours of Okabe and Ito, told apart by colour-blind eyes as well."""
_VARIABLES = {INK: "var(--ink)", MUTED: "var(--muted)", GRID: "var(--grid)", PAPER: "var(--paper)"}
SUFFIXES = (".png", ".svg", ".pdf")
_STYLE: Any = {
    "font.size": 10,
    "font.family": "sans-serif",
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "svg.fonttype": "none",
}


@contextmanager
def style() -> Iterator[None]:
    """While a figure is made or written.

    Raises:
        AutotuneError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise AutotuneError(
            "pictures need matplotlib, which is not installed", "pip install 'autotune[report]'"
        ) from error
    with mpl.rc_context(_STYLE):
        yield


def panel(width: float = 7.2, height: float = 4.4) -> tuple[Figure, Axes]:
    """A figure with one pair of axes; sizes in inches. To be called within ``style``."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def legend(axes: Axes, columns: int) -> None:
    """Say below a picture, where nothing is hidden by it, what its signs mean."""
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), ncols=columns, fontsize=9, borderaxespad=0.4)


def check_place(file: Path) -> None:
    """Refuse a picture's place, before what it shows is worked out; its folder is made.

    Raises:
        AutotuneError: it has another end than ``SUFFIXES``, or cannot be written.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise AutotuneError(
            f"the picture {file} has no known form ({file.suffix or 'no ending'})",
            f"end its name on one of {', '.join(SUFFIXES)}",
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
            raise PermissionError("it is a folder" if file.is_dir() else "not permitted")
    except OSError as error:
        raise AutotuneError(
            f"the picture {file} cannot be written: {error.strerror or error}", "name another place"
        ) from error


def save(figure: Figure, file: Path) -> None:
    """Write a figure; the name's end says as what.

    Raises:
        AutotuneError: it has another end than ``SUFFIXES``, or cannot be written.
    """
    file = file.expanduser()
    check_place(file)
    try:
        with style():
            figure.savefig(file, dpi=160, **_plain_metadata(file.suffix.lower()))
    except OSError as error:
        raise AutotuneError(
            f"the picture {file} cannot be written: {error.strerror or error}", "name another place"
        ) from error


def svg(figure: Figure, name: str) -> str:
    """A figure as an ``<svg>`` element in the page's colours.

    Args:
        figure: to be written.
        name: unlike that of any other picture of the page.
    """
    import matplotlib as mpl

    text = StringIO()
    with style(), mpl.rc_context({"svg.hashsalt": name, "svg.id": name}):
        figure.savefig(text, format="svg", transparent=True, **_plain_metadata(".svg"))
    found = text.getvalue()
    found = found[found.index("<svg") :]
    for colour, variable in _VARIABLES.items():
        found = found.replace(colour, variable)
    # Sized by the page: the view box keeps the proportions.
    return re.sub(r'(<svg[^>]*?) width="[^"]*"| height="[^"]*pt"', r"\1", found, count=2).strip()


def _plain_metadata(suffix: str) -> dict[str, Any]:
    """No date: the same study gives the same file."""
    keys = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    return {"metadata": keys[suffix]} if suffix in keys else {}
