"""What ``autotune doctor`` looks at. Each check answers with findings and never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from autotune.cli.health import cluster, disk, hub, machine, packages, store
from autotune.cli.health.finding import Finding
from autotune.errors import AutotuneError
from autotune.settings.machine import store_url

__all__ = ["Finding", "examine"]


def examine(flag: str | None) -> list[Finding]:
    """Every check, in the order of a report.

    Args:
        flag: ``--store``.
    """
    try:
        url = store_url(flag)
    except AutotuneError:  # a finding of its own
        url = flag
    checks: dict[str, Callable[[], Finding | Iterable[Finding]]] = {
        "python": packages.python,
        "packages": packages.required,
        "devices": machine.devices,
        "bf16": machine.precision,
        "memory": machine.memory,
        "config file": machine.config_file,
        "environment": machine.variables,
        "disk": lambda: disk.disk(url),
        "store": lambda: store.store(url),
        "hub": hub.hub,
        "ray": cluster.ray,
        "extras": packages.extras,
    }
    return [finding for name, check in checks.items() for finding in _safely(name, check)]


def _safely(name: str, check: Callable[[], Finding | Iterable[Finding]]) -> list[Finding]:
    try:
        found = check()
        return [found] if isinstance(found, Finding) else list(found)
    except Exception as error:  # a broken machine is what this command is for
        return [Finding(name, "wrong", f"{type(error).__name__}: {error}", "run with AUTOTUNE_DEBUG=1 and report it")]
