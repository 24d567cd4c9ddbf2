"""A Ray cluster: joining it, what its nodes have, what a worker needs of them. Imported by the bridge only."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import Any

from autotune.errors import AutotuneError
from autotune.executors.ray_address import own_cluster, reach

LOCAL = "local"
"""The address of a Ray of our own, on this machine, for the length of a study."""
OWN_STORE_BYTES = 500_000_000
"""Object store of a Ray of our own; it is taken as it fills, and what is more goes to disk."""


@dataclass(frozen=True)
class Wish:
    """What a person asks of the cluster."""

    address: str = LOCAL
    """``local``, ``auto`` (the cluster that this machine belongs to) or ``host:port``."""
    device: str = "auto"
    """``cpu``, ``cuda``, or ``auto``: GPUs where a node has any."""
    threads: int | None = None
    """CPUs of a worker; None shares those there are."""
    per_device: int = 1
    """Workers that share a GPU."""
    workers: int = 1


@dataclass(frozen=True)
class Need:
    """What Ray keeps for each worker."""

    cpus: int
    gpus: float

    def __str__(self) -> str:
        """In words, for messages."""
        parts = [f"{self.cpus} CPU{'s' * (self.cpus != 1)}"] if self.cpus else []
        return " and ".join(parts + ([f"{self.gpus:g} GPU"] if self.gpus else []))

    def places(self, node: dict[str, float]) -> int:
        """How many workers a node has room for while nothing else runs on it."""
        rooms = [int(node.get("CPU", 0) / self.cpus)] if self.cpus else []
        # a share of a GPU has to come from one GPU
        return min([*rooms, int(node.get("GPU", 0)) * round(1 / self.gpus)] if self.gpus else rooms)


def join(wish: Wish) -> None:
    """Connect this process to the cluster, or start a Ray of its own.

    Raises:
        AutotuneError: nothing answers there.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    address = own_cluster() if wish.address == "auto" else wish.address
    if address == LOCAL:
        cpus = max(len(os.sched_getaffinity(0)), wish.workers * (wish.threads or 1))
        options |= {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": OWN_STORE_BYTES}
    else:
        reach(address)
    try:
        ray.init(address=address, **options)
    except Exception as error:  # Ray raises plain ones, too
        said = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        if address == LOCAL:
            raise AutotuneError(
                f"Ray could not be started on this machine: {said}",
                "it gives up after half a minute: is the machine busy, or short of memory? "
                "Its logs are in /tmp/ray/session_latest/logs",
            ) from None
        raise AutotuneError(
            f"Ray at {address!r} cannot be joined: {said}",
            "this machine has to be a node of the cluster: ray start --address=HEAD:6379 --num-cpus=0",
        ) from None


def nodes() -> list[dict[str, float]]:
    """What the nodes that are alive have in all, used or not."""
    import ray

    return [dict(node["Resources"]) for node in ray.nodes() if node["Alive"]]


def need_of(wish: Wish, there: list[dict[str, float]]) -> Need:
    """What each worker takes.

    Raises:
        AutotuneError: no node has that.
    """
    gpus = wish.device.startswith("cuda") or (wish.device == "auto" and any(n.get("GPU", 0) >= 1 for n in there))
    if gpus:
        need = Need(wish.threads or 0, 1 / wish.per_device)
    else:
        most = int(max((n.get("CPU", 0) for n in there), default=0))
        share = int(sum(n.get("CPU", 0) for n in there)) // wish.workers
        need = Need(wish.threads or max(1, min(share, most)), 0.0)
    if not any(need.places(node) for node in there):
        have = "; ".join(f"{n.get('CPU', 0):g} CPUs, {n.get('GPU', 0):g} GPUs" for n in there) or "no node"
        raise AutotuneError(
            f"a worker needs {need}, and no node of the Ray cluster has that ({have})",
            "see what there is: ray status; then --device cpu, fewer --threads, or a node that has it",
        )
    return need
