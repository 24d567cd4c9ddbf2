"""The rows, and how they are printed."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from faults.verdict import Run, Verdict


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    name: str
    module: str
    function: str = "row"
    disk: bool = False
    """Whether its folder has to be on a disk, not in memory."""
    long: bool = False
    """Whether even its short form takes minutes: ``make faults`` alone runs it."""

    def run(self) -> Run:
        """The function that runs it."""
        found: Run = getattr(importlib.import_module(f"faults.{self.module}"), self.function)
        return found


ROWS = (
    Row("kills", "controllers", "kills"),
    Row("training", "training", long=True),
    Row("saves", "saves"),
    Row("identity", "controllers", "identity"),
    Row("budget", "budgets"),
    Row("failures", "failures"),
    Row("zombies", "zombies"),
    Row("full-disk", "disks", "full"),
    Row("locked", "disks", "locked"),
    Row("server", "servers"),
    Row("crowd", "crowd", disk=True),
    Row("crowd-server", "servers", "many"),
    Row("schemas", "schemas"),
    Row("large", "sizes", disk=True),
)


def lines(verdicts: Sequence[Verdict]) -> list[str]:
    """The table for a person: promise, what was done, counts, verdict."""
    told = []
    for verdict in verdicts:
        mark = "holds" if verdict.holds else "NOT RUN" if verdict.not_run else "BROKEN"
        counts = ", ".join(f"{name} {amount:g}" for name, amount in verdict.counts.items())
        told.append(f"{mark:<8}{verdict.row:<24}{verdict.promise}")
        told += [f"        {text}" for text in (verdict.done, counts, verdict.not_run) if text]
        told += [f"        breach: {text}" for text in verdict.breaches[:5]]
        told.append(f"        {verdict.seconds:.0f} s")
    return told


def as_data(verdict: Verdict) -> dict[str, object]:
    """A row as JSON-able data."""
    return {**asdict(verdict), "holds": verdict.holds}
