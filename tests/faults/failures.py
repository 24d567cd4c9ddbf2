"""Everything that can go wrong in a trial: the right state, the right count, retried only where that can help."""

from __future__ import annotations

import math
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from helpers.studies import spec

from autotune.history import MOST_ATTEMPTS
from autotune.store import Store
from autotune.trial import CurvePoint, Failure, FailureKind, Segment, SegmentResult, SegmentStatus, TrialState
from faults.bodies import Forked
from faults.lives import live, warm
from faults.verdict import Size, Verdict

STRUCK, TRIALS = 4, 6
"""The trial that everything goes wrong in: one of the search; the trials of the search."""
_HANG = 1.0
"""Seconds without a sign of life after which the tests' executor kills a worker."""


@dataclass(frozen=True)
class Injected:
    """What goes wrong, and what has to come of it."""

    spoil: Callable[[SegmentResult, Connection], Any]
    kind: FailureKind | None
    """None where the trial has to be trained all the same."""
    tries: int = 1
    """Segments that are spent on it."""
    purpose: str = "train"


def _failed(kind: FailureKind) -> Callable[[SegmentResult, Connection], SegmentResult]:
    def spoil(result: SegmentResult, connection: Connection) -> SegmentResult:
        seen = result.curve[0].examples - 1 if result.curve else 0
        failure = Failure(kind, "made up", "a traceback\0 with what no database likes \ud800")
        return replace(result, status=SegmentStatus.FAILED, examples_seen=seen, curve=(), failure=failure)

    return spoil


def _curve(**metrics: Any) -> Callable[[SegmentResult, Connection], SegmentResult]:
    def spoil(result: SegmentResult, connection: Connection) -> SegmentResult:
        left = {k: v for k, v in {**result.curve[-1].metrics, **metrics}.items() if v is not None}
        return replace(result, curve=(*result.curve[:-1], CurvePoint(result.examples_seen, left, 1.0)))

    return spoil


def _as(**changes: Any) -> Callable[[SegmentResult, Connection], SegmentResult]:
    return lambda result, connection: replace(result, **changes)


def _die(how: Callable[[], Any]) -> Callable[[SegmentResult, Connection], Any]:
    return lambda result, connection: how()


def _raw(data: bytes) -> Callable[[SegmentResult, Connection], Any]:
    def spoil(result: SegmentResult, connection: Connection) -> SegmentResult:
        os.write(connection.fileno(), data)
        time.sleep(60)
        return result

    return spoil


def _raise() -> None:
    raise RuntimeError("a worker's own bug")


E, LOST = FailureKind.ERROR, FailureKind.LOST
FAULTS = {
    "exception in the trial": Injected(_failed(E), E),
    "loss is NaN": Injected(_failed(FailureKind.DIVERGED), FailureKind.DIVERGED),
    "out of memory": Injected(_failed(FailureKind.OUT_OF_MEMORY), FailureKind.OUT_OF_MEMORY),
    "hang": Injected(_die(lambda: time.sleep(600)), FailureKind.HANG),
    "worker exits": Injected(_die(lambda: os._exit(3)), LOST, MOST_ATTEMPTS),
    "worker is killed": Injected(_die(lambda: os.kill(os.getpid(), signal.SIGKILL)), LOST, MOST_ATTEMPTS),
    "worker raises": Injected(_die(_raise), LOST, MOST_ATTEMPTS),
    "metric is missing": Injected(_curve(f1_accuracy=None), FailureKind.MISSING_METRIC),
    "metric is NaN": Injected(_curve(f1_accuracy=math.nan), FailureKind.MISSING_METRIC),
    "loss is NaN in an answer": Injected(_curve(loss=math.nan), FailureKind.DIVERGED),
    "metric is a text": Injected(_curve(f1_accuracy="high"), E),
    "no evaluation": Injected(_as(curve=()), FailureKind.MISSING_METRIC),
    "another study's answer": Injected(_as(number=10**6, trial=10**6), E),
    "no result at all": Injected(lambda result, connection: {"score": 0.9}, E),
    "nothing": Injected(lambda result, connection: None, E),
    "time runs backwards": Injected(_as(device_seconds=-1e9), E),
    "time is NaN": Injected(_as(device_seconds=math.nan), E),
    "trained backwards": Injected(_as(examples_seen=-5), E),
    "done before its end": Injected(_as(examples_seen=1, curve=()), E),
    "curve is no curve": Injected(_as(curve=7), E),
    "curve of the future": Injected(
        lambda r, c: replace(r, curve=(*r.curve, CurvePoint(10**9, r.curve[-1].metrics, 1.0))), E
    ),
    "checkpoint is a text": Injected(_as(checkpoint="state"), E),
    "failed without a reason": Injected(_as(status=SegmentStatus.FAILED), E),
    "unknown status": Injected(_as(status="fine"), E),
    "bytes that are no message": Injected(_raw(b"\x00\x00\x00\x08garbage!"), LOST, MOST_ATTEMPTS),
    "a negative length": Injected(_raw(b"\xff\xff\xff\x00"), LOST, MOST_ATTEMPTS),
    "score is NaN": Injected(_as(held_out={"f1_accuracy": math.nan}), None, purpose="score"),
    "score is missing": Injected(_as(held_out=None), None, purpose="score"),
}
_SHORT = ("hang", "worker exits", "metric is missing", "no result at all", "time is NaN", "bytes that are no message")


