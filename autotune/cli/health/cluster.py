"""Ray, for ``--executor ray``."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version

from autotune.cli.health.finding import Finding
from autotune.errors import AutotuneError

SECONDS = 3.0


def ray() -> Finding:
    """Its version, and whether the cluster that would be joined answers."""
    try:
        held = f"ray {version('ray')}"
    except PackageNotFoundError:
        return Finding("ray", "ok", "not installed; only --executor ray needs it")
    from autotune.executors.ray_address import known_cluster, reach

    given = os.environ.get("RAY_ADDRESS")
    if given in ("auto", "local"):
        given = None
    address = given or known_cluster()
    if address is None:
        return Finding(
            "ray", "ok", f"{held}; this machine belongs to no cluster, so --executor ray starts one of its own"
        )
    try:
        reach(address, SECONDS)
    except AutotuneError as error:
        if given:
            return Finding(
                "ray", "wrong", f"RAY_ADDRESS={given}: {error.message}", f"unset RAY_ADDRESS, or {error.remedy}"
            )
        said = f"{held}; the cluster that this machine last belonged to is gone: {error.message}"
        return Finding("ray", "note", said, "--ray-address auto would fail; ray stop forgets it")
    return Finding("ray", "ok", f"{held}; a cluster answers at {address}")
