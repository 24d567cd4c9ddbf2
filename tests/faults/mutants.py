"""Protections that can be taken out: a row that does not break without its protection proves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

TESTS = Path(__file__).parent.parent
LONGEST = 300.0
"""Seconds after which a row counts as broken: a study without a protection may wait for ever for what is not there."""


@dataclass(frozen=True)
class Mutant:
    """A protection, the row that has to miss it, and how it is taken out of this process."""

    row: str
    without: str
    take_out: Callable[[], None]
    count: int | None = None
    """Of the row, where fewer are enough to notice."""


def noticed(name: str) -> bool:
    """Whether the mutant's row breaks, or never ends, in a process of its own."""
    mutant = MUTANTS[name]
    command = [sys.executable, "-m", "faults", mutant.row, "--short", "--mutant", name]
    command += ["--count", str(mutant.count)] if mutant.count else []
    paths = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths}
    row = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    try:
        told, _ = row.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(row.pid, signal.SIGKILL)
        row.communicate()
        return True
    return row.returncode == 1 and "BROKEN" in told


def _no_transactions() -> None:
    """Every statement is its own."""
    from autotune.store.connections import Database

    write = Database.write

    @contextmanager
    def writing(self: Database, study_id: int | None = None) -> Iterator[Any]:
        with write(self, study_id) as connection:
            connection.exec_driver_sql("COMMIT")
            yield connection

    Database.write = writing  # type: ignore[method-assign]


