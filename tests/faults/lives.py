"""A study that lives in one process after another, each killed at its doom."""

from __future__ import annotations

import gc
import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.mortal import fork, killed
from helpers.studies import INFO, simulated
from helpers.synthetic import answer

from autotune.controller import loop, resume, search
from autotune.executors.simulated import SimulatedExecutor
from autotune.history import Event, Returned
from autotune.spec import StudySpec
from autotune.store import Store
from autotune.trial import Segment, SegmentResult
from faults.doom import Doom, arm
from faults.oracle import Came


class Ordered(SimulatedExecutor):
    """Workers on a virtual clock whose results come at the places where the order says."""

    def __init__(self, workers: int, order: list[Came], came: int) -> None:
        super().__init__(answer, INFO, workers)
        self._order, self._came = order, came
        self._asked: dict[int, Came] = {}

    def submit(self, segment: Segment) -> None:
        self._asked[segment.number] = (segment.trial, segment.purpose, segment.end)
        super().submit(segment)

    def wait(self, timeout: float | None = None) -> list[Any]:
        if not self._due:
            return []
        ready = {self._asked[number]: (ended, number, result) for ended, number, result in self._due}
        item = ready.get(self._order[self._came])
        if item is None:
            raise RuntimeError(f"the next result is of {self._order[self._came]}, and only {list(ready)} run")
        self._due.remove(item)
        self._came += 1
        self._now = max(self._now, item[0])
        result: SegmentResult = item[2]
        return [result]


def begin_or_resume(url: str, study: StudySpec, workers: Callable[[int], Any], poll: float = 1000.0) -> None:
    """One life of the study.

    Args:
        url: of its store.
        study: what it is.
        workers: given the number of results so far.
        poll: seconds between looks at the lease; seldom, where the clock is virtual.
    """
    loop.POLL_SECONDS = poll
    known, came = False, 0
    with Store.open(url) as store:
        for row in store.studies():
            known = known or row.name == study.study
            came = sum(isinstance(e, Returned) for _, e in store.events(row.id, curves=False))
    if known:
        resume(study.study, url, executor=workers(came))
    else:
        search(study, url, executor=workers(0))


def warm(folder: Path, study: StudySpec) -> None:
    """Run a study here, so that the processes that are forked from here have imported and compiled everything."""
    search(study, str(folder / "warm.db"), executor=simulated(study.workers))
    gc.collect()
    gc.freeze()  # or every child copies the pages that its collector touches


def live(
    url: str, study: StudySpec, workers: Callable[[int], Any], told: Path, doom: Doom | None, seconds: int = 120
) -> bool:
    """Let the study live in a process of its own; whether it was killed before its end.

    Args:
        url: of its store.
        study: what it is.
        workers: given the number of results so far.
        told: a line is added for every event that the store said it had accepted.
        doom: when the process is killed; None is never.
        seconds: after which a process that got stuck is ended.
    """

    def work() -> None:
        import signal

        signal.alarm(seconds)
        _tell(told)
        if doom is not None:
            arm(doom)
        begin_or_resume(url, study, workers)
        os._exit(0)

    return killed(fork(work))


def _tell(told: Path) -> None:
    append = Store.append

    def appending(self: Store, study_id: int, event: Event, *, checkpoint: bytes | None = None) -> bool:
        accepted = append(self, study_id, event, checkpoint=checkpoint)
        if accepted:
            with told.open("a") as file:
                file.write(json.dumps(_key(event)) + "\n")
        return accepted

    Store.append = appending  # type: ignore[method-assign]


def _key(event: Any) -> list[Any]:
    if isinstance(event, Returned):
        return ["end", event.result.number, event.result.status, event.result.examples_seen]
    kind = type(event).__name__
    return {"Decision": lambda: ["decision", event.number], "Lost": lambda: ["end", event.number, "lost", None]}.get(
        kind, lambda: [kind.lower()]
    )()


@dataclass(frozen=True)
class Books:
    """What the database says, read without the store."""

    sound: bool
    """SQLite's own check."""
    revision: int
    events: int
    keys: list[str]
    """Of the events, one for each, as they were told."""


def books(url: str) -> Books:
    """Read a store of one study."""
    connection = sqlite3.connect(url)
    try:
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        row = connection.execute("SELECT revision FROM studies").fetchone()
        decisions = [["decision", n] for (n,) in connection.execute("SELECT number FROM decisions")]
        ended = "SELECT number, status, examples_seen FROM segments WHERE revision IS NOT NULL"
        ends = [["end", *values] for values in connection.execute(ended)]
        charged = [["charged"] for _ in connection.execute("SELECT 1 FROM charges")]
        budgets = [["extended"] for _ in connection.execute("SELECT 1 FROM budgets")]
    except sqlite3.OperationalError:  # it was killed before there were tables
        return Books(True, 0, 0, [])
    finally:
        connection.close()
    keys = [json.dumps(key) for key in (*decisions, *ends, *charged, *budgets)]
    return Books(sound, row[0] if row else 0, len(keys), keys)


def on_virtual_clock(study: StudySpec, order: list[Came] | None = None) -> Callable[[int], Any]:
    """Workers that cost nothing: in the given order of results, or in that of the clock."""
    if order is None:
        return lambda came: simulated(study.workers, startup=0.0)
    return lambda came: Ordered(study.workers, order, came)
