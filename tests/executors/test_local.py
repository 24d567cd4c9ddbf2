import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.executing import FACTORY, ExecutorConformance, collect, segment

from autotune.errors import AutotuneError
from autotune.executors.base import Ready
from autotune.executors.local import LocalExecutor

HELPERS = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(HELPERS))


@pytest.fixture
def start():
    made = []

    def _start(workers=1, arguments={"a": 1}, **options):  # noqa: B006
        executor = LocalExecutor(FACTORY, arguments, workers, **options)
        made.append(executor)
        return executor, executor.start()

    yield _start
    for executor in made:
        executor.close()


class TestLocal(ExecutorConformance):
    """Resident processes."""


def test_a_dead_worker_leaves_its_last_words(start):
    executor, _ = start()
    executor.submit(segment(4, "die"))
    message = collect(executor, 1)[0].message
    assert "exit code 3" in message
    assert "my last words" in message


def test_a_worker_that_is_killed_is_named_by_its_signal(start):
    executor, ready = start()
    executor.submit(segment(0, "long"))
    os.kill(ready[0].info["pid"], signal.SIGKILL)
    assert "signal 9" in collect(executor, 1)[0].message


def test_a_worker_that_ends_while_it_starts_is_named_by_its_exit_code(start):
    with pytest.raises(AutotuneError, match="exit code 9"):
        start(arguments={"exit": 1})


def test_workers_that_always_die_end_the_executor(start):
    executor, _ = start()
    with pytest.raises(AutotuneError, match="every worker died"):
        for number in range(20):
            executor.submit(segment(number, "die"))
            collect(executor, 1)
            collect(executor, 1, (Ready,))


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
