"""Objects that installed packages offer through entry points."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from autotune.errors import AutotuneError


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
        except Exception as error:  # a plugin may fail in any way; the person must learn which one did
            package = point.dist.name if point.dist else point.module
            raise AutotuneError(
                f"{group} entry point {point.name!r} of package {package!r} cannot be loaded: {error!r}",
                f"mend or remove it: pip uninstall {package}",
            ) from error
    return found
