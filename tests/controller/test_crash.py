"""Controllers and workers that are killed at any moment: nothing recorded is lost, nothing is trained twice."""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from helpers import mortal
from helpers.mortal import POINTS, Doom, fork, killed, wait_for
from helpers.scribe import read_ledger
from helpers.studies import simulated, spec

from autotune.controller import replay, resume, search
from autotune.decision import Decision
from autotune.executors.simulated import SimulatedExecutor
from autotune.history import Charged, Lost
from autotune.store import SegmentRow, Store, StudyStatus
from autotune.trial import FailureKind, TrialKind, TrialState

TRIALS = 6
STUDY = spec(budget=(f"{TRIALS}trials",), seeds=2)


def recorded(url: str, name: str = STUDY.study) -> tuple[Any, Any, list[SegmentRow], list[Any]]:
    with Store.open(url, create=False) as store:
        row = store.study(name)
        return row, store.history(row.id), store.segments(row.id), [e for _, e in store.events(row.id)]


def check_complete(url: str, study: Any = STUDY) -> None:
    """The study reached its end as if it had never been interrupted, and its books are in order."""
    row, history, segments, events = recorded(url, study.study)
    assert row.status is StudyStatus.COMPLETE
    states = Counter(t.state for t in history.trials.values())
    assert set(states) <= {TrialState.COMPLETE, TrialState.PAUSED}
    kinds = Counter(t.kind for t in history.trials.values())
    assert kinds[TrialKind.SEARCH] == TRIALS
    assert kinds[TrialKind.REPEAT] >= 1
    charged = sum(e.seconds for e in events if isinstance(e, Charged))
    assert history.device_seconds == pytest.approx(charged + sum(s.device_seconds for s in segments))
    seen = dict.fromkeys(history.trials, 0)
    for segment in sorted(segments, key=lambda s: s.number):
        assert segment.start == seen[segment.trial]
        if segment.status != "lost":
            seen[segment.trial] = max(seen[segment.trial], segment.examples_seen)
    assert seen == {t.number: t.examples_seen for t in history.trials.values()}
    with Store.open(url) as store:
        store.collect_garbage()
        assert store.check() == []
        count, mismatches = replay(store, study.study)
    assert count == sum(isinstance(e, Decision) for e in events)
    assert mismatches == []


def check_ledger(url: str, path: Path) -> None:
    """The store says what the workers wrote down by themselves."""
    _, history, segments, _ = recorded(url)
    written = {line.number: line for line in read_ledger(path)}
    assert len(written) == len(read_ledger(path))
    for segment in segments:
        line = written.pop(segment.number, None)
        if segment.status == "lost":
            continue  # it may have been trained; its result never arrived
        assert line is not None
        assert (line.trial, line.attempt, line.purpose) == (segment.trial, segment.attempt, segment.purpose)
        assert (line.start, line.end, line.status) == (segment.start, segment.examples_seen, segment.status)
        assert line.seconds == segment.device_seconds
    assert written == {}
    for trial in history.trials:
        trained = [s for s in segments if s.trial == trial and s.purpose == "train" and s.status != "lost"]
        spans = [(s.start, s.examples_seen) for s in sorted(trained, key=lambda s: s.number)]
        assert all(end == start for (_, end), (start, _) in itertools.pairwise(spans))


def kill_until_done(live: Callable[[Doom | None], None], rng: random.Random, points: tuple[str, ...], most: int) -> int:
    """Let controllers live and die until one reaches the end; how many died."""
    kills = 0
    while killed(fork(partial(live, Doom(rng.choice(points), rng.randint(1, 12)) if kills < most else None))):
        kills += 1
    return kills


def real_workers(folder: Path, seed: int, most: int, count: int) -> None:
    url, ledger = str(folder / "store.db"), folder / "ledger"
    live = partial(mortal.live, url, STUDY, partial(mortal.workers, ledger, count))
    assert kill_until_done(live, random.Random(seed), POINTS, most) >= 3
    check_complete(url)
    check_ledger(url, ledger)


@pytest.mark.parametrize("count", [1, 2])
def test_a_study_killed_between_operations_loses_and_repeats_nothing(tmp_path, count):
    real_workers(tmp_path, seed=count, most=4, count=count)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 13))
def test_however_often_it_is_killed(tmp_path, seed):
    real_workers(tmp_path, seed, most=9, count=1 + seed % 2)


@pytest.mark.parametrize("seed", range(4))
def test_kills_on_a_virtual_clock(tmp_path, seed):
    url, rng = str(tmp_path / "store.db"), random.Random(seed)
    live = partial(mortal.live, url, STUDY, simulated)
    kill_until_done(live, rng, (*POINTS, "study created"), most=12)
    check_complete(url)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 112))
