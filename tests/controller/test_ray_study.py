"""A study over Ray whose worker, node and head are killed in turn, held against what the workers wrote down."""

import os
import signal
import time
from collections import Counter
from threading import Thread

import pytest
from helpers.rayed import nodes
from helpers.scribe import read_ledger
from helpers.studies import spec

from autotune.controller import resume, search
from autotune.executors.base import DevicesLostError
from autotune.executors.ray import RayExecutor
from autotune.executors.ray_cluster import Wish
from autotune.store import Store, StudyStatus
from autotune.trial import TrialState

pytestmark = pytest.mark.slow
STUDY = spec(budget=("40trials",), seeds=1, workers=2)


def workers(address, ledger, **more):
    arguments = {"ledger": str(ledger), "pace": 0.2, **more}
    return RayExecutor("helpers.scribe:create", arguments, Wish(address, "cpu", 1, workers=2))


def wait_for_lines(ledger, more):
    wanted, until = len(read_ledger(ledger)) + more, time.monotonic() + 60
    while len(read_ledger(ledger)) < wanted:
        assert time.monotonic() < until
        time.sleep(0.02)


def kill_in_turn(cluster, ledger, pids):
    wait_for_lines(ledger, 3)
    os.kill(pids[0], signal.SIGKILL)
    wait_for_lines(ledger, 3)
    cluster.add()
    cluster.kill(0)
    wait_for_lines(ledger, 6)
    cluster.kill_head()


def test_a_study_survives_its_worker_its_node_and_with_a_resume_its_head(tmp_path):
    url, ledger = str(tmp_path / "store.db"), tmp_path / "ledger"
    with nodes(2) as cluster:
        executor, begin = workers(cluster.address, ledger), Thread()

        def started():
            ready = start()
            nonlocal begin
            begin = Thread(target=kill_in_turn, args=(cluster, ledger, [r.info["pid"] for r in ready]))
            begin.start()
            return ready

        start, executor.start = executor.start, started
        with pytest.raises(DevicesLostError) as caught:
            search(STUDY, url, executor=executor)
        begin.join()
    assert "Ray cluster" in caught.value.message
    assert caught.value.remedy == f"once they are back: autotune resume {STUDY.study}"

    with nodes(1) as cluster:
        assert resume(STUDY.study, url, executor=workers(cluster.address, ledger)).status == "complete"

    with Store.open(url) as store:
        row = store.study(STUDY.study)
        history = store.history(row.id)
    assert row.status is StudyStatus.COMPLETE
    assert not any(t.state is TrialState.FAILED for t in history.trials.values())
    written = Counter(line.number for line in read_ledger(ledger) if line.status == "done")
    assert set(written.values()) == {1}, "no segment was trained twice to its end under one number"
    again = Counter((line.trial, line.purpose, line.end) for line in read_ledger(ledger) if line.status == "done")
    assert sum(count - 1 for count in again.values()) <= 3, "only what ran on the node and under the head"
    assert sum(t.attempt for t in history.trials.values()) <= 1 + 1 + 2, "a worker's, a node's, and both of the head's"


def test_a_budget_of_device_time_holds(tmp_path):
    with nodes(1) as cluster:
        for searcher, scheduler in (("random", "asha"), ("mobo", "freeze-thaw")):
            url, ledger = str(tmp_path / f"{searcher}.db"), tmp_path / "ledger"
            study = spec(
                budget=("15cpu-min",), seeds=2, workers=2, controls=("head",), searcher=searcher, scheduler=scheduler
            )  # fmt: skip
            executor = workers(cluster.address, ledger, pace=0.01, claims=True)
            assert search(study, url, executor=executor).status == "complete"
            with Store.open(url) as store:
                row = store.study(study.study)
                spent = store.history(row.id).device_seconds
                longest = max(s.device_seconds for s in store.segments(row.id))
            assert 0.6 * 900 < spent <= 900 + 2 * longest
