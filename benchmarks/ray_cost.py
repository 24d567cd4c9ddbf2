"""What Ray costs beside local processes: until workers are ready, and for each segment.

    python benchmarks/ray_cost.py                      # a Ray of its own
    python benchmarks/ray_cost.py --address auto       # the cluster that this machine belongs to

Workers train nothing: a segment takes ``--seconds`` and its checkpoint travels there and back, so that what is left is
the executor's. Nothing here needs a processor while a segment runs, and the figures hold on a busy machine as far as
starting does not count.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from autotune.executors.base import CancelCheck, Executor
from autotune.executors.local import LocalExecutor
from autotune.executors.ray import RayExecutor
from autotune.executors.ray_cluster import LOCAL, Wish
from autotune.trial import Segment, SegmentResult, SegmentStatus

FACTORY = "ray_cost:create"


class Sleeper:
    """Takes its time and gives the checkpoint back."""

    info: dict[str, Any] = {}  # noqa: RUF012

    def run(self, segment: Segment, cancelled: CancelCheck) -> SegmentResult:  # noqa: ARG002
        """Sleep."""
        began = time.time()
        time.sleep(float(segment.config["seconds"]))
        return SegmentResult(
            segment.number,
            0,
            0,
            SegmentStatus.DONE,
            1,
            device_seconds=time.time() - began,
            checkpoint=segment.checkpoint,
        )


def create(arguments: dict[str, Any], worker: int) -> Sleeper:  # noqa: ARG001
    """The factory."""
    return Sleeper()


def measure(executor: Executor, workers: int, segments: int, seconds: float, checkpoint: int) -> dict[str, float]:
    """Start, run so many segments and end.

    Args:
        executor: not yet started.
        workers: that it was told to start.
        segments: to run.
        seconds: that each takes.
        checkpoint: bytes that go there and back with each.

    Returns:
        ``start``, ``median`` and ``p95`` of what a segment takes beyond its own seconds, all in seconds, and ``busy``,
        the share of the workers' time inside segments.
    """
    began = time.perf_counter()
    executor.start()
    start = time.perf_counter() - began
    data, submitted, over, inside = os.urandom(checkpoint), {}, [], 0.0
    began, number = time.perf_counter(), 0
    while len(over) < segments:
        while number < segments and number - len(over) < workers:
            submitted[number] = time.perf_counter()
            executor.submit(Segment(number, 0, 0, {"seconds": seconds}, 0, 0, 1, 1, checkpoint=data))
            number += 1
        for item in executor.wait(60):
            if isinstance(item, SegmentResult):
                over.append(time.perf_counter() - submitted[item.number] - item.device_seconds)
                inside += item.device_seconds
    took = time.perf_counter() - began
    executor.close()
    median, p95 = np.quantile(over, [0.5, 0.95])
    return {"start": start, "median": float(median), "p95": float(p95), "busy": inside / took / workers}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default=LOCAL)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--segments", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=0.5)
    given = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    print(f"{'':8}{'checkpoint':>12}{'start':>9}{'a segment':>12}{'95 %':>9}{'inside':>9}")
    for checkpoint in (100_000, 3_000_000):
        for name in ("local", "ray"):
            made: Executor = (
                LocalExecutor(FACTORY, {}, given.workers)
                if name == "local"
                else RayExecutor(FACTORY, {}, Wish(given.address, "cpu", 1, workers=given.workers))
            )
            found = measure(made, given.workers, given.segments, given.seconds, checkpoint)
            print(
                f"{name:8}{checkpoint / 1e6:9.1f} MB{found['start']:7.1f} s{1000 * found['median']:9.1f} ms"
                f"{1000 * found['p95']:6.1f} ms{100 * found['busy']:7.1f} %",
                flush=True,
            )


if __name__ == "__main__":
    main()
