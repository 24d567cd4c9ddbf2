"""Where every trial stands, kept from decision to decision: only trials that changed are looked at again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from autotune.fronts import Fronts, Row
from autotune.history import History
from autotune.pareto import spread
from autotune.strategies.base import Setting
from autotune.strategies.changes import Changes
from autotune.strategies.rungs import counts_as_loser, level_points, rung, value_row, violation
from autotune.trial import CurvePoint, Trial, TrialKind, TrialState


@dataclass(frozen=True)
class Entry:
    """A trial at one rung."""

    point: CurvePoint | None
    """What it scored there; None where it failed on the way."""
    row: Row
    """Minimised objectives; infinite where it failed."""
    violation: float


@dataclass(frozen=True)
class _Place:
    """What the board knows of one trial."""

    entries: Mapping[int, Entry]
    """By rung."""
    waits: int | None
    """The rung at which a paused trial of the search stands."""
    interrupted: bool
    """Whether it stands between two."""


class Rung:
    """The trials that are compared at one level."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        """By trial."""
        self.waiting: set[int] = set()
        """Those of the search that stand here, paused."""
        self._feasible = Fronts()
        self._broken: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def best(self, quota: int, *, by_volume: bool = False) -> Iterator[tuple[int, int]]:
        """The waiting trials among the first so many of all, best first, each as (place from 1, number).

        None that breaks a bound on costs: no training changes that. The order is ``Comparison.order``'s, but only
        fronts that hold a waiting trial are put in order.

        Args:
            quota: so many.
            by_volume: each front begins with the trial that dominates the largest volume up to the worst of the rung.
        """
        passed = 0
        for front in self._feasible:
            if passed >= quota:
                return
            if not self.waiting.isdisjoint(front):
                wanted = quota - passed
                corner = self._feasible.worst if by_volume else None
                rows = np.array([self._feasible.row(n) for n in front])
                ordered = spread(rows, wanted, corner)[:wanted]
                for place, i in enumerate(ordered.tolist(), start=passed + 1):
                    if front[i] in self.waiting:
                        yield place, front[i]
            passed += len(front)

    def leading(self) -> Iterator[int]:
        """All trials by front, those that break a bound last."""
        for front in self._feasible:
            yield from front
        yield from sorted(self._broken, key=lambda n: (self._broken[n], n))

    def change(self, entries: Mapping[int, Entry | None]) -> None:
        """Set what these trials are here; None takes one away."""
        for number, entry in entries.items():
            self.entries.pop(number, None)
            self._broken.pop(number, None)
            if entry is not None:
                self.entries[number] = entry
                if entry.violation > 0:
                    self._broken[number] = entry.violation
        self._feasible.update(
            {n: entry.row if entry is not None and entry.violation == 0 else None for n, entry in entries.items()}
        )


class Board:
    """The rungs of a study. A function of the history that it was last brought to, whatever it saw before."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.rungs = [Rung() for _ in setting.levels]
        """By level."""
        self.interrupted: set[int] = set()
        """Paused trials of the search that stand between two levels."""
        self._places: dict[int, _Place] = {}
        self._changes = Changes()

    def bring_to(self, history: History) -> None:
        """Look at the trials that are not what they were."""
        moved: list[dict[int, Entry | None]] = [{} for _ in self.rungs]
        for number, trial in self._changes.since_last(history).items():
            old = self._places.pop(number, None)
            self._wait(number, old, here=False)
            for index in old.entries if old else ():
                moved[index][number] = None
            if trial is not None:
                place = self._places[number] = self._place(trial)
                self._wait(number, place, here=True)
                for index, entry in place.entries.items():
                    moved[index][number] = entry
        for index, entries in enumerate(moved):
            if entries:
                self.rungs[index].change(entries)

    def _wait(self, number: int, place: _Place | None, *, here: bool) -> None:
        """Note that a trial waits where it stands, or no longer does."""
        if place is None or not (place.interrupted or place.waits is not None):
            return
        among = self.interrupted if place.waits is None else self.rungs[place.waits].waiting
        (among.add if here else among.discard)(number)

    def _place(self, trial: Trial) -> _Place:
        setting, levels = self._setting, self._setting.levels
        if trial.kind is TrialKind.REPEAT:
            return _Place({}, None, False)
        points = level_points(trial, levels)
        broken = violation(trial, setting.constraints)
        entries = {
            index: Entry(point, value_row(trial, point, setting.compared_by(index)), broken)
            for index, point in points.items()
        }
        paused = trial.kind is TrialKind.SEARCH and trial.state is TrialState.PAUSED
        if trial.kind is TrialKind.SEARCH and counts_as_loser(trial):
            failed_at = sum(level <= trial.examples_seen for level in levels)
            if failed_at < len(levels):
                worst = [np.inf] * len(setting.objectives)
                entries.setdefault(failed_at, Entry(None, worst, 0.0))
        standing = rung(trial, points) if paused else None
        return _Place(entries, standing, paused and standing is None)
