"""Decisions for more devices than a model can be asked for one by one: they are prepared while devices train."""

import os
import signal
from pathlib import Path

import pytest
from helpers.studies import simulated, spec

from autotune.controller import replay, resume, search
from autotune.decision import Decision
from autotune.history import DEVICES_WAITING
from autotune.store import Store

WORKERS = DEVICES_WAITING + 1
STUDY = spec(
    budget=("22cpu-min",), seeds=1, workers=WORKERS, controls=("head",), searcher="mobo",
    scheduler="freeze-thaw",
)  # fmt: skip


@pytest.mark.slow
def test_a_study_on_many_devices_is_prepared_ahead_interrupted_resumed_and_replayed(tmp_path: Path) -> None:
    url = str(tmp_path / "store.db")
    executor = simulated(WORKERS)
    asides, turns = [], []
    aside, wait = executor.aside, executor.wait

    def watched(work):
        asides.append(work)
        return aside(work)

    def waiting(timeout=None):
        turns.append(timeout)
        if len(turns) == 20:
            os.kill(os.getpid(), signal.SIGTERM)
        return wait(timeout)

    executor.aside, executor.wait = watched, waiting
    assert search(STUDY, url, executor=executor).status == "interrupted"
    assert asides
    assert resume(STUDY.study, url, executor=simulated(WORKERS)).status == "complete"
    with Store.open(url) as store:
        decided, mismatches = replay(store, STUDY.study)
        reasons = [
            event.action.reason for _, event in store.events(store.study(STUDY.study).id) if isinstance(event, Decision)
        ]
    assert mismatches == []
    assert decided == len(reasons)
    assert sum("beyond what the paused" in reason for reason in reasons) > 5
