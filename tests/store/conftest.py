"""Stores for tests: SQLite in a folder, and PostgreSQL where its server is installed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.events import LEVELS
from helpers.postgres import missing, server
from helpers.services import need

from autotune.store import Store


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server of our own, without a database's name."""
    need(missing())
    with server() as found:
        yield found.url


@pytest.fixture
def postgres(postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty database."""
    import psycopg

    monkeypatch.setenv("AUTOTUNE_CHECKPOINTS", str(tmp_path))
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        yield f"{postgres_server}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres"))
    return str(tmp_path / "studies" / "autotune.db")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        yield opened


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Store]:
    """A store on SQLite."""
    with Store.open(tmp_path / "autotune.db") as opened:
        yield opened


@pytest.fixture
def new_study() -> Callable[..., int]:
    """Creates a study."""

    def create(store: Store, name: str = "mrpc") -> int:
        facts = {"model": {"layers": 6}, "task": {"labels": ["no", "yes"]}, "calibration": {"precision": "fp32"}}
        spec = {"model": "builtin/minilm", "seed": 3, "budget": ("20cpu-min",)}
        return store.create_study(
            name, spec, facts=facts, levels=LEVELS, environment={"python": "3.11"}, space_digest="abc"
        )

    return create
