"""One controller for a study: a lease that lives as long as its holder does."""

from __future__ import annotations

import os
import socket
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import sqlalchemy as sa

from autotune.errors import AutotuneError
from autotune.store.tables import segments, studies

Write = Callable[[], AbstractContextManager[sa.Connection]]
_FREE: dict[str, Any] = {
    "lease_token": None,
    "lease_pid": None,
    "lease_process_started": None,
    "lease_host": None,
    "lease_machine": None,
    "lease_expires": None,
}


class Lease:
    """The right to append to a study. Renew it at least every third of its lifetime; release it at the end.

    Usable as a context manager, and from any thread.
    """

    def __init__(self, write: Write, study_id: int, name: str, token: str, ttl: float) -> None:
        self.study_id = study_id
        self.token = token
        self._write = write
        self._name = name
        self._ttl = ttl

    def renew(self, elapsed: float | None = None) -> None:
        """Say that the controller lives.

        Args:
            elapsed: the study's wall-clock seconds by now, kept where given so that a crash does not forget them.

        Raises:
            AutotuneError: the lease ran out and another process took the study.
        """
        now = time.time()
        values: dict[str, Any] = {"lease_expires": now + self._ttl, "heartbeat": now}
        if elapsed is not None:
            values["elapsed"] = sa.case((studies.c.elapsed > elapsed, studies.c.elapsed), else_=elapsed)
        with self._write() as connection:
            if connection.execute(self._update(values)).rowcount == 0:
                raise taken_over(self._name)

    def release(self) -> None:
        """Give the study free. Harmless where it is not held any more."""
        with self._write() as connection:
            connection.execute(self._update(_FREE))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _update(self, values: dict[str, Any]) -> sa.Update:
        mine = (studies.c.id == self.study_id) & (studies.c.lease_token == self.token)
        return sa.update(studies).where(mine).values(**values)


def taken_over(name: str) -> AutotuneError:
    """The error of a controller that lost its study."""
    return AutotuneError(
        f"study {name!r} was taken over by another process, because this one gave no sign of life",
        "see: autotune status; nothing of it was lost",
    )


def acquire(write: Write, study_id: int, ttl: float) -> Lease:
    """Take the study, unless a living process holds it.

    Raises:
        AutotuneError: it is held; the message names the process, its machine and when the lease ends.
    """
    now, token = time.time(), uuid.uuid4().hex
    with write() as connection:
        study = connection.execute(sa.select(studies).where(studies.c.id == study_id).with_for_update()).one_or_none()
        if study is None:
            raise AutotuneError(f"there is no study number {study_id}", "see: autotune studies list")
        if alive(study, now):
            raise AutotuneError(
                f"study {study.name!r} is held by process {study.lease_pid} on {study.lease_host} "
                f"(its lease ends in {study.lease_expires - now:.0f} s unless renewed)",
                f"end it first: autotune stop {study.name}",
            )
        # What a dead controller left running held its devices at least until its last sign of life.
        left = (segments.c.study_id == study_id) & (segments.c.status == "running") & segments.c.last_alive_at.is_(None)
        connection.execute(sa.update(segments).where(left).values(last_alive_at=study.heartbeat))
        connection.execute(
            sa.update(studies)
            .where(studies.c.id == study_id)
            .values(
                lease_token=token,
                lease_pid=os.getpid(),
                lease_process_started=_started(os.getpid()),
                lease_host=socket.gethostname(),
                lease_machine=_machine(),
                lease_expires=now + ttl,
                heartbeat=now,
            )
        )
    return Lease(write, study_id, study.name, token, ttl)


def alive(study: Any, now: float) -> bool:
    """Whether the holder of a study's row lives: its lease runs, and its process does if it is on this machine."""
    if study.lease_token is None or study.lease_expires <= now:
        return False
    if study.lease_host != socket.gethostname() or study.lease_machine != _machine():
        return True
    started = _started(study.lease_pid)
    known = study.lease_process_started
    return started is not None and (known is None or abs(started - known) < 2.0)


def _started(pid: int) -> float | None:
    """When a process began, which tells it from a later one of the same number; None where it is dead."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None
    except psutil.Error:
        return 0.0 if psutil.pid_exists(pid) else None


def _machine() -> str:
    """Equal for two processes that see each other's numbers: the same boot and the same container."""
    if sys.platform != "linux":
        return sys.platform
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return "linux"
