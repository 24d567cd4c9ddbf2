import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autotune.errors import AutotuneError
from autotune.executors.base import Ready
from autotune.executors.local import LocalExecutor
from autotune.history import Lost
from autotune.trial import FailureKind, Segment, SegmentResult, SegmentStatus

HELPERS = Path(__file__).parent.parent
FACTORY = "helpers.fake_worker:create"


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(HELPERS))


@pytest.fixture
def start():
    made = []

    def _start(workers=1, **options):
        executor = LocalExecutor(FACTORY, {"a": 1}, workers, **options)
        made.append(executor)
        return executor, executor.start()

    yield _start
    for executor in made:
        executor.close()


def segment(number, do="work", **config):
    return Segment(number, number, 0, {"do": do, **config}, 0, 0, 10, 10)


def collect(executor, count, kinds=(SegmentResult, Lost)):
    found = []
    until = time.monotonic() + 30
    while len(found) < count and time.monotonic() < until:
        found += [i for i in executor.wait(1.0) if isinstance(i, kinds)]
    return found


def test_workers_start_tell_their_facts_and_work(start):
    executor, ready = start(2)
    assert [r.worker for r in ready] == ["worker-0", "worker-1"]
    assert ready[0].info["arguments"] == {"a": 1}
    assert executor.capacity() == 2
    executor.submit(segment(0))
    executor.submit(segment(1, bytes=3_000_000))
    results = {r.number: r for r in collect(executor, 2)}
    assert {r.status for r in results.values()} == {SegmentStatus.DONE}
    assert len(results[1].checkpoint) == 3_000_000


def test_no_third_segment_for_two_workers(start):
    executor, _ = start(1)
    executor.submit(segment(0, "long"))
    with pytest.raises(AutotuneError, match="no worker is free"):
        executor.submit(segment(1))


def test_cancel_reaches_a_running_segment(start):
    executor, _ = start()
    executor.submit(segment(0, "long"))
    assert executor.wait(0.2) == []
    executor.cancel()
    assert collect(executor, 1)[0].status is SegmentStatus.CANCELLED


def test_a_dead_worker_loses_its_segment_and_is_replaced(start):
    executor, _ = start()
    executor.submit(segment(4, "die"))
    (lost,) = collect(executor, 1)
    assert isinstance(lost, Lost)
    assert (lost.number, lost.attempt) == (4, 0)
    assert "exit code 3" in lost.message
    assert "my last words" in lost.message
    assert len(collect(executor, 1, (Ready,))) == 1
    executor.submit(segment(5))
    assert collect(executor, 1)[0].number == 5


def test_a_worker_that_is_killed_is_named_by_its_signal(start):
    executor, ready = start()
    executor.submit(segment(0, "long"))
    os.kill(ready[0].info["pid"], signal.SIGKILL)
    assert "signal 9" in collect(executor, 1)[0].message


def test_workers_that_always_die_end_the_executor(start):
    executor, _ = start()
    with pytest.raises(AutotuneError, match="every worker died"):
        for number in range(20):
            executor.submit(segment(number, "die"))
            collect(executor, 1)
            collect(executor, 1, (Ready,))


def test_a_hanging_worker_is_killed_and_counted(start):
    executor, _ = start(hang_seconds=0.3)
    executor.submit(segment(0, "hang"))
    (result,) = collect(executor, 1)
    assert result.status is SegmentStatus.FAILED
    assert result.failure.kind is FailureKind.HANG
    assert result.device_seconds >= 0.3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"refuse": 1}, "model 'nope' is unknown"), ({"crash": 1}, "ValueError: boom"), ({"exit": 1}, "exit code 9")],
)
def test_a_worker_that_cannot_start_says_why(arguments, message):
    executor = LocalExecutor(FACTORY, arguments)
    with pytest.raises(AutotuneError, match=message):
        executor.start()


@pytest.mark.parametrize("busy", [False, True])
def test_workers_end_with_their_controller(busy):
    code = (
        "import sys, time\n"
        "from autotune.executors.local import LocalExecutor\n"
        "from autotune.trial import Segment\n"
        f"e = LocalExecutor('{FACTORY}', {{}})\n"
        "pid = e.start()[0].info['pid']\n"
        f"if {busy}: e.submit(Segment(0, 0, 0, {{'do': 'hang'}}, 0, 0, 10, 10))\n"
        "print(pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    controller = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    worker = int(controller.stdout.readline())
    controller.kill()
    controller.wait()
    for _ in range(100):
        if not Path(f"/proc/{worker}").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text().split()[2]:
            return
        time.sleep(0.1)
    pytest.fail("the worker outlived its controller")
