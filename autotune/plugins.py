"""What other packages add: modules named by a study, and objects that installed packages offer through entry points."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from autotune.errors import AutotuneError


def import_modules(names: Iterable[str]) -> None:
    """Import modules that register methods, tasks or metrics.

    Raises:
        AutotuneError: one cannot be imported.
    """
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # a plugin may fail in any way; the person must learn which one did
            raise AutotuneError(
                f"plugin {name!r} cannot be imported: {error!r}", "install it, or set PYTHONPATH to where it lies"
            ) from error


@cache
def objects(group: str) -> Mapping[str, Any]:
    """What the entry points of a group lead to, by entry-point name; imported once.

    Raises:
        AutotuneError: a plugin cannot be imported.
    """
    found = {}
    for point in entry_points(group=group):
        try:
            found[point.name] = point.load()
        except Exception as error:
            package = point.dist.name if point.dist else point.module
            raise AutotuneError(
                f"{group} entry point {point.name!r} of package {package!r} cannot be loaded: {error!r}",
                f"mend or remove it: pip uninstall {package}",
            ) from error
    return found
