"""Workers and controllers that are stopped past their time, then go on as if nothing had happened."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from helpers.mortal import fork, wait_for
from helpers.studies import INFO, spec
from helpers.synthetic import answer

from autotune.controller import loop
from autotune.controller import search as begin
from autotune.executors.simulated import SimulatedExecutor
from autotune.history import Lost
from autotune.store import Store
from autotune.trial import FailureKind, Segment, SegmentResult
from faults.bodies import Forked, half_sent
from faults.lives import begin_or_resume, live, on_virtual_clock, warm
from faults.verdict import Size, Verdict

STRUCK = 4
_HANG = 1.0
STUDY = spec("zombie", budget=("6trials",), seeds=2, workers=2)


def row(size: Size, folder: Path) -> Verdict:
    """Row 6: stopped while it trains, while it answers, late results, and a controller whose lease ran out."""
    verdict = Verdict("zombies", "zombies are harmless: their results are refused, the loop is alive")
    warm(folder, spec("warm", budget=("2trials",)))
    for name, run in (("training", _stopped), ("answering", _stopped), ("late", _late), ("controller", _controller)):
        where = folder / name
        where.mkdir()
        with verdict.told(name):
            run(verdict, where, name)
    verdict.done = "workers stopped while they train and in the middle of an answer; results of attempts that were "
    verdict.done += "given up; a controller stopped past its lease while another goes on"
    return verdict


def _stopped(verdict: Verdict, folder: Path, when: str) -> None:
    """A worker is stopped; it is counted as hanging, and the others' results come in the meantime."""
    url = str(folder / "store.db")

    def act(segment: Segment, result: SegmentResult, connection: Connection) -> SegmentResult:
        if segment.trial == STRUCK:
            if when == "answering":
                half_sent(result, connection, 0.5)
            os.kill(os.getpid(), signal.SIGSTOP)
        return result

    stuck = live(url, STUDY, lambda came: Forked(act, 2, weight=300_000, hang=_HANG), folder / "told", None, seconds=60)
    verdict.add("workers stopped")
    if verdict.check(not stuck, f"{when}: the loop waits for a worker that was stopped"):
        trial = _checked(verdict, url, when).trials[STRUCK]
        kind = trial.failure.kind if trial.failure else None
        verdict.check(kind is FailureKind.HANG, f"{when}: the stopped worker's trial is {trial.state}, {kind}")


class _Doubting(SimulatedExecutor):
    """Gives every third segment up, and delivers its result all the same: at once, or once its trial is under way."""

    def __init__(self, workers: int) -> None:
        super().__init__(answer, INFO, workers)
        self.late: list[SegmentResult] = []
        self.delivered = 0
        self._attempts: Counter[int] = Counter()

    def wait(self, timeout: float | None = None) -> Sequence[SegmentResult | Lost | Any]:
        found: list[Any] = []
        for item in super().wait(timeout):
            if item.number % 3 == 0 and self._attempts[item.trial] < 2:
                self._attempts[item.trial] += 1
                self.late.append(item)
                found.append(Lost(item.number, item.trial, item.attempt, 1.0, "given up", "worker-0"))
                if item.number % 2 == 0:
                    found.append(self._give())
            else:
                found.append(item)
        if self.late and len(self.late) > 1:
            found.append(self._give())
        return found

    def _give(self) -> SegmentResult:
        self.delivered += 1
        return self.late.pop(0)


def _late(verdict: Verdict, folder: Path, when: str) -> None:
    """Results of segments that were given up come after all: each is refused."""
    url, executor, notes = str(folder / "store.db"), _Doubting(2), Counter[str]()
    polled, loop.POLL_SECONDS = loop.POLL_SECONDS, 1000.0

    class Noting(_silent()):  # type: ignore[misc]
        def note(self, text: str) -> None:
            notes[text] += 1

    try:
        begin(STUDY, url, progress=Noting(), executor=executor)
    finally:
        loop.POLL_SECONDS = polled
    history = _checked(verdict, url, when)
    refused = sum(n for text, n in notes.items() if "was refused" in text)
    verdict.add("late results", executor.delivered)
    verdict.add("refused", refused)
    verdict.check(refused == executor.delivered > 3, f"late: {executor.delivered} came late, {refused} were refused")
    verdict.check(not history.running, "late: something still runs")


def _silent() -> type:
    from autotune.controller.progress import Silent

    return Silent


def _controller(verdict: Verdict, folder: Path, when: str) -> None:
    """A controller is stopped, its lease runs out, another ends the study; then the first goes on."""
    url, told = str(folder / "store.db"), folder / "said"
    slow = lambda came: Forked(lambda s, r, c: r, 2, pace=0.004)  # noqa: E731
    first = fork(lambda: _end_with_its_words(url, slow, told))
    wait_for(lambda: _results(url) >= 3)
    os.kill(first, signal.SIGSTOP)
    while not _lease_ran_out(url):  # it was stopped in the middle of a transaction
        os.kill(first, signal.SIGCONT)
        time.sleep(0.005)
        os.kill(first, signal.SIGSTOP)
    reached = _results(url)
    stuck = live(url, STUDY, on_virtual_clock(STUDY), folder / "told", None)
    verdict.check(not stuck, "controller: the second one did not get the study")
    with Store.open(url) as store:
        before = store.study(STUDY.study).revision
    os.kill(first, signal.SIGCONT)
    ended = threading.Timer(30, os.kill, (first, signal.SIGKILL))
    ended.start()
    code = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    ended.cancel()
    verdict.add("controllers stopped")
    verdict.check(code == 3, f"controller: the one that was stopped ended with {code}, not with a message")
    words = told.read_text() if told.exists() else ""
    verdict.check("taken over" in words, f"controller: it said {words!r}")
    history = _checked(verdict, url, when)
    verdict.check(history.revision == before > reached, "controller: the one that was stopped wrote to the study")


def _end_with_its_words(url: str, workers: Any, told: Path) -> None:
    from autotune.errors import AutotuneError

    try:
        begin_or_resume(url, STUDY, workers, poll=0.5)
    except AutotuneError as error:
        told.write_text(error.message)
        os._exit(3)
    os._exit(0)


def _results(url: str) -> int:
    if not Path(url).exists():
        return 0
    try:
        with Store.open(url, create=False, read_only=True) as store:
            return sum(s.revision is not None for row in store.studies() for s in store.segments(row.id))
    except Exception:  # it is being made
        return 0


def _lease_ran_out(url: str) -> bool:
    """Make it so, as half a minute would; False where the database is locked."""
    import sqlite3

    connection = sqlite3.connect(url, timeout=0.2)
    try:
        with connection:
            connection.execute("UPDATE studies SET lease_expires = ?", (time.time() - 1,))
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def _checked(verdict: Verdict, url: str, when: str) -> Any:
    with Store.open(url) as store:
        row = store.study(STUDY.study)
        verdict.check(row.status == "complete", f"{when}: the study ended {row.status}: {row.message}")
        store.collect_garbage()
        verdict.check(store.check() == [], f"{when}: {store.check()}")
        return store.history(row.id)
