"""Where a Ray cluster's head is, and whether it answers. Ray itself would wait minutes for one that is gone."""

from __future__ import annotations

import os
import socket

from autotune.errors import AutotuneError

REACH_SECONDS = 10.0


def known_cluster() -> str | None:
    """The cluster that this machine was last told to belong to, ``host:port``; it may be gone."""
    from ray._private.utils import read_ray_address  # what Ray resolves "auto" by

    address = read_ray_address()
    return str(address) if address else None


def own_cluster() -> str:
    """What ``auto`` stands for.

    Raises:
        AutotuneError: this machine belongs to no cluster.
    """
    address = os.environ.get("RAY_ADDRESS") or known_cluster()
    if not address:
        raise AutotuneError(
            "this machine belongs to no Ray cluster",
            "join one: ray start --address=HEAD:6379; or leave --ray-address out for a Ray of its own",
        )
    return address


def reach(address: str, seconds: float = REACH_SECONDS) -> None:
    """See that a cluster's head listens.

    Args:
        address: ``host:port``.
        seconds: to wait for it.

    Raises:
        AutotuneError: that is no address, or nothing listens.
    """
    _, colon, port = address.rpartition(":")
    if "//" in address or not colon or not port.isdigit():
        raise AutotuneError(
            f"Ray address {address!r} is not understood",
            "write host:port of the head (ray start prints it), or auto on a machine that belongs to the cluster",
        )
    try:
        knock(address, seconds)
    except OSError as error:
        raise AutotuneError(
            f"no Ray answers at {address}: {error.strerror or error}",
            "start it there with: ray start --head --port=6379; or give another --ray-address",
        ) from None


def head_address() -> str:
    """Where the head's service of the cluster that was joined listens, ``host:port``."""
    import ray

    return str(ray.get_runtime_context().gcs_address)


def knock(address: str, seconds: float) -> None:
    """See that something listens.

    Args:
        address: ``host:port``.
        seconds: to wait for it.

    Raises:
        OSError: nothing does.
    """
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), seconds).close()