def row(size: Size, folder: Path) -> Verdict:
    """Row 5: one study for each fault."""
    verdict = Verdict("bad configuration", "a bad configuration never ends a study")
    warm(folder, spec("warm", budget=("2trials",)))
    chosen = _SHORT if size.short else tuple(FAULTS)
    for name in chosen[: size.count]:
        with verdict.told(name):
            _one(verdict, folder / name.replace(" ", "-"), name, FAULTS[name])
    verdict.done = ", ".join(chosen[: size.count])
    return verdict


def _one(verdict: Verdict, folder: Path, name: str, fault: Injected) -> None:
    folder.mkdir()
    url, study = str(folder / "store.db"), spec("struck", budget=(f"{TRIALS}trials",), seeds=2, workers=2)

    def act(segment: Segment, result: SegmentResult, connection: Connection) -> SegmentResult:
        struck = segment.purpose == fault.purpose and (segment.trial == STRUCK or fault.purpose == "score")
        return fault.spoil(result, connection) if struck else result  # type: ignore[no-any-return]

    killed = live(url, study, lambda came: Forked(act, study.workers, hang=_HANG), folder / "told", None)
    verdict.add("faults")
    if not verdict.check(not killed, f"{name}: the study got stuck"):
        return
    with Store.open(url) as store:
        row = store.study(study.study)
        history, segments = store.history(row.id), [s for s in store.segments(row.id) if s.trial == STRUCK]
        verdict.check(row.status == "complete", f"{name}: the study ended {row.status}: {row.message}")
        searched = sum(t.kind.value == "search" for t in history.trials.values())
        verdict.check(searched == TRIALS, f"{name}: {searched} trials of the search, not {TRIALS}")
        verdict.check(math.isfinite(history.device_seconds) and history.device_seconds >= 0, f"{name}: spent nonsense")
        verdict.check(store.check() == [], f"{name}: {store.check()}")
        if fault.purpose == "score":
            scores = Counter(s.status for s in store.segments(row.id) if s.purpose == "score")
            verdict.check(set(scores) == {"failed"}, f"{name}: scores ended {dict(scores)}")
            return
        trial = history.trials[STRUCK]
        kind = trial.failure.kind if trial.failure else None
        verdict.check((trial.state, kind) == (TrialState.FAILED, fault.kind), f"{name}: {trial.state} with {kind}")
        verdict.check(len(segments) == fault.tries, f"{name}: tried {len(segments)} times, not {fault.tries}")
        others = [t.number for t in history.trials.values() if t.failure is not None and t.number != STRUCK]
        verdict.check(not others, f"{name}: trials {others} failed as well")
        verdict.add("retries", len(segments) - 1)
