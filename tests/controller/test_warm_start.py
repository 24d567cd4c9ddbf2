"""A study that learns from an earlier one of the same store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.studies import simulated, spec

from autotune.controller import replay, search
from autotune.errors import AutotuneError
from autotune.store import Store
from autotune.trial import TrialKind, TrialState

FIRST = spec(budget=("6trials",), seeds=1, searcher="random", scheduler="fifo", controls=())
SECOND = replace(FIRST, study="second", seed=1, budget=("3trials",), warm_start=(FIRST.study,), searcher="mobo")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "store.db")


def test_it_begins_on_the_earlier_front_and_keeps_what_it_learnt(url: str) -> None:
    search(FIRST, url, executor=simulated())
    search(SECOND, url, executor=simulated())
    with Store.open(url) as store:
        before = store.history(store.study(FIRST.study).id)
        row = store.study(SECOND.study)
        after = store.history(row.id)
        assert row.environment["earlier"][0]["name"] == f"study {FIRST.study}"
        done = [t.config for t in before.trials.values() if t.state is TrialState.COMPLETE]
        first = next(t for t in after.trials.values() if t.kind is TrialKind.SEARCH)
        assert first.config in done
        store.delete(FIRST.study)
        count, mismatches = replay(store, SECOND.study)
    assert count > 3
    assert mismatches == []


def test_studies_that_say_nothing_are_refused_before_any_worker_starts(url: str) -> None:
    executor = simulated()
    started = []
    executor.start = lambda: started.append(1)  # type: ignore[assignment, method-assign, func-returns-value]
    with pytest.raises(AutotuneError, match="there is no study 'simulated-9'"):
        search(replace(SECOND, warm_start=("simulated-9",)), url, executor=executor)
    assert started == []
