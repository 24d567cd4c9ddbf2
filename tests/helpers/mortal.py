"""Controllers that are killed at a chosen moment."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from autotune.cli.app import main
from autotune.controller import loop, resume, search
from autotune.executors.local import LocalExecutor
from autotune.spec import StudySpec
from autotune.store import Store, files

HELPERS = Path(__file__).parent.parent


def workers(ledger: Path, count: int = 1, pace: float = 0.004, **habits: Any) -> LocalExecutor:
    """Real processes whose bodies keep a ledger; ``habits`` are what ``scribe.Scribe`` takes."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HELPERS), str(HELPERS.parent)])
    return LocalExecutor("helpers.scribe:create", {"ledger": str(ledger), "pace": pace, **habits}, count)


def fork(work: Callable[[], Any]) -> int:
    """Do it in a process of its own; the process's number."""
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            signal.alarm(120)  # no orphan outlives its tests for long
            work()
        finally:
            os._exit(70)
    return child


def killed(child: int) -> bool:
    """Wait for the process; whether it was killed before its end."""
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@dataclass
class Doom:
    """Kills this process, as ``kill -9`` would, when it comes by the ``nth`` point of that name."""

    name: str
    nth: int

    def __call__(self, name: str) -> None:
        if name == self.name:
            self.nth -= 1
            if self.nth <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


POINTS = ("before record", "recorded", "submitted", "checkpoint written")
"""Between durable operations of a controller."""


def live(url: str, spec: StudySpec, executor: Callable[[], Any], doom: Doom | None = None, poll: float = 0.02) -> None:
    """Begin the study, or go on with it, to its end or doom. Meant for a process of its own.

    Args:
        url: of the store.
        spec: of the study.
        executor: makes the workers.
        doom: when to be killed.
        poll: seconds between the controller's signs of life.
    """
    module = importlib.import_module("autotune.controller.search")  # the package's attribute is the function
    loop.POLL_SECONDS = poll
    if doom is not None:
        vars(module)["Controller"] = partial(loop.Controller, failpoint=doom)
        files.write = _then(files.write, doom, "checkpoint written")
        Store.create_study = _then(Store.create_study, doom, "study created")
    try:
        with Store.open(url) as store:
            known = spec.study in [row.name for row in store.studies()]
        if known:
            resume(spec.study, url, executor=executor())
        else:
            search(spec, url, executor=executor())
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _then(function: Callable[..., Any], doom: Doom, name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        doom(name)
        return result

    return call


def command(arguments: list[str], executor: Callable[[], Any], said: Path) -> None:
    """Run a command of ``autotune`` with such workers, and end with its exit code. Meant for a process of its own.

    Args:
        arguments: of the command line.
        executor: makes the workers.
        said: where everything that is printed goes.
    """
    module = importlib.import_module("autotune.controller.search")
    loop.POLL_SECONDS = 0.02
    vars(module)["executor_for"] = lambda *_: executor()
    vars(module)["_check_early"] = lambda _: ()
    with said.open("a", buffering=1) as file:
        sys.stdout = sys.stderr = file
        code = main(arguments)
    os._exit(code)


def wait_for(condition: Callable[[], object]) -> None:
    """Look until it holds; fails where it does not within half a minute."""
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)