def test_many_kills_on_a_virtual_clock(tmp_path, seed):
    url, rng = str(tmp_path / "store.db"), random.Random(seed)
    study = spec(budget=(f"{TRIALS}trials", "20cpu-min"), seeds=2, scheduler=rng.choice(["asha", "hyperband", "fifo"]))
    live = partial(mortal.live, url, study, simulated)
    kill_until_done(live, rng, (*POINTS, "study created"), most=25)
    row, history, _, _ = recorded(url)
    assert row.status is StudyStatus.COMPLETE
    assert not any(t.state is TrialState.FAILED for t in history.trials.values())


@pytest.mark.parametrize("seed", range(2))
def test_a_kill_at_any_moment(tmp_path, seed):
    url, ledger, rng = str(tmp_path / "store.db"), tmp_path / "ledger", random.Random(seed)
    live = partial(mortal.live, url, STUDY, partial(mortal.workers, ledger, pace=0.03))
    child = fork(live)
    wait_for(lambda: len(read_ledger(ledger)) > rng.randint(0, 8))
    time.sleep(rng.uniform(0, 0.1))
    os.kill(child, signal.SIGKILL)
    assert killed(child)
    with Store.open(url) as store:
        known = store.study(STUDY.study)
        left = store.running_segments(known.id)
    assert not known.alive
    assert not killed(fork(live))
    check_complete(url)
    check_ledger(url, ledger)
    _, _, segments, events = recorded(url)
    lost = {e.number: e for e in events if isinstance(e, Lost)}
    assert {s.number: s.held_seconds for s in left} == {n: e.device_seconds for n, e in lost.items()}
    assert all(s.device_seconds == lost[s.number].device_seconds for s in segments if s.status == "lost")


def test_a_study_killed_before_its_budget_was_recorded_has_it(tmp_path):
    url = str(tmp_path / "store.db")
    live = partial(mortal.live, url, STUDY, simulated)
    assert killed(fork(partial(live, Doom("study created", 1))))
    assert not killed(fork(live))
    check_complete(url)


def test_a_worker_killed_in_the_middle_costs_its_segment(tmp_path):
    url, ledger = str(tmp_path / "store.db"), tmp_path / "ledger"
    live = partial(mortal.live, url, STUDY, partial(mortal.workers, ledger, deadly=[(2, 0), (5, 0), (5, 1)]))
    assert not killed(fork(live))
    check_complete(url)
    check_ledger(url, ledger)
    _, history, segments, _ = recorded(url)
    assert [(s.trial, s.attempt) for s in segments if s.status == "lost"] == [(2, 0), (5, 0), (5, 1)]
    assert [history.trials[n].attempt for n in (1, 2, 5)] == [0, 1, 2]


def test_a_trial_that_always_kills_its_worker_is_one_failed_trial(tmp_path):
    url, ledger = str(tmp_path / "store.db"), tmp_path / "ledger"
    deadly = [(trial, attempt) for trial in (4, 5) for attempt in range(3)]
    assert not killed(fork(partial(mortal.live, url, STUDY, partial(mortal.workers, ledger, deadly=deadly))))
    row, history, _, _ = recorded(url)
    assert row.status is StudyStatus.COMPLETE
    failed = {t.number: t.failure for t in history.trials.values() if t.state is TrialState.FAILED}
    assert sorted(failed) == [4, 5]
    assert all(f.kind is FailureKind.LOST and "signal 9" in f.message for f in failed.values())


@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(2, 18), marks=pytest.mark.slow)])
def test_an_interrupted_study_decides_as_an_uninterrupted_one(tmp_path, seeds):
    url = str(tmp_path / "store.db")
    for seed in seeds:
        whole, parted = (replace(STUDY, study=f"{name}{seed}", seed=seed) for name in ("whole", "parted"))
        search(whole, url, executor=simulated())
        rng, rounds = random.Random(seed), 1
        outcome = search(parted, url, executor=interrupting(rng.randint(2, 20)))
        while outcome.status == "interrupted":
            rounds += 1
            outcome = resume(parted.study, url, executor=interrupting(rng.randint(2, 20)))
        assert rounds >= 2
        made = []
        for study in (whole, parted):
            events = recorded(url, study.study)[3]
            made.append([(e.number, e.trial, e.attempt, e.action) for e in events if isinstance(e, Decision)])
            assert len(made[-1]) > TRIALS
        assert made[0] == made[1]


def interrupting(turn: int) -> SimulatedExecutor:
    """Workers on a virtual clock; Ctrl-C is pressed while the controller waits for the ``turn``-th time."""
    executor = simulated()
    wait, turns = executor.wait, itertools.count(1)

    def waiting(timeout: float | None = None) -> list[Any]:
        if next(turns) == turn:
            os.kill(os.getpid(), signal.SIGINT)
        return wait(timeout)

    executor.wait = waiting  # type: ignore[method-assign]
    return executor
