"""Small data sets on disk, written the way the world writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autotune.spec import TaskSpec
from autotune.tasks import Task, load

Write = Callable[[str, str | bytes], Path]


@pytest.fixture(autouse=True)
def _no_network_no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test may ask the Hub or find data of this machine's user."""
    for name in ("HF_HOME", "HF_DATASETS_CACHE", "HF_HUB_CACHE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def open_path() -> Callable[..., Task]:
    def open_path(path: Path, **settings: object) -> Task:
        return load(TaskSpec(str(path), **settings))  # type: ignore[arg-type]

    return open_path
