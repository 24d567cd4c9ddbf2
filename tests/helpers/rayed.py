"""Several Ray nodes on this machine, which come and go, in a process of their own: a killed head ends who knew it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent.parent
QUICK = {"health_check_period_ms": 500, "health_check_failure_threshold": 3, "health_check_initial_delay_ms": 1000}
"""Seconds instead of half a minute until Ray notices that a node is dead."""


class Nodes:
    """A cluster: a head without CPUs, and nodes of one CPU each."""

    def __init__(self, count: int) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_gcs_rpc_server_reconnect_timeout_s": "3",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "helpers.rayed", str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
            start_new_session=True,
        )
        self.address = self._answer()

    def add(self) -> None:
        """Another node joins."""
        self._do("add")

    def kill(self, node: int) -> None:
        """A node dies with everything on it, at once."""
        self._do(f"kill {node}")

    def kill_head(self) -> None:
        """The head dies."""
        self._do("head")

    def close(self) -> None:
        """End what is left."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _do(self, text: str) -> None:
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()
        self._answer()

    def _answer(self) -> str:
        for line in self._process.stdout:
            if line.startswith("rayed:"):
                return line.removeprefix("rayed:").strip()
        raise RuntimeError("the Ray nodes did not start")


@contextlib.contextmanager
def nodes(count: int) -> Iterator[Nodes]:
    """A cluster of so many nodes beside its head."""
    made = Nodes(count)
    try:
        yield made
    finally:
        made.close()


def _serve(count: int) -> None:
    from ray.cluster_utils import Cluster

    small = {"object_store_memory": 100_000_000, "include_dashboard": False}
    cluster = Cluster()
    cluster.add_node(num_cpus=0, _system_config=QUICK, **small)
    made = [cluster.add_node(num_cpus=1, **small) for _ in range(count)]
    print("rayed:", cluster.address, flush=True)
    for line in sys.stdin:
        verb, *rest = line.split()
        if verb == "add":
            made.append(cluster.add_node(num_cpus=1, **small))
        elif verb == "kill":
            made[int(rest[0])].kill_all_processes(check_alive=False, allow_graceful=False)
        else:
            cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False)
        print("rayed: done", flush=True)
    for node in [*made, cluster.head_node]:
        node.kill_all_processes(check_alive=False, allow_graceful=False)
    os._exit(0)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
