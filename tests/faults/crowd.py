"""Many processes that write at once while a dashboard reads: nothing is lost, doubled or locked out."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

from helpers.events import decide, result_of
from helpers.mortal import fork

from autotune.decision import Start, Thaw
from autotune.history import Charged, History, Returned
from autotune.store import Store
from faults.verdict import Size, Verdict

PROCESSES, LEVELS = 16, (10, 30, 90)


def row(size: Size, folder: Path) -> Verdict:
    """Row 8: eight controllers of a study each, and eight that write to one more, of which half have files."""
    verdict = Verdict("many at once", "16 processes: 0 lost, 0 doubled, 0 'database is locked'")
    processes, operations = (8 if size.short else PROCESSES), size.of(40, 1000)
    url = str(folder / "store.db")
    return crowd(verdict, url, folder, processes, operations, size.seed)


def crowd(verdict: Verdict, url: str, folder: Path, processes: int, operations: int, seed: int) -> Verdict:
    """Let so many processes do so many operations each on the store of any kind."""
    with Store.open(url) as store:
        shared = _create(store, "shared")
        studies = [_create(store, f"own-{n}") if n % 2 else shared for n in range(processes)]
    writers = [
        fork(lambda n=n: _write(url, studies[n], n, operations, folder, own=n % 2 == 1, seed=seed))  # type: ignore[misc]
        for n in range(processes)
    ]
    until = folder / "over"
    reader = fork(lambda: _read(url, studies, folder / "read", until))
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in writers]
    until.touch()
    codes.append(os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1]))
    verdict.check(set(codes) == {0}, f"processes ended with {codes}")
    said = "".join(path.read_text() for path in folder.glob("*.error"))
    verdict.counts |= {"processes": processes, "operations": processes * operations, "locked": said.count("locked")}
    verdict.check(not said, said[:1000])
    reads, slowest = (folder / "read").read_text().split() if (folder / "read").exists() else ("0", "0")
    verdict.counts |= {"reads": int(reads), "slowest read, s": round(float(slowest), 2)}
    verdict.check(int(reads) > 0, "the dashboard never read")
    _compare(verdict, url, folder, studies)
    return verdict


def _create(store: Store, name: str) -> int:
    return store.create_study(name, {}, facts={}, levels=LEVELS, environment={}, space_digest="")


def _write(url: str, study: int, me: int, operations: int, folder: Path, *, own: bool, seed: int) -> None:
    import signal

    signal.alarm(1200)
    try:
        with Store.open(url) as store, (folder / f"{me}.told").open("w", buffering=1) as told:
            (_own if own else _shared)(store, study, me, operations, told, random.Random(seed + me))
    except BaseException as error:
        (folder / f"{me}.error").write_text(f"process {me}: {type(error).__name__}: {error}\n")
        os._exit(1)
    os._exit(0)


def _own(store: Store, study: int, me: int, operations: int, told: Any, rng: random.Random) -> None:
    """A controller: decisions, results with checkpoints, lease, all in the order that they follow."""
    history, done = History(LEVELS[-1]), 0
    with store.acquire(study) as lease:
        while done < operations:
            trial = next((t for t in history.trials.values() if t.state == "paused"), None)
            end = LEVELS[-1] if trial else rng.choice(LEVELS[:-1])
            action = Thaw(trial.number, end, "on") if trial else Start({"method": "lora", "n": done}, end, "new")
            decision = decide(history, action)
            assert store.append(study, decision)
            history = history.after(decision)
            state = f"state {me} {decision.trial} {end}".encode() * 50
            returned = Returned(result_of(history, decision.trial, checkpoint=state))
            assert store.append(study, returned)
            assert not store.append(study, returned)  # twice is once
            history = history.after(returned)
            assert store.checkpoint(study, decision.trial) == state
            lease.renew(float(done))
            told.write(f"decision {decision.number}\nend {returned.result.number}\n")
            done += 5


def _shared(store: Store, study: int, me: int, operations: int, told: Any, rng: random.Random) -> None:
    """One of several that write to one study whatever comes."""
    for n in range(operations):
        assert store.append(study, Charged("startup", 1.0, f"{me}-{n}"))
        told.write(f"charged {me}-{n}\n")


def _read(url: str, studies: list[int], told: Path, until: Path) -> None:
    """A dashboard: looks at the revisions, reads what is new, until the others are through."""
    import signal

    signal.alarm(1200)
    seen, reads, slowest = dict.fromkeys(studies, 0), 0, 0.0
    code = 0
    try:
        with Store.open(url, create=False, read_only=True) as store:
            while not until.exists():
                began = time.monotonic()
                for row in store.studies():
                    if row.revision > seen[row.id]:
                        events = store.events(row.id, after=seen[row.id], curves=False)
                        assert [r for r, _ in events] == list(range(seen[row.id] + 1, seen[row.id] + 1 + len(events)))
                        seen[row.id] += len(events)
                reads += 1
                slowest = max(slowest, time.monotonic() - began)
                time.sleep(0.05)
    except BaseException as error:
        told.with_suffix(".error").write_text(f"reader: {type(error).__name__}: {error}\n")
        code = 1
    told.write_text(f"{reads} {slowest}")
    os._exit(code)


def _compare(verdict: Verdict, url: str, folder: Path, studies: list[int]) -> None:
    with Store.open(url) as store:
        for study in sorted(set(studies)):
            told = [line for n, s in enumerate(studies) if s == study for line in _lines(folder / f"{n}.told")]
            found = []
            for _, event in store.events(study):
                if isinstance(event, Charged):
                    found.append(f"charged {event.worker}")
                else:
                    end = isinstance(event, Returned)
                    found.append(f"end {event.result.number}" if end else f"decision {event.number}")  # type: ignore[union-attr]
            lost, more = set(told) - set(found), len(found) - len(set(found))
            verdict.add("lost", len(lost) + abs(len(told) - len(set(told))))
            verdict.add("doubled", more)
            verdict.check(not lost, f"study {study}: lost {sorted(lost)[:3]}")
            verdict.check(not more and len(found) == len(told), f"study {study}: {len(found)} for {len(told)} told")
        verdict.check(store.check() == [], f"{store.check()}")


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
