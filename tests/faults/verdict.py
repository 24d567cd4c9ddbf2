"""What a row of the table says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Size:
    """How much of a row is run."""

    short: bool
    seed: int = 0
    count: int | None = None
    """The row's own number (kills, seeds, operations) when None."""

    def of(self, short: int, full: int) -> int:
        """The number that was asked for."""
        return self.count or (short if self.short else full)


@dataclass
class Verdict:
    """Counts of what was done and found. A row holds where nothing was breached."""

    row: str
    promise: str
    done: str = ""
    counts: dict[str, int | float] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)
    not_run: str = ""
    """Why the row could not be run here; a row that was not run does not hold."""
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        return not self.breaches and not self.not_run

    def add(self, name: str, amount: float = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + amount

    def most(self, name: str, value: float) -> None:
        self.counts[name] = max(self.counts.get(name, value), value)

    def check(self, good: bool, breach: str) -> bool:
        """Note a breach where it is not good."""
        if not good:
            self.breaches.append(breach)
        return good

    @contextmanager
    def told(self, where: str) -> Iterator[None]:
        """What is raised within is a breach, told with where it happened."""
        try:
            yield
        except Exception as error:
            self.breaches.append(f"{where}: {type(error).__name__}: {str(error)[:2000]}")


Run = Callable[[Size, Path], Verdict]
"""A row: its size and a folder of its own → what was found."""


def timed(run: Run, size: Size, folder: Path) -> Verdict:
    """Run a row; whatever it raises is a breach."""
    began = time.monotonic()
    try:
        verdict = run(size, folder)
    except Exception as error:
        import traceback

        verdict = Verdict(run.__module__, "", breaches=["".join(traceback.format_exception(error))[-3000:]])
    verdict.seconds = time.monotonic() - began
    return verdict
