"""A large study: how long a resume, ``autotune status`` and reading what is new take."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from helpers.studies import INFO, simulated, spec

from autotune.budget import Budget
from autotune.controller import resume, search
from autotune.decision import Decision, Start
from autotune.executors.simulated import SimulatedExecutor
from autotune.history import Extended, History, Returned
from autotune.store import Store, StudyStatus
from autotune.store import writing as writing_
from autotune.trial import CurvePoint, SegmentResult, SegmentStatus
from faults.verdict import Size, Verdict

TRIALS, POINTS = 10_000, 20
RESUME, STATUS = 5.0, 1.0
"""Seconds that are promised at ``TRIALS`` × ``POINTS``."""


def row(size: Size, folder: Path) -> Verdict:
    """Row 10: made by hand in one transaction, resumed to its next decision, asked for its status."""
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
    verdict.check(resumed <= 1 + (RESUME - 1) * share, f"resume took {resumed:.1f} s for {trials} trials")
    verdict.check(status <= STATUS, f"status took {status:.1f} s for {trials} trials")
    verdict.done = (
        "resume: from the call to the first segment that is submitted; status: of `autotune status`, the whole"
    )
    verdict.done += " process but the start of Python"
    return verdict


def _make(url: str, trials: int) -> str:
    """A study of many trials, each trained in full in one segment."""
    study = spec("large", budget=("2trials",), searcher="random", scheduler="fifo", controls=(), seeds=1)
    search(study, url, executor=simulated())
    with Store.open(url) as store:
        row = store.study("large")
        history = store.history(row.id)
        first, count = history.trials[0], len(history.trials)
        known = dict(first.known)
        with store._database.write() as connection:
            for number in range(count, trials):
                config = {**first.config, "lr": 1e-4 * (1 + number / trials)}
                start = Start(config, row.full, "new")
                decision = Decision(history.decisions, history.revision, 0.0, start, number, 0, known)
                points = tuple(
                    CurvePoint(row.full * (i + 1) // POINTS, _metrics(number, i), float(i)) for i in range(POINTS)
                )
                result = SegmentResult(history.decisions, number, 0, SegmentStatus.DONE, row.full, points, 10.0)
                for event in (decision, Returned(result)):
                    assert writing_.record(connection, row.id, event)
                history = History(row.full, decisions=history.decisions + 1, revision=history.revision + 2, trials={})
            assert writing_.record(connection, row.id, Extended(Budget(trials=2 * trials)))
        store.set_status(row.id, StudyStatus.INTERRUPTED)
        return row.name


def _metrics(number: int, point: int) -> dict[str, float]:
    score = 0.6 + 0.3 * (number % 97) / 97 + 0.004 * point
    return {"f1_accuracy": score, "f1": score, "accuracy": score, "loss": 1 - score, "train_loss": 1 - score}


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
