"""A PostgreSQL server that goes away in the middle of a search and comes back."""

from __future__ import annotations

import os
import time
from pathlib import Path

from helpers.mortal import fork, wait_for
from helpers.postgres import PASSWORD, Server, missing, server
from helpers.studies import spec

from autotune.store import Store
from faults.crowd import crowd
from faults.lives import warm
from faults.patient import patiently
from faults.verdict import Size, Verdict

STUDY = spec("server", budget=("6trials",), seeds=2, workers=2)


def row(size: Size, folder: Path) -> Verdict:
    """Row 7c: crashed and stopped in good order, for shorter and longer than the controller is patient."""
    verdict = Verdict("server away", "PostgreSQL stopped and started: wait and go on, or clear message; resumes")
    verdict.not_run = missing()
    if verdict.not_run:
        return verdict
    os.environ["AUTOTUNE_CHECKPOINTS"] = str(folder)
    warm(folder, spec("warm", budget=("2trials",)))
    with server() as found:
        away = (1.0,) if size.short else (1.0, 5.0, 20.0, 60.0)
        for seconds in away:
            for mode in ("immediate",) if size.short else ("immediate", "fast"):
                with verdict.told(f"{mode}, {seconds} s"):
                    _away(verdict, found, folder, mode, seconds, patience=120.0, code=0)
        with verdict.told("past patience"):
            _away(verdict, found, folder, "immediate", 6.0, patience=1.0, code=3)
    verdict.done = f"stopped for {', '.join(map(str, away))} s and past patience"
    return verdict


def many(size: Size, folder: Path) -> Verdict:
    """Row 8 on PostgreSQL."""
    verdict = Verdict("many at once, server", "16 processes on PostgreSQL: 0 lost, 0 doubled, 0 locked out")
    verdict.not_run = missing()
    if verdict.not_run:
        return verdict
    os.environ["AUTOTUNE_CHECKPOINTS"] = str(folder)
    with server() as found:
        processes, operations = (8 if size.short else 16), size.of(20, 1000)
        return crowd(verdict, found.database("crowd"), folder, processes, operations, size.seed)


def _away(
    verdict: Verdict, found: Server, folder: Path, mode: str, seconds: float, *, patience: float, code: int
) -> None:
    url = found.database(f"{mode}-{seconds}-{code}")
    said, began = folder / f"said-{mode}-{seconds}", folder / f"began-{mode}-{seconds}"
    child = fork(lambda: patiently(url, STUDY, said, began, patience))
    wait_for(began.exists)
    found.stop(mode)
    time.sleep(seconds)
    if code:
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        found.start()
    else:
        found.start()
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    words = said.read_text() if said.exists() else ""
    verdict.add("stops")
    verdict.check(ended == code, f"{mode}, {seconds} s: ended with {ended}, not {code}: {words}")
    verdict.check(PASSWORD not in words, "the password was printed")
    if code:
        verdict.check("cannot reach the store" in words, f"past patience it said {words!r}")
        again = fork(lambda: patiently(url, STUDY, said, began, 60.0))
        verdict.check(os.waitstatus_to_exitcode(os.waitpid(again, 0)[1]) == 0, f"not resumed: {said.read_text()}")
    with Store.open(url) as store:
        row = store.study(STUDY.study)
        verdict.check(row.status == "complete", f"{mode}, {seconds} s: ended {row.status}: {row.message}")
        store.collect_garbage()
        verdict.check(store.check() == [], f"{mode}, {seconds} s: {store.check()}")
        gone = sum(s.status == "lost" for s in store.segments(row.id))
        verdict.add("segments lost", gone)
        verdict.check(gone <= (2 if code else 0), f"{mode}, {seconds} s: {gone} segments were lost")
