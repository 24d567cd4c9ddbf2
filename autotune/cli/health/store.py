"""The study store: reachable, sound, of this version."""

from __future__ import annotations

from autotune.cli.health.finding import Finding
from autotune.errors import AutotuneError


def store(url: str | None) -> Finding:
    """Open it without changing anything, and check it."""
    from autotune.store import Store
    from autotune.store.engine import find_place

    place = find_place(url)
    if place.path is not None and not place.path.exists():
        return Finding("store", "ok", f"{place} is made by the first study")
    try:
        with Store.open(url, create=False, read_only=True) as opened:
            problems, studies = opened.check(deep=False), len(opened.studies())
    except AutotuneError as error:
        old = "older version" in error.message
        return Finding("store", "note" if old else "wrong", error.message, error.remedy or "")
    if problems:
        return Finding("store", "wrong", "; ".join(problems), "restore a copy, or pass another place with --store")
    return Finding("store", "ok", f"{place}, {studies} stud{'y' if studies == 1 else 'ies'}, sound")
