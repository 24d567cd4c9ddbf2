"""Python and the packages, held against what this package says that it needs."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from autotune.cli.health.finding import Finding

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OWN = "autotune"
SHOWN = ("torch", "transformers", "peft", "datasets", "botorch", "optuna", "sqlalchemy")
"""Whose versions a report of a fault should tell."""
EXTRAS: Mapping[str, str] = {
    "demo": "the model builtin/minilm, offline",
    "dashboard": "autotune dashboard",
    "report": "figures: autotune report, autotune pareto --plot",
    "postgres": "a store in PostgreSQL",
    "ray": "search --executor ray, and Ray Tune",
    "bench": "autotune bench",
}
"""What each is for; what each installs is told by our own metadata."""


def python() -> Finding:
    """Its version."""
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, autotune {version(OWN)}"
    good = sys.version_info >= (3, 11)
    return Finding("python", "ok" if good else "wrong", found, "" if good else "install Python 3.11 or newer")


def required() -> Finding:
    """What every search needs."""
    found = ", ".join(f"{name} {held}" for name in SHOWN if (held := _held(name)))
    short = _short("")
    if not short:
        return Finding("packages", "ok", found)
    said = "; ".join(short.values())
    return Finding("packages", "wrong", said, "pip install " + " ".join(f"'{need}'" for need in short))


def extras() -> Iterator[Finding]:
    """What is optional."""
    for name, purpose in EXTRAS.items():
        short = _short(name)
        said = f"{purpose}: {'; '.join(short.values())}" if short else purpose
        remedy = f"pip install 'autotune[{name}]'" if short else ""
        yield Finding(f"extra {name}", "note" if short else "ok", said, remedy)


def _short(extra: str) -> dict[str, str]:
    """The requirements that are not met, and how."""
    short = {}
    for need in _requirements(extra):
        held = _held(need.name)
        if held is None:
            short[str(_plain(need))] = f"{need.name} is not installed"
        elif not need.specifier.contains(held, prereleases=True):
            short[str(_plain(need))] = f"{need.name} {held} is not {need.specifier}"
    return short


def _requirements(extra: str) -> list[Requirement]:
    from packaging.requirements import Requirement

    found = []
    for text in requires(OWN) or []:
        need = Requirement(text)
        mine = need.marker is None if not extra else need.marker is not None and need.marker.evaluate({"extra": extra})
        if mine:
            found.append(need)
    return found


def _plain(need: Requirement) -> str:
    return f"{need.name}{'[' + ','.join(sorted(need.extras)) + ']' if need.extras else ''}{need.specifier}"


def _held(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
