"""What a running study tells the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from autotune.history import Event, History


@dataclass(frozen=True)
class Outcome:
    """How a call of the controller ended."""

    study: str
    status: str
    """``complete``, ``interrupted`` (state saved; can be resumed) or ``failed`` (no trial succeeded)."""
    message: str


class Progress(Protocol):
    """Receives everything that happens; draws it or ignores it."""

    def started(self, study: str, plan_lines: Sequence[str]) -> None:
        """The workers are ready and the study is recorded."""
        ...

    def event(self, history: History, event: Event) -> None:
        """An event was recorded; ``history`` includes it."""
        ...

    def status(self, history: History, phase: str, fraction: float, seconds_left: float | None) -> None:
        """About once a second.

        Args:
            history: now.
            phase: ``search`` or ``finalists``.
            fraction: of the budget used, 0 to 1.
            seconds_left: wall-clock estimate; None without a limit in time.
        """
        ...

    def note(self, text: str) -> None:
        """Something a person should know."""
        ...

    def finished(self, outcome: Outcome) -> None:
        """The controller is about to return."""
        ...


class Silent:
    """Progress that tells nobody."""

    def started(self, study: str, plan_lines: Sequence[str]) -> None:
        """Ignore it."""

    def event(self, history: History, event: Event) -> None:
        """Ignore it."""

    def status(self, history: History, phase: str, fraction: float, seconds_left: float | None) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def finished(self, outcome: Outcome) -> None:
        """Ignore it."""
