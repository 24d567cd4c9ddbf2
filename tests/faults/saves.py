"""Workers that are killed, also in the middle of sending a checkpoint; controllers, in the middle of writing one."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

from helpers.studies import spec

from autotune.history import MOST_ATTEMPTS, Lost
from autotune.spec import StudySpec
from autotune.store import Store
from autotune.trial import Segment, SegmentResult, TrialState
from faults.bodies import Forked, half_sent
from faults.doom import Doom
from faults.lives import live, warm
from faults.oracle import course
from faults.verdict import Size, Verdict

WEIGHT = 300_000
"""Bytes of a checkpoint: more than a socket holds, so that a killed worker leaves half of it behind."""
_UNREADABLE = 17
"""The exit code of a worker that was handed a checkpoint that is not where its segment begins."""


def act(segment: Segment, result: SegmentResult, connection: Connection) -> SegmentResult:
    """Die in each of a trial's first attempts but the last: before sending, or anywhere in the middle of it."""
    rng = random.Random(f"{segment.trial} {segment.attempt} {segment.number}")
    if segment.attempt < MOST_ATTEMPTS - 1 and rng.random() < 0.7:
        if rng.random() < 0.8:
            half_sent(result, connection, rng.random())
        os.kill(os.getpid(), signal.SIGKILL)
    return result


def row(size: Size, folder: Path) -> Verdict:
    """Row 2: kill workers until the number is reached, a controller now and then; read every checkpoint."""
    verdict = Verdict("worker killed", "a killed worker costs at most its segment, in the middle of a save too")
    warm(folder, _study(size.seed, "warm"))
    wanted, seed = size.of(25, 1000), size.seed
    while verdict.counts.get("kills", 0) < wanted and not verdict.breaches:
        with verdict.told(f"seed {seed}"):
            _one(verdict, folder / str(seed), seed)
        seed += 1
    verdict.counts["studies"] = seed - size.seed
    return verdict


def _study(seed: int, name: str = "saves") -> StudySpec:
    return spec(name, budget=("6trials",), seeds=2, workers=1 + seed % 2, seed=seed)


def _one(verdict: Verdict, folder: Path, seed: int) -> None:
    """A study whose workers die, and whose controller dies once in the middle of writing a checkpoint."""
    folder.mkdir()
    url, study = str(folder / "store.db"), _study(seed)
    doom = Doom(random.Random(seed).randint(1, 8), "checkpoint: half written")
    dead = live(url, study, lambda came: Forked(act, study.workers, weight=WEIGHT), folder / "told", doom)
    verdict.add("controllers killed in a write", dead)
    while dead:
        dead = live(url, study, lambda came: Forked(act, study.workers, weight=WEIGHT), folder / "told", None)
    with Store.open(url) as store:
        row = store.study(study.study)
        events = [event for _, event in store.events(row.id)]
        history = course(events, row.full).history
        lost = [e for e in events if isinstance(e, Lost)]
        by_workers = [e for e in lost if e.worker]
        verdict.add("kills", len(by_workers))
        verdict.add("checkpoints written", sum(s.purpose == "train" for s in store.segments(row.id)))
        unreadable = sum(f"exit code {_UNREADABLE}" in e.message for e in lost)
        unreadable += sum(store.checkpoint(row.id, r.trial) is None for r in store.checkpoint_rows(row.id))
        verdict.add("unreadable", unreadable)
        verdict.check(unreadable == 0, f"seed {seed}: {unreadable} unreadable checkpoints")
        verdict.check(row.status == "complete", f"seed {seed}: the study ended {row.status}: {row.message}")
        verdict.check(len(lost) - len(by_workers) <= study.workers, f"seed {seed}: more lost than ran")
        failed = Counter(t.state for t in history.trials.values()) if history else Counter()
        verdict.check(failed[TrialState.FAILED] == 0, f"seed {seed}: {failed[TrialState.FAILED]} trials failed")
        store.collect_garbage()
        verdict.check(store.check() == [], f"seed {seed}: {store.check()}")
