"""Kills this process, as ``kill -9`` would, between any two durable operations of a controller, or inside of one."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from autotune.store import files
from autotune.store.connections import Database

_WRITERS = {"create_study", "append", "set_status", "acquire", "renew", "release", "drop_checkpoints", "probe"}
"""Functions of the store that write to the database; the outermost on the stack names the operation."""


@dataclass
class Doom:
    """Counts the points that a process comes by, and kills it at the ``nth`` of them, or of those named."""

    nth: int
    name: str = ""
    log: Path | None = None
    """Where the point of death is written, and nothing else."""
    met: int = field(default=0, init=False)

    def __call__(self, name: str) -> None:
        if self.due(name):
            self.strike(name)

    def due(self, name: str) -> bool:
        """Whether this is the point; counts it."""
        if name.startswith(self.name):
            self.met += 1
        return self.met >= self.nth and name.startswith(self.name)

    def strike(self, name: str) -> None:
        """End this process at once."""
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(name + "\n")
        os.kill(os.getpid(), signal.SIGKILL)


def operation() -> str:
    """What the store is asked to do: the function that writes, with the event's kind where there is one."""
    frame, name = sys._getframe(1), "migrate"
    while frame is not None:
        if frame.f_code.co_name in _WRITERS:
            event = frame.f_locals.get("event")
            name = frame.f_code.co_name + (f" {type(event).__name__.lower()}" if event is not None else "")
        frame = frame.f_back  # type: ignore[assignment]
    return name


def arm(doom: Doom) -> None:
    """Lay the points out in this process, which is to be killed: in every commit and every step of every file."""
    _around_commits(doom)
    _around_files(doom)


def _around_commits(doom: Doom) -> None:
    write, under_way = Database.write, list[str]()

    @contextmanager
    def writing(self: Database, study_id: int | None = None) -> Iterator[Any]:
        what = operation()
        with write(self, study_id) as connection:
            under_way.append(what)
            try:
                yield connection
            finally:
                under_way.pop()
            doom(f"{what}: before its commit")
        doom(f"{what}: committed")

    def executed(*_: Any) -> None:
        if under_way:
            doom(f"{under_way[-1]}: between two statements")

    Database.write = writing  # type: ignore[method-assign]
    sa.event.listen(sa.Engine, "after_cursor_execute", executed)


def _around_files(doom: Doom) -> None:
    fsync, rename, remove = os.fsync, Path.rename, files._remove

    def syncing(descriptor: int) -> None:
        if os.path.isfile(f"/proc/self/fd/{descriptor}"):  # noqa: PTH113 - a link to what is open
            if doom.due("checkpoint: half written"):
                os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
                doom.strike("checkpoint: half written")
            fsync(descriptor)
            doom("checkpoint: synced")
        else:
            fsync(descriptor)
            doom("folder: synced")

    def renaming(self: Path, target: Any) -> Path:
        done = rename(self, target)
        doom("checkpoint: renamed")
        return done

    def removing(path: Path) -> int:
        doom("file: before its removal")
        freed = remove(path)
        doom("file: removed")
        return freed

    os.fsync = syncing  # type: ignore[assignment]
    Path.rename = renaming  # type: ignore[method-assign,assignment]
    files._remove = removing


def points() -> Callable[[], list[str]]:
    """Lay out points that only write their names down; gives them."""
    met: list[str] = []

    class Watch(Doom):
        def due(self, name: str) -> bool:
            met.append(name)
            return False

    arm(Watch(1))
    return lambda: met
