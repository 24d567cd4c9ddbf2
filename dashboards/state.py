"""What a page shows, as it stands in its URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

VIEWS = ("front", "progress", "insight", "compare", "table")
PARTS = ("selection", "held_out")
SCALES = ("", "linear", "log")
"""Empty: by the objective's own scale."""
PAGE = 50
"""Rows of the table at a time."""


@dataclass(frozen=True)
class ViewState:
    """One view of a study. Its fields are the parameters of the URL; what is empty or 0 is left out there."""

    study: str = ""
    """The newest study when empty."""
    view: str = "front"
    x: str = ""
    """An objective or cost; the study's second objective when empty."""
    y: str = ""
    z: str = ""
    """As colour, or as size where ``zas`` says so."""
    zas: str = "colour"
    xs: str = ""
    ys: str = ""
    part: str = "selection"
    filter: str = ""
    brush: tuple[float, ...] = ()
    """x0, x1, y0, y1 of the box drawn on the front."""
    sort: str = ""
    """A column, with ``-`` in front for descending."""
    page: int = 0
    trial: int | None = None
    others: tuple[str, ...] = ()
    """Studies to compare with."""
    theme: str = "light"
    """Told by the browser, not by the URL."""

    def without(self, *names: str) -> ViewState:
        """The same with these at their defaults: what a part of the page does not depend on."""
        plain = ViewState()
        return replace(self, **{name: getattr(plain, name) for name in names})


def read_state(data: Mapping[str, Any] | None) -> ViewState:
    """The state that the browser sent; what makes no sense takes its default, for a URL may be anybody's."""
    given = data or {}
    return ViewState(
        study=_text(given.get("study")),
        view=_one_of(given.get("view"), VIEWS),
        x=_text(given.get("x")),
        y=_text(given.get("y")),
        z=_text(given.get("z")),
        zas=_one_of(given.get("zas"), ("colour", "size")),
        xs=_one_of(given.get("xs"), SCALES),
        ys=_one_of(given.get("ys"), SCALES),
        part=_one_of(given.get("part"), PARTS),
        filter=_text(given.get("filter"), 1000),
        brush=_box(given.get("brush")),
        sort=_text(given.get("sort")),
        page=max(0, _number(given.get("page")) or 0),
        trial=_number(given.get("trial")),
        others=tuple(_text(name) for name in _list(given.get("others"))[:8]),
        theme=_one_of(given.get("theme"), ("light", "dark")),
    )


def _text(value: Any, longest: int = 200) -> str:
    return str(value)[:longest] if value is not None else ""


def _one_of(value: Any, options: Sequence[str]) -> str:
    return value if isinstance(value, str) and value in options else options[0]


def _list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part for part in value.split(",") if part]
    return list(value) if isinstance(value, list | tuple) else []


def _number(value: Any) -> int | None:
    try:
        return int(str(value)) if value not in (None, "") else None
    except ValueError:
        return None


def _box(value: Any) -> tuple[float, ...]:
    try:
        numbers = tuple(float(v) for v in _list(value))
    except (TypeError, ValueError):
        return ()
    return numbers if len(numbers) == 4 and all(abs(n) < 1e300 for n in numbers) else ()
