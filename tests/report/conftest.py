"""A made-up study with its report, and a real one whose predictions are stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.exported import Made, make_study
from helpers.studies import run, spec

from autotune.report import Gathered, gather
from autotune.store import Store


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the study ``made-up``."""
    folder = tmp_path_factory.mktemp("searched")
    run(folder, spec("made-up"))
    return folder / "store.db"


@pytest.fixture(scope="session")
def found(searched: Path) -> Gathered:
    with Store.open(searched, create=False, read_only=True) as store:
        return gather(store, "made-up")


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_study(tmp_path_factory.mktemp("real"))
