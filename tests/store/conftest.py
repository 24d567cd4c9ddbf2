"""Stores for tests: SQLite in a folder, and PostgreSQL where its server is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.events import LEVELS

from autotune.store import Store

PASSWORD = "not-a-secret"


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def _unprivileged() -> list[str]:
    """What to put before a command of PostgreSQL, which refuses to run as root."""
    if os.getuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    return ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups", "--"]


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server of our own, without a database's name."""
    binaries = _binaries()
    if binaries is None or find_spec("psycopg") is None:
        told = (
            "PostgreSQL's server and psycopg are needed (apt-get install postgresql; pip install 'autotune[postgres]')"
        )
        if os.environ.get("AUTOTUNE_REQUIRE_SERVICES") == "1":
            pytest.fail(told)
        pytest.skip(told)
    prefix, port = _unprivileged(), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="autotune-pg-"))
    (folder / "password").write_text(PASSWORD)
    if prefix:
        owner = pwd.getpwnam(prefix[1].split("=")[1])
        for path in (folder, folder / "password"):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    data = str(folder / "data")
    initdb = [str(binaries / "initdb"), "-D", data, "-U", "tester", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync"]
    initdb.append(f"--pwfile={folder / 'password'}")
    settings = f"-c fsync=off -c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    control = [*prefix, str(binaries / "pg_ctl"), "-D", data, "-w", "-t", "60"]
    try:
        subprocess.run([*prefix, *initdb], cwd=folder, check=True, capture_output=True, text=True)
        log = ["-l", str(folder / "log"), "-o", settings, "start"]
        subprocess.run([*control, *log], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield f"postgresql://tester:{PASSWORD}@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], cwd=folder, check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


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