def _file_in_place() -> None:
    """A checkpoint is written where it is read, and its row comes first."""
    from autotune.history import Returned
    from autotune.store import files, writing
    from autotune.store.store import Store

    def append(self: Store, study_id: int, event: Returned, data: bytes) -> bool:
        result, trial = event.result, event.result.trial
        path = f"{study_id}/{trial}-{result.number}.ckpt"
        import hashlib

        file = files.StoredFile(path, len(data), hashlib.sha256(data).hexdigest())
        with self._write(study_id) as connection:
            accepted = writing.record(connection, study_id, event, file, self._tokens.get(study_id))
        (self.checkpoints / path).parent.mkdir(parents=True, exist_ok=True)
        with (self.checkpoints / path).open("wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        return accepted

    Store._append_with_file = append  # type: ignore[method-assign]


def _draws_by_decisions() -> None:
    """What is decided again shifts the draws of what follows."""
    from autotune.history import History

    History.draw = property(lambda self: self.decisions)  # type: ignore[assignment,method-assign]


def _nothing_again() -> None:
    """What was cut short with its controller is a trial like any other."""
    from autotune import history

    lost = history._lost

    def forgotten(before: history.History, event: history.Lost) -> history.History:
        after = lost(before, event)
        return replace(after, trials={n: replace(t, again=None) for n, t in after.trials.items()})

    history._APPLY[history.Lost] = forgotten


def _budget_unseen() -> None:
    from autotune.strategies.allowance import Allowance

    left = Allowance._left
    Allowance._left = lambda self, history, reserve, spent: left(self, history, reserve, spent / 3)  # type: ignore[method-assign]


def _any_answer_is_taken() -> None:
    from autotune.controller import loop

    loop.sound = lambda result, *rest: result  # type: ignore[attr-defined]


def _any_message_is_an_answer() -> None:
    from autotune.executors.local import LocalExecutor, Ready, _Worker

    def hear(self: LocalExecutor, worker: _Worker, message: Any, found: Any) -> None:
        worker.ready = worker.ready or isinstance(message, Ready)
        worker.segment = None
        found.append(message)

    LocalExecutor._hear = hear  # type: ignore[method-assign]


def _lost_for_ever() -> None:
    """A trial that kills its workers is tried again and again."""
    from autotune import history

    history.MOST_ATTEMPTS = 10**9


def _no_watch() -> None:
    """Workers that hang are left alone."""
    from autotune.executors.local import LocalExecutor

    LocalExecutor._kill_hanging = lambda self, found: None  # type: ignore[method-assign]


def _waits_for_the_rest() -> None:
    """A message is read to its end, however long that takes."""
    from autotune.executors.inbox import Inbox

    Inbox.take = lambda self: [self._connection.recv()]  # type: ignore[method-assign]


def _late_is_taken() -> None:
    """Any result is accepted."""
    from autotune.store import writing

    writing.expected = lambda connection, study_id, event: True
    writing._expected = lambda sink, study_id, event: True


def _no_lease() -> None:
    """A controller that lost its study goes on writing."""
    from autotune.store.store import Store

    acquire = Store.acquire

    def acquiring(self: Store, study_id: int, ttl: float = 30.0) -> Any:
        lease = acquire(self, study_id, ttl)
        self._tokens.pop(study_id)
        lease.renew = lambda elapsed=None: None  # type: ignore[method-assign]
        return lease

    Store.acquire = acquiring  # type: ignore[method-assign]


def _full_is_unexplained() -> None:
    from autotune.store import connections

    connections.explain = lambda *args: None  # type: ignore[assignment]


def _no_patience() -> None:
    from autotune.controller.patience import Patient

    Patient.__call__ = lambda self, act: act()  # type: ignore[method-assign]


def _no_waiting() -> None:
    """SQLite does not wait for a lock, and takes it in the middle of a transaction."""
    from autotune.store import connections
    from autotune.store.engine import make_engine

    def engine(place: Any, *, read_only: bool, timeout: float) -> Any:
        return make_engine(place, read_only=read_only, timeout=0.0)

    connections.make_engine = engine  # type: ignore[attr-defined]


def _half_an_upgrade() -> None:
    """A migration that does not write its revision down."""
    from autotune.store import schema

    schema.REVISIONS = (*schema.REVISIONS, "next")


def _one_by_one() -> None:
    """Each point of each curve is read by itself."""
    from autotune.store import reading, tables
    from autotune.trial import CurvePoint

    def curves(connection: Any, study_id: int, after: int) -> dict[int, list[CurvePoint]]:
        c, found = tables.curve_points.c, defaultdict(list)
        mine = c.study_id == study_id
        for segment, position in connection.execute(sa.select(c.segment, c.position).where(mine)).all():
            point = sa.select(c.examples, c.metrics, c.seconds).where(
                mine, c.segment == segment, c.position == position
            )
            found[segment].append(CurvePoint(*connection.execute(point).one()))
        return found

    reading._curves = curves


MUTANTS = {
    "no-transactions": Mutant("kills", "one transaction for each event", _no_transactions),
    "file-in-place": Mutant("kills", "a checkpoint is on disk before its row is", _file_in_place, 300),
    "half-saved": Mutant("saves", "a checkpoint is written elsewhere and renamed", _file_in_place),
    "draws-by-decisions": Mutant("identity", "draws keyed by what was decided anew", _draws_by_decisions),
    "nothing-again": Mutant("identity", "what was cut short is run again first", _nothing_again),
    "budget-unseen": Mutant("budget", "device time is charged", _budget_unseen),
    "any-answer": Mutant("failures", "answers are looked at", _any_answer_is_taken),
    "any-message": Mutant("failures", "messages are looked at", _any_message_is_an_answer),
    "lost-for-ever": Mutant("failures", "a trial that kills its workers is given up", _lost_for_ever, 2),
    "no-watch": Mutant("zombies", "workers that hang are killed", _no_watch),
    "waits-for-the-rest": Mutant("zombies", "half a message is not waited for", _waits_for_the_rest),
    "late-is-taken": Mutant("zombies", "results of attempts given up are refused", _late_is_taken),
    "no-lease": Mutant("zombies", "the lease is looked at with every event", _no_lease),
    "unexplained": Mutant("full-disk", "errors of disks are told", _full_is_unexplained),
    "no-patience": Mutant("locked", "a store that is away is waited for", _no_patience),
    "no-patience-server": Mutant("server", "a server that is away is waited for", _no_patience),
    "no-waiting": Mutant("crowd", "locks are waited for", _no_waiting),
    "half-an-upgrade": Mutant("schemas", "old schemas are upgraded", _half_an_upgrade),
    "one-by-one": Mutant("large", "curves are read in one go", _one_by_one),
}
