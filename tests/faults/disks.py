"""Disks that are full and databases that are locked: a clear message, sound books, and the study goes on after."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.mortal import fork, wait_for
from helpers.studies import spec

from autotune.store import Store
from autotune.store.store import TIMEOUT
from faults.bodies import Forked
from faults.lives import live, warm
from faults.patient import patiently, with_its_words
from faults.verdict import Size, Verdict

STUDY = spec("narrow", budget=("6trials",), seeds=2, workers=2)
DISK, WEIGHT = 12_000_000, 150_000
"""Bytes of the disk, and of a checkpoint: it fills in the middle of a study, in a file or in the database."""


@contextmanager
def tiny_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own. Only root may mount one."""
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], check=True, capture_output=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def full(size: Size, folder: Path) -> Verdict:
    """Row 7a: the disk has a little less room each time, until the study does not fit any more."""
    verdict = Verdict("disk full", "a full disk: clear message, integrity clean, resumes")
    if sys.platform != "linux" or os.getuid() != 0:
        verdict.not_run = "a small disk can only be mounted by root, on Linux"
        return verdict
    warm(folder, spec("warm", budget=("2trials",)))
    steps = size.of(4, 40)
    for step in range(steps):
        with verdict.told(f"step {step}"), tiny_disk(folder / f"disk-{step}") as disk:
            _fill(verdict, disk, DISK * 95 // 100 - step * (DISK * 6 // 10) // steps)
    verdict.done = f"a tmpfs of {DISK / 1e6:g} MB, {steps} levels of what else is on it"
    verdict.check(verdict.counts.get("told", 0) >= steps / 4, "the disk was hardly ever full")
    return verdict


def _fill(verdict: Verdict, disk: Path, ballast: int) -> None:
    url, said, other = str(disk / "store.db"), disk.parent / f"{disk.name}.said", disk / "ballast"
    other.write_bytes(bytes(ballast))
    code = _run(url, said)
    verdict.add("disks")
    verdict.check(code in (0, 3), f"{ballast} bytes taken: ended with {code}, {_words(said)}")
    if code == 3:
        verdict.add("told")
        words = _words(said)
        verdict.check("no space left" in words, f"{ballast} bytes taken: said {words!r}")
        verdict.check("free some" in words, f"{ballast} bytes taken: gave no remedy in {words!r}")
    other.unlink()
    if Path(url).exists():
        connection = sqlite3.connect(url)
        verdict.check(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",), f"{ballast}: not sound")
        connection.close()
    for _ in range(3):  # it needs more than is left again
        if code != 0:
            code = _run(url, said)
    verdict.check(code == 0, f"{ballast} bytes freed: it did not go on: {_words(said)}")
    if code == 0:
        _complete(verdict, url, f"{ballast} bytes")


def _run(url: str, said: Path) -> int:
    """A life of the study; 3 where it ended with a message for the person at the keyboard."""

    def work() -> None:
        with_its_words(url, STUDY, Forked(lambda s, r, c: r, 2, weight=WEIGHT), said, most=120)

    return os.waitstatus_to_exitcode(os.waitpid(fork(work), 0)[1])


def _words(said: Path) -> str:
    return said.read_text() if said.exists() else ""


def locked(size: Size, folder: Path) -> Verdict:
    """Row 7b: another process locks the store for a while, shorter and longer than a transaction waits."""
    verdict = Verdict("store locked", "a locked store is waited for; past patience: clear message, resumes")
    warm(folder, spec("warm", budget=("2trials",)))
    Store.open.__func__.__kwdefaults__["timeout"] = 0.5  # type: ignore[attr-defined] # half a minute in life
    kept = (0.2, 2.0) if size.short else (0.2, 0.4, 1.0, 2.0, 5.0, 10.0)
    for seconds in kept:
        with verdict.told(f"{seconds} s"):
            _lock(verdict, folder / f"{seconds}", seconds, patience=60.0, code=0)
    with verdict.told("for ever"):
        _lock(verdict, folder / "ever", 6.0, patience=1.0, code=3)
    verdict.done = f"locked for {', '.join(map(str, kept))} s with transactions that wait 0.5 s, and past patience"
    Store.open.__func__.__kwdefaults__["timeout"] = TIMEOUT  # type: ignore[attr-defined]
    return verdict


def _lock(verdict: Verdict, folder: Path, seconds: float, *, patience: float, code: int) -> None:
    folder.mkdir()
    url, said, began = str(folder / "store.db"), folder / "said", folder / "began"
    child = fork(lambda: patiently(url, STUDY, said, began, patience))
    wait_for(began.exists)
    locker = sqlite3.connect(url, isolation_level=None, timeout=30, check_same_thread=False)
    locker.execute("BEGIN IMMEDIATE")
    unlock = threading.Timer(seconds, locker.rollback)
    unlock.start()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    unlock.join()
    locker.close()
    verdict.add("locks")
    verdict.check(ended == code, f"locked for {seconds} s: ended with {ended}, not {code}: {_words(said)}")
    if code:
        words = _words(said)
        clear = "has been locked by another process" in words and "autotune resume narrow" in words
        verdict.check(clear, f"past patience it said {words!r}")
        stuck = live(url, STUDY, lambda came: Forked(lambda s, r, c: r, 2), folder / "told", None)
        verdict.check(not stuck, "past patience: it could not be resumed")
    _complete(verdict, url, f"locked for {seconds} s", lost=2 if code else 0)


def _complete(verdict: Verdict, url: str, when: str, lost: int | None = None) -> None:
    with Store.open(url) as found:
        row = found.study(STUDY.study)
        verdict.check(row.status == "complete", f"{when}: ended {row.status}: {row.message}")
        found.collect_garbage()
        verdict.check(found.check() == [], f"{when}: {found.check()}")
        gone = sum(s.status == "lost" for s in found.segments(row.id))
        verdict.add("segments lost", gone)
        verdict.check(lost is None or gone <= lost, f"{when}: {gone} segments were lost")
