"""The study that the tests export from, made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from helpers.exported import Made, make_study

from autotune.store import Store


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Made:
    """Control, winner (two seeds), an adapter of our own, a paused and a failed trial."""
    return make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture
def store(made: Made) -> Iterator[Store]:
    with Store.open(made.url, create=False) as opened:
        yield opened


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's user."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("AUTOTUNE_DATA_DIR", "AUTOTUNE_OFFLINE", "AUTOTUNE_MODEL", "AUTOTUNE_STORE"):
        monkeypatch.delenv(name, raising=False)
