"""Going on with a study: complete, with more budget, while it starts, without its checkpoints, on a full disk."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from helpers.studies import simulated, spec
from helpers.synthetic import answer

from autotune.controller import replay, resume, search
from autotune.errors import AutotuneError
from autotune.executors.simulated import SimulatedExecutor
from autotune.history import Lost
from autotune.results import of_study
from autotune.store import Store, files
from autotune.trial import Failure, FailureKind, Segment, SegmentResult, SegmentStatus, TrialKind, TrialState

STUDY = spec(budget=("4trials",), seeds=2)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "store.db")


def read(url: str) -> tuple[Any, Any, list[Any]]:
    with Store.open(url, create=False) as store:
        row = store.study(STUDY.study)
        return row, store.history(row.id), store.segments(row.id)


def after(turns: int, act: Callable[[], Any], **options: Any) -> SimulatedExecutor:
    """Workers on a virtual clock; something happens while the controller waits for the ``turns``-th time."""
    executor = simulated(**options)
    wait, turn = executor.wait, count(1)

    def waiting(timeout: float | None = None) -> list[Any]:
        found = act() if next(turn) == turns else None
        return wait(timeout) if found is None else found

    executor.wait = waiting  # type: ignore[method-assign]
    return executor


def crash() -> None:
    raise RuntimeError("the controller has a bug")


def crashed(url: str, turns: int) -> None:
    with pytest.raises(RuntimeError, match="has a bug"):
        search(STUDY, url, executor=after(turns, crash))
    row, _, _ = read(url)
    assert (row.status, row.alive) == ("interrupted", False)
    assert "has a bug" in row.message


def searched(history: Any) -> int:
    return sum(t.kind is TrialKind.SEARCH for t in history.trials.values())


def test_a_complete_study_starts_no_worker_unless_there_is_more_to_spend(url):
    search(STUDY, url, executor=simulated())
    before = read(url)[1]
    outcome = resume(STUDY.study, url, executor=after(1, crash))
    assert outcome.status == "complete"
    assert f"autotune resume {STUDY.study} --budget +10trials" in outcome.message
    assert read(url)[1] == before
    assert resume(STUDY.study, url, ["+3trials"], executor=simulated()).status == "complete"
    assert searched(read(url)[1]) == 7


def test_more_of_another_kind_is_refused_before_a_worker_starts(url):
    crashed(url, 5)
    with pytest.raises(AutotuneError, match="cannot be added to a budget of 4trials"):
        resume(STUDY.study, url, ["+20cpu-min"], executor=after(1, crash))
    assert resume(STUDY.study, url, executor=simulated()).status == "complete"


def test_a_stop_that_is_asked_for_while_workers_start_is_heard(url):
    crashed(url, 5)
    executor = simulated()
    start = executor.start

    def starting() -> Any:
        with Store.open(url) as other:
            assert other.request_stop(STUDY.study)
        return start()

    executor.start = starting  # type: ignore[method-assign]
    assert resume(STUDY.study, url, executor=executor).status == "interrupted"
    assert len(read(url)[2]) <= 6
    assert resume(STUDY.study, url, executor=simulated()).status == "complete"


def test_a_slow_start_keeps_the_lease(url, monkeypatch):
    crashed(url, 5)
    monkeypatch.setattr(sys.modules["autotune.controller.search"], "RENEW_SECONDS", 0.001)
    executor = simulated()
    start = executor.start

    def starting() -> Any:
        first = read(url)[0].heartbeat
        while read(url)[0].heartbeat == first:
            time.sleep(0.001)
        return start()

    executor.start = starting  # type: ignore[method-assign]
    assert resume(STUDY.study, url, executor=executor).status == "complete"


def test_the_clock_goes_on_from_the_last_sign_of_life(url):
    crashed(url, 5)
    with Store.open(url) as store:
        row = store.study(STUDY.study)
        with store.acquire(row.id) as lease:
            lease.renew(elapsed=5000.0)
        number = store.history(row.id).decisions
        resume(STUDY.study, url, executor=simulated())
        assert store.decisions(row.id)[number].elapsed >= 5000.0
        assert replay(store, STUDY.study)[1] == []


def checking(segment: Segment) -> SegmentResult:
    """The synthetic problem, by workers that fail like real ones where a checkpoint is not what it should be."""
    if (segment.checkpoint is None) != (segment.start == 0):
        failure = Failure(FailureKind.ERROR, f"begins at {segment.start} but has no checkpoint")
        at = (segment.number, segment.trial, segment.attempt)
        return SegmentResult(*at, SegmentStatus.FAILED, segment.start, device_seconds=0.5, failure=failure)
    return answer(segment)


def dust(path: Path) -> None:
    path.write_bytes(b"dust")


@pytest.mark.parametrize(("turns", "damage"), [(8, Path.unlink), (14, dust), (18, Path.unlink)])
def test_trials_whose_checkpoints_are_gone_fail_and_the_study_goes_on(url, damage, turns):
    crashed(url, turns)
    for path in (Path(url).parent / "store.checkpoints").rglob("*.ckpt"):
        damage(path)
    assert resume(STUDY.study, url, executor=simulated(answer=checking)).status == "complete"
    row, history, segments = read(url)
    assert searched(history) == 4
    assert not history.running
    assert len(segments) < 60
    assert all(t.held_out is not None for t in history.trials.values() if t.kind is TrialKind.REPEAT)
    assert of_study(row, history).winner is not None


def test_a_study_that_is_deleted_while_it_runs_ends_with_a_message(url):
    def delete() -> None:
        with Store.open(url) as other, other._database.write() as connection:
            for name in ("segments", "decisions", "attempts", "trials", "studies"):
                connection.execute(sa.text("PRAGMA defer_foreign_keys=ON"))
                connection.execute(sa.text(f"DELETE FROM {name}"))

    with pytest.raises(AutotuneError, match=r"there is no study number 1|taken over"):
        search(STUDY, url, executor=after(6, delete))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_fails_costs_one_segment(url, monkeypatch, code):
    write, turn = files.write, count(1)

    def failing(*args: Any) -> Any:
        if next(turn) == 4:
            raise OSError(code, "made up", "disk")
        return write(*args)

    monkeypatch.setattr(files, "write", failing)
    with pytest.raises(AutotuneError, match=r"no space left|cannot write"):
        search(STUDY, url, executor=simulated())
    assert resume(STUDY.study, url, executor=simulated()).status == "complete"
    _, history, segments = read(url)
    assert [s.status for s in segments].count("lost") == 1
    assert not any(t.state is TrialState.FAILED for t in history.trials.values())


@pytest.mark.parametrize(("kind", "times"), [("repeat", 3), ("score", 1), ("score", 3), ("control", 3)])
def test_workers_that_die_at_the_end_or_the_beginning(url, kind, times):
    """A lost segment is tried again; the third death gives its trial, or its score, up; the study ends all the same."""
    executor, left = simulated(), [times]
    submit, wait = executor.submit, executor.wait
    chosen: list[Segment] = []
    pending: list[Lost] = []

    def submitting(segment: Segment) -> None:
        trial = read(url)[1].trials[segment.trial]
        of_kind = segment.purpose == "score" if kind == "score" else trial.kind.value == kind
        if left[0] and of_kind and (not chosen or chosen[0].trial == segment.trial):
            left[0] -= 1
            chosen.append(segment)
            pending.append(Lost(segment.number, segment.trial, segment.attempt, 2.0, "died", "worker-0"))
        else:
            submit(segment)

    executor.submit = submitting  # type: ignore[method-assign]
    executor.wait = lambda timeout=None: [pending.pop()] if pending else wait(timeout)  # type: ignore[method-assign]
    assert search(STUDY, url, executor=executor).status == "complete"
    row, history, _ = read(url)
    trial = history.trials[chosen[0].trial]
    assert [s.attempt for s in chosen] == list(range(times))
    assert trial.attempt == times
    if kind == "score":
        assert (trial.held_out == {}) == (times == 3)
    else:
        assert (trial.state is TrialState.FAILED) == (times == 3)
    assert history.spent[kind] >= 2.0 * times
    assert of_study(row, history).winner is not None
