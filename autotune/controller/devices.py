"""Where a study's segments run: a choice of the machine, not of the study, which may be resumed elsewhere."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from autotune.errors import AutotuneError
from autotune.executors.local import LocalExecutor
from autotune.executors.ray import RayExecutor
from autotune.facts import Calibration
from autotune.near import unknown
from autotune.spec import StudySpec

WORKER = "autotune.training:create_worker"
EXECUTORS = ("local", "ray")


@dataclass(frozen=True)
class Devices:
    """The executor and what it is told of the machine."""

    executor: str = "local"
    """``local`` or ``ray``."""
    ray_address: str | None = None
    """``host:port``, ``auto`` or ``local``; ``RAY_ADDRESS`` when None, and without it a Ray of our own."""
    workers_per_device: int | None = None
    """Ray workers that share a GPU."""
    workers: int | None = None
    """The study's own number when None."""

    def check(self) -> None:
        """Refuse what cannot work.

        Raises:
            AutotuneError: an unknown executor, a number out of range, or a setting of another executor.
        """
        if self.executor not in EXECUTORS:
            raise unknown("executor", self.executor, EXECUTORS)
        if self.executor == "local" and self.ray_address is not None:
            raise AutotuneError(f"--ray-address {self.ray_address} without Ray", "add --executor ray")
        if self.executor == "local" and self.workers_per_device is not None:
            raise AutotuneError(
                f"--workers-per-device {self.workers_per_device} is told to Ray, which shares out GPUs",
                "add --executor ray; on one machine --workers N are spread evenly over its GPUs",
            )
        for name in ("workers", "workers_per_device"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise AutotuneError(f"{name}={value} is out of range", "write 1 or more")


def executor_for(
    spec: StudySpec, devices: Devices, calibration: Calibration | None = None
) -> LocalExecutor | RayExecutor:
    """An executor for a study, not yet started.

    Args:
        spec: the study.
        devices: where.
        calibration: recorded earlier; workers take its precision and speeds instead of measuring.

    Raises:
        AutotuneError: it cannot be had here.
    """
    devices.check()
    arguments, count = worker_arguments(spec, calibration), devices.workers or spec.workers
    if devices.executor == "local":
        return LocalExecutor(WORKER, arguments, count)
    from autotune.executors.ray_cluster import LOCAL, Wish

    if ":" in spec.device:
        raise AutotuneError(f"device={spec.device} names one GPU, and Ray chooses among all", "write --device cuda")
    address = devices.ray_address or os.environ.get("RAY_ADDRESS") or LOCAL
    return RayExecutor(
        WORKER, arguments, Wish(address, spec.device, spec.threads, devices.workers_per_device or 1, count)
    )


def worker_arguments(spec: StudySpec, calibration: Calibration | None) -> dict[str, Any]:
    """What workers are started with."""
    known = {} if calibration is None else {"calibration": calibration.to_dict()}
    return spec.to_dict() | known
