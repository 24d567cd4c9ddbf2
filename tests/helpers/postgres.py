"""A PostgreSQL server of our own, for tests: started, stopped and started again."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

PASSWORD = "not-a-secret"


class Server:
    """PostgreSQL of our own on a free port; as root it runs as somebody else, as it has to."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.folder = folder
        self._prefix, self._data = _unprivileged(), str(folder / "data")
        self._binaries, self._port = binaries, _free_port()
        self.url = f"postgresql://tester:{PASSWORD}@127.0.0.1:{self._port}"
        (folder / "password").write_text(PASSWORD)
        if self._prefix:
            owner = pwd.getpwnam(self._prefix[1].split("=")[1])
            for path in (folder, folder / "password"):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        made = [str(binaries / "initdb"), "-D", self._data, "-U", "tester", "-A", "scram-sha-256", "-E", "UTF8"]
        made += ["--no-sync", f"--pwfile={folder / 'password'}"]
        subprocess.run([*self._prefix, *made], cwd=folder, check=True, capture_output=True)

    def start(self) -> None:
        """Returns when it takes connections."""
        settings = f"-c fsync=off -c listen_addresses=127.0.0.1 -c port={self._port}"
        settings += f" -c unix_socket_directories={self.folder} -c max_connections=100"
        self._control("-l", str(self.folder / "log"), "-o", settings, "start")

    def stop(self, mode: str = "immediate") -> None:
        """``immediate`` is a crash; ``fast`` ends all connections in good order."""
        self._control("-m", mode, "stop")

    def _control(self, *arguments: str) -> None:
        control = [*self._prefix, str(self._binaries / "pg_ctl"), "-D", self._data, "-w", "-t", "60", *arguments]
        subprocess.run(control, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def database(self, name: str) -> str:
        """The URL of a new database."""
        import psycopg

        with psycopg.connect(f"{self.url}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        return f"{self.url}/{name}"


def missing() -> str:
    """Why there can be no server here; empty where there can."""
    if _binaries() is None or find_spec("psycopg") is None:
        return (
            "PostgreSQL's server and psycopg are needed (apt-get install postgresql; pip install 'autotune[postgres]')"
        )
    return ""


@contextmanager
def server() -> Iterator[Server]:
    """One that has been started, and is gone afterwards."""
    binaries = _binaries()
    assert binaries is not None, missing()
    folder = Path(tempfile.mkdtemp(prefix="autotune-pg-"))
    made = Server(binaries, folder)
    try:
        made.start()
        yield made
    finally:
        try:
            made.stop()
        except subprocess.CalledProcessError:
            time.sleep(0.1)  # it was stopped already
        shutil.rmtree(folder, ignore_errors=True)


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
