"""Ctrl-C, SIGTERM, `autotune stop`, and a second controller: by the command line, over real processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from helpers import mortal
from helpers.mortal import fork, wait_for
from helpers.scribe import read_ledger

from autotune.cli.app import main
from autotune.store import Store

SEARCH = ["search", "--task", "glue/mrpc", "--model", "builtin/minilm", "--searcher", "random", "--study", "mine"]
BUDGET = ["--seeds", "1", "--budget", "4trials"]


@dataclass
class Place:
    """Where a study is searched, and what its workers wrote down."""

    url: str
    ledger: Path
    said: Path
    habits: dict[str, Any] = field(default_factory=dict)
    """Of the workers: see ``helpers.scribe``."""
    children: tuple[int, ...] = ()

    def begin(self, *arguments: str) -> int:
        """Run a command in a process of its own."""
        factory = partial(mortal.workers, self.ledger, **self.habits)
        child = fork(partial(mortal.command, [*arguments, "--store", self.url], factory, self.said))
        self.children = (*self.children, child)
        return child

    def code(self, child: int) -> int:
        """The exit code of a command."""
        self.children = tuple(c for c in self.children if c != child)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def told(self, words: str) -> bool:
        """Whether a command has printed these."""
        return self.said.exists() and words in self.said.read_text()

    def under_way(self) -> list[int]:
        with Store.open(self.url, create=False) as store:
            return [s.number for s in store.running_segments(store.study("mine").id)]

    def status(self) -> tuple[str, str]:
        with Store.open(self.url, create=False) as store:
            row = store.study("mine")
            assert not row.alive
            return row.status, row.message

    def complete(self) -> None:
        """Go on to the end; every segment that ended is in the store as the workers told it."""
        self.habits = {}
        assert self.code(self.begin("resume", "mine")) == 0
        with Store.open(self.url, create=False) as store:
            row = store.study("mine")
            segments = store.segments(row.id)
            assert store.check() == []
        assert row.status == "complete"
        told = {line.number: (line.end, line.status) for line in read_ledger(self.ledger)}
        assert {s.number: (s.examples_seen, s.status) for s in segments if s.status != "lost"} == told


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    made = Place(str(tmp_path / "store.db"), tmp_path / "ledger", tmp_path / "said")
    yield made
    for child in made.children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_saves_what_runs(place, number):
    place.habits = {"slow": 2}
    child = place.begin(*SEARCH, *BUDGET)
    wait_for(lambda: place.told("trial 2") or place.told("control 2"))
    os.kill(child, number)
    assert place.code(child) == 130
    assert f"autotune resume mine --store {place.url}" in place.said.read_text()
    assert place.under_way() == []
    assert place.status()[0] == "interrupted"
    last = read_ledger(place.ledger)[-1]
    assert (last.number, last.status) == (2, "cancelled")
    place.complete()


def test_two_signals_end_at_once(place):
    place.habits = {"slow": 0, "stubborn": True}
    child = place.begin(*SEARCH, *BUDGET)
    wait_for(lambda: place.told("starts"))
    os.kill(child, signal.SIGINT)
    wait_for(lambda: place.told("again"))
    os.kill(child, signal.SIGINT)
    assert place.code(child) == 130
    assert "autotune resume mine" in place.said.read_text()
    assert place.status() == ("interrupted", "stopped at once")
    assert place.under_way() == [0]
    place.complete()


def test_stop_and_a_second_controller(place, capsys):
    place.habits = {"slow": 2}
    child = place.begin(*SEARCH, *BUDGET)
    wait_for(lambda: place.told("trial 2") or place.told("control 2"))
    assert main(["resume", "mine", "--store", place.url]) == 2
    assert f"held by process {child}" in capsys.readouterr().err
    assert main(["studies", "rm", "mine", "--yes", "--store", place.url]) == 2
    assert f"run by process {child}" in capsys.readouterr().err
    assert main(["studies", "gc", "--store", place.url]) == 0
    assert main(["stop", "mine", "--store", place.url]) == 0
    assert place.code(child) == 130
    assert place.under_way() == []
    assert main(["stop", "mine", "--store", place.url]) == 2
    assert "is not running" in capsys.readouterr().err
    place.complete()


def test_a_killed_study_is_told_as_such_and_its_worker_is_gone(place, capsys):
    place.habits = {"slow": 0, "stubborn": True}
    child = place.begin(*SEARCH, *BUDGET)
    wait_for(lambda: place.told("starts"))
    (worker,) = [int(p) for p in Path(f"/proc/{child}/task/{child}/children").read_text().split()]
    os.kill(child, signal.SIGKILL)
    assert place.code(child) == -signal.SIGKILL
    wait_for(lambda: not Path(f"/proc/{worker}").exists() or "(zombie)" in Path(f"/proc/{worker}/status").read_text())
    capsys.readouterr()
    assert main(["status", "mine", "--store", place.url]) == 0
    said = capsys.readouterr().out
    assert "killed" in said
    assert "autotune resume mine" in said
    place.complete()
