import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from helpers.executing import FACTORY, ExecutorConformance, collect, segment
from helpers.rayed import TESTS, nodes

from autotune.errors import AutotuneError
from autotune.executors.base import DevicesLostError, Ready, Told
from autotune.executors.ray import RayExecutor
from autotune.executors.ray_cluster import LOCAL, Wish
from autotune.history import Lost
from autotune.trial import SegmentResult

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    with nodes(2) as made:
        yield made


@pytest.fixture
def make():
    made = []

    def _make(address, workers=1, arguments={"a": 1}, **options):  # noqa: B006
        wish = Wish(address, "cpu", 1, workers=workers)
        made.append(RayExecutor(FACTORY, arguments, wish, **options))
        return made[-1], made[-1].start()

    yield _make
    for executor in made:
        executor.close()


class TestRay(ExecutorConformance):
    """Actors on two nodes."""

    @pytest.fixture
    def start(self, cluster, make):
        return lambda *args, **options: make(cluster.address, *args, **options)


def test_what_no_node_has_is_refused(cluster):
    executor = RayExecutor(FACTORY, {}, Wish(cluster.address, "cpu", 64))
    with pytest.raises(AutotuneError, match="a worker needs 64 CPUs, and no node of the Ray cluster has that"):
        executor.start()
    executor.close()


def test_workers_end_with_their_controller(cluster):
    code = (
        "import time\n"
        "from autotune.executors.ray import RayExecutor\n"
        "from autotune.executors.ray_cluster import LOCAL, Wish\n"
        "from helpers.executing import FACTORY, segment\n"
        f"e = RayExecutor(FACTORY, {{}}, Wish({cluster.address!r}, 'cpu', 1))\n"
        "pid = e.start()[0].info['pid']\n"
        "e.submit(segment(0, 'hang'))\n"
        "print(pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    controller = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    worker = psutil.Process(int(controller.stdout.readline()))
    controller.send_signal(signal.SIGKILL)
    controller.wait()
    worker.wait(20)


def test_nodes_join_and_leave(make):
    with nodes(1) as cluster:
        executor, ready = make(cluster.address, 2)
        assert [r.worker for r in ready] in (["worker-0"], ["worker-1"])
        assert "1 of 2 workers has no room" in executor.wait(5)[0].text

        cluster.add()
        (joined,) = collect(executor, 1, (Ready,))
        assert joined.worker != ready[0].worker
        assert executor.capacity() == 2

        executor.submit(segment(0, "long"))
        executor.submit(segment(1, "long"))
        cluster.kill(0)
        (lost,) = collect(executor, 1)
        assert isinstance(lost, Lost)
        assert lost.worker == ready[0].worker
        executor.cancel()
        assert [r.number for r in collect(executor, 1)] == [1 - lost.number]
        assert executor.capacity() == 1

        cluster.kill(1)
        said = collect(executor, 1, (Told,))
        assert "no worker is left; waiting for Ray to place one, which needs 1 CPU" in said[0].text
        cluster.add()
        assert collect(executor, 1, (Ready,))
        executor.submit(segment(2))
        assert isinstance(collect(executor, 1)[0], SegmentResult)


def test_a_head_that_dies_while_nothing_runs_is_noticed(make, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    executor, _ = make(LOCAL)
    family = psutil.Process(executor._link._process.pid).children(recursive=True)
    (head,) = [p for p in family if p.name() == "gcs_server"]
    head.kill()
    began = time.monotonic()
    with pytest.raises(DevicesLostError, match=r"the head of the Ray cluster at .* does not answer any more"):
        executor.wait(60)
    assert time.monotonic() - began < 30
