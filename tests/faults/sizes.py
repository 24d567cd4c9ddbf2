"""A large study: how long a resume, ``autotune status`` and reading what is new take."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from helpers.studies import INFO, simulated, spec

from autotune.budget import Budget
from autotune.controller import resume, search
from autotune.executors.simulated import SimulatedExecutor
from autotune.history import Extended
from autotune.store import Store, StudyStatus
from faults.verdict import Size, Verdict

TRIALS, POINTS = 10_000, 20
RESUME, STATUS = 5.0, 1.0
"""Seconds that are promised at ``TRIALS`` × ``POINTS``."""
_BUSY = 3
"""So many times as long may the short form take: it is a test, which runs beside others on machines of any speed."""


def row(size: Size, folder: Path) -> Verdict:
    """Row 10: copied together in the database, resumed to its next decision, asked for its status."""
    verdict = Verdict("large studies", f"{TRIALS:,} trials × {POINTS} points: resume ≤ 5 s, status ≤ 1 s")
    trials = size.of(1000, TRIALS)
    url = str(folder / "store.db")
    name = _make(url, trials)
    began = time.process_time()
    with Store.open(url) as store:
        history = store.history(store.study(name).id)
    folded = time.process_time() - began
    verdict.check(len(history.trials) == trials, f"{len(history.trials)} trials came back")
    resumed = _resumed(url, name)
    status = min(_status(url, name, verdict) for _ in range(3))
    share = trials / TRIALS
    verdict.counts |= {"trials": trials, "points": trials * POINTS, "history, s": round(folded, 2)}
    verdict.counts |= {"resume, s": round(resumed, 2), "status, s": round(status, 2)}
    patience = _BUSY if size.short else 1
    allowed = patience * (1 + (RESUME - 1) * share)
    verdict.check(resumed <= allowed, f"resume took {resumed:.1f} s for {trials} trials")
    verdict.check(status <= patience * STATUS, f"status took {status:.1f} s for {trials} trials")
    verdict.done = (
        "resume: from the call to the first segment that is submitted; status: of `autotune status`, the whole"
    )
    verdict.done += " process but the start of Python"
    return verdict


def _make(url: str, trials: int) -> str:
    """A study of many trials, each a copy of its first search trial with another learning rate and a longer curve."""
    study = spec("large", budget=("2trials",), searcher="random", scheduler="fifo", controls=(), seeds=1)
    search(study, url, executor=simulated())
    with Store.open(url) as store:
        row = store.study("large")
        history = store.history(row.id)
    connection = sqlite3.connect(url)
    size = {"first": len(history.trials), "last": trials - 1, "decisions": history.decisions}
    size |= {"revision": history.revision, "points": POINTS, "full": row.full}
    with connection:
        rate, number = "0.0001 * (1 + i * 0.0001)", ":decisions + i - :first"
        end = ":revision + 2 * (i - :first + 1)"
        _copy(connection, size, "trials", number="i", config=f"json_set(config, '$.lr', {rate})")
        _copy(connection, size, "attempts", trial="i")
        action = f"json_set(action, '$.config.lr', {rate})"
        seen = {"revision": f"{end} - 1", "seen_revision": f"{end} - 2"}
        _copy(connection, size, "decisions", number=number, trial="i", action=action, **seen)
        _copy(connection, size, "segments", number=number, trial="i", revision=end)
        connection.execute("DELETE FROM curve_points WHERE trial = 0 AND position > 0")
        metrics = "json_set(metrics, '$.f1_accuracy', 0.6 + 0.003 * (i % 97) + 0.004 * p)"
        place = {"position": "p", "examples": ":full * (p + 1) / :points", "metrics": metrics}
        _copy(connection, size, "curve_points", points=True, segment=number, trial="i", **place)
        connection.execute(f"UPDATE studies SET revision = {end.replace('i ', ':last ')}", size)
    connection.close()
    with Store.open(url) as store:
        assert store.append(row.id, Extended(Budget(trials=2 * trials)))
        store.set_status(row.id, StudyStatus.INTERRUPTED)
        problems = [p for p in store.check() if "checkpoint" not in p]
        assert not problems, problems
    return row.name


def _copy(
    connection: sqlite3.Connection, size: dict[str, int], table: str, *, points: bool = False, **changed: str
) -> None:
    """Insert a copy of trial 0's row for every further trial ``i``, and point ``p``."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    numbers = "n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
    numbers += ", q(p) AS (SELECT 0 UNION ALL SELECT p + 1 FROM q WHERE p + 1 < :points)" if points else ""
    values = ", ".join(changed.get(name, f"{table}.{name}") for name in columns)
    trial = "number" if table == "trials" else "trial"
    first = {"decisions": " AND number = 0", "segments": " AND number = 0", "curve_points": " AND position = 0"}
    where = f"{table}.{trial} = 0{first.get(table, '')}"
    joined = f"{table}, n, q" if points else f"{table}, n"
    connection.execute(
        f"WITH RECURSIVE {numbers} INSERT INTO {table} SELECT {values} FROM {joined} WHERE {where}", size
    )


class _First(Exception):  # noqa: N818
    """The first segment was submitted."""


class _Watching(SimulatedExecutor):
    def submit(self, segment: object) -> None:
        raise _First


def _resumed(url: str, name: str) -> float:
    began = time.process_time()
    try:
        resume(name, url, executor=_Watching(lambda segment: None, INFO))  # type: ignore[arg-type,return-value]
    except _First:
        return time.process_time() - began
    raise AssertionError("nothing was submitted")


def _status(url: str, name: str, verdict: Verdict) -> float:
    """Of the command, less what an ``autotune --version`` takes."""
    took: list[float] = []
    for arguments in (["--version"], ["status", name, "--store", url]):
        before = _children()
        ended = subprocess.run(
            [sys.executable, "-m", "autotune", *arguments], capture_output=True, text=True, check=False
        )
        took.append(_children() - before)
        verdict.check(ended.returncode == 0, ended.stderr[-500:])
    return took[1] - took[0]


def _children() -> float:
    """Seconds of a processor that ended processes have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
