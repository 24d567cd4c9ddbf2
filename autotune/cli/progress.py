"""Progress of a study: a live display on a terminal, a line for each change of state elsewhere, JSON for machines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import typer

from autotune.cli import events
from autotune.cli.output import echo_json, fancy, progress
from autotune.history import Event, History
from autotune.objectives import Objective
from autotune.words import clock

if TYPE_CHECKING:
    from autotune.cli.live import Live
    from autotune.controller import Outcome

STARTING = "starting the workers: loading model and data ..."
Lookup = Callable[[str], Sequence[Objective]]
"""The objectives of a recorded study by its name; the primary one first."""


def shown(lookup: Lookup, *, as_json: bool) -> JsonLines | Lines | Live:
    """The progress that suits where stderr goes.

    Args:
        lookup: asked for the objectives once the study is recorded.
        as_json: one JSON object a line on stdout instead.
    """
    if as_json:
        return JsonLines()
    if fancy(sys.stderr):
        from autotune.cli.live import Live

        return Live(lookup)
    return Lines(lookup)


def ending(outcome: Outcome) -> str:
    """Why a study ended, in one line."""
    said = outcome.message
    return said if said.startswith(outcome.status) else f"{outcome.status}: {said}"


class JsonLines(AbstractContextManager["JsonLines"]):
    """Everything as one JSON object a line on stdout; notes too. A study goes on when its reader goes away."""

    def __init__(self) -> None:
        self._read = True

    def __exit__(self, *exc: object) -> None:
        """Nothing to close."""

    def started(self, study: str, plan_lines: Sequence[str]) -> None:
        """Say which study it is."""
        self._put({"event": "started", "study": study, "plan": list(plan_lines)})

    def event(self, history: History, event: Event) -> None:
        """Say what was recorded."""
        self._put(events.record(history, event))

    def status(self, history: History, phase: str, fraction: float, seconds_left: float | None) -> None:
        """Say how far the study is, once a second."""
        data = {"event": "status", "phase": phase, "fraction": fraction, "seconds_left": seconds_left}
        self._put(data | {"elapsed": history.elapsed, "running": [t.number for t in history.running]})

    def note(self, text: str) -> None:
        """Pass it on."""
        self._put({"event": "note", "text": text})

    def finished(self, outcome: Outcome) -> None:
        """Left to the command, which adds the results."""

    def _put(self, data: dict[str, Any]) -> None:
        if self._read:
            try:
                echo_json(data, line=True)
            except typer.Exit:
                self._read = False


class Lines(AbstractContextManager["Lines"]):
    """One line on stderr for each change of state, with the study's clock in front."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._objectives: Sequence[Objective] = ()
        self._phase = ""
        self._elapsed = 0.0
        self._tenths = 0

    def __enter__(self) -> Lines:
        progress(STARTING)
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing to close."""

    def started(self, study: str, plan_lines: Sequence[str]) -> None:
        """Print the plan."""
        self._objectives = self._lookup(study)
        for text in [f"study     {study}", *plan_lines]:
            progress(text)

    def event(self, history: History, event: Event) -> None:
        """Print what happened."""
        self._elapsed = max(self._elapsed, history.elapsed)  # a history knows the time of its last decision only
        self._put(events.line(history, event, self._objectives))

    def status(self, history: History, phase: str, fraction: float, seconds_left: float | None) -> None:
        """Print a change of phase, and every tenth of the budget."""
        self._elapsed = max(self._elapsed, history.elapsed)
        if phase != self._phase:
            self._phase = phase
            self._put(f"phase: {phase}")
        if int(fraction * 10) > self._tenths:
            self._tenths = int(fraction * 10)
            left = f", {clock(seconds_left)} left" if seconds_left is not None else ""
            self._put(f"{self._tenths * 10} % of the budget used{left}")

    def note(self, text: str) -> None:
        """Print it."""
        self._put(text)

    def finished(self, outcome: Outcome) -> None:
        """Print why the study ended."""
        self._put(ending(outcome))

    def _put(self, text: str) -> None:
        progress(f"[{clock(self._elapsed)}] {text}")
