"""Decisions made again from the record."""

from pathlib import Path

import pytest
from helpers.studies import run, spec

from autotune.controller import replay
from autotune.decision import Start
from autotune.store import Store

STUDY = spec(budget=("3trials",), seeds=1)


def mismatches(folder: Path) -> int:
    with Store.open(folder / "store.db") as store:
        return len(replay(store, STUDY.study)[1])


def test_other_words_are_no_other_decisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, STUDY)
    name = "autotune.strategies.composed.Start"
    monkeypatch.setattr(name, lambda config, end, reason, **more: Start(config, end, f"newly: {reason}", **more))
    assert mismatches(tmp_path) == 0
    monkeypatch.setattr(name, lambda config, end, reason, **more: Start(config, end + 1, reason, **more))
    assert mismatches(tmp_path) == 3
