"""Non-dominated fronts that are kept while points come and go: sorting ten thousand points anew takes too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from autotune import pareto
from autotune.pareto import Floats

Row = Sequence[float]
_MANY = 200
"""Changes at once after which sorting anew is quicker."""


class Fronts:
    """The front of each point of a set, as ``pareto.fronts`` numbers them; points have numbers as names.

    A point that comes or goes moves any other by one front at most, and mostly very few (Li et al. 2014, efficient
    non-domination level update).
    """

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self._fronts: list[_Front] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[list[int]]:
        """The numbers on each front, ascending, the best front first; those with a NaN are a last one."""
        for front in self._fronts:
            yield sorted(front.numbers)
        unseen = sorted(number for number, row in self._rows.items() if _unseen(row))
        if unseen:
            yield unseen

    @property
    def worst(self) -> Floats:
        """``pareto.worst`` of all points."""
        return pareto.worst(np.array(list(self._rows.values()), dtype=np.float64))

    def row(self, number: int) -> Row:
        """The point of that number."""
        return self._rows[number]

    def update(self, rows: Mapping[int, Row | None]) -> None:
        """Set the points of these numbers, minimised; None takes one out."""
        changed = {n: row for n, row in rows.items() if not _same(self._rows.get(n), row)}
        if len(changed) > _MANY:
            kept = {**self._rows, **changed}
            self._rows = {n: row for n, row in kept.items() if row is not None}
            self._fronts = _sorted({n: row for n, row in self._rows.items() if not _unseen(row)})
            return
        for number, row in changed.items():
            if (gone := self._rows.pop(number, None)) is not None and not _unseen(gone):
                self._leave(number)
            if row is not None:
                self._rows[number] = row
                if not _unseen(row):
                    self._join(number, row)

    def _join(self, number: int, row: Row) -> None:
        low, high = 0, len(self._fronts)  # if a front holds a dominator of the point, so does each before it
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._fronts[middle].dominates(row) else (low, middle)
        arriving = {number: row}
        for place in range(low, len(self._fronts)):
            front = self._fronts[place]
            leaving = front.take(_beaten(front.points, arriving.values()))
            front.add(arriving)
            if not leaving:
                return
            arriving = leaving
        self._fronts.append(_Front(arriving))

    def _leave(self, number: int) -> None:
        place = next(i for i, front in enumerate(self._fronts) if number in front)
        gone = self._fronts[place].drop(number)
        while gone and place + 1 < len(self._fronts):
            here, below = self._fronts[place], self._fronts[place + 1]
            rising = below.take(_freed(below.points, gone.values(), here))
            here.add(rising)
            gone, place = rising, place + 1
        self._fronts = [front for front in self._fronts if len(front)]


class _Front:
    """Points that do not dominate each other."""

    def __init__(self, rows: Mapping[int, Row]) -> None:
        self.numbers = list(rows)
        self.points: Floats = np.array(list(rows.values()), dtype=np.float64)

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, number: int) -> bool:
        return number in self.numbers

    def dominates(self, row: Row) -> bool:
        return bool(pareto.dominates(self.points, np.asarray(row)).any())

    def add(self, rows: Mapping[int, Row]) -> None:
        if rows:
            self.numbers += rows
            self.points = np.concatenate((self.points, np.array(list(rows.values()), dtype=np.float64)))

    def take(self, mask: npt.NDArray[np.bool_]) -> dict[int, Row]:
        """Take out the points of a mask, (n,)."""
        taken = {self.numbers[i]: self.points[i].tolist() for i in np.flatnonzero(mask).tolist()}
        if taken:
            self.numbers = [n for n in self.numbers if n not in taken]
            self.points = self.points[~mask]
        return taken

    def drop(self, number: int) -> dict[int, Row]:
        place = self.numbers.index(number)
        row = self.points[place].tolist()
        del self.numbers[place]
        self.points = np.delete(self.points, place, axis=0)
        return {number: row}


def _beaten(points: Floats, rows: Iterable[Row]) -> npt.NDArray[np.bool_]:
    """Which points any of the rows dominates, (n,)."""
    mask = np.zeros(len(points), dtype=bool)
    for row in rows:
        mask |= pareto.dominates(np.asarray(row), points)
    return mask


def _freed(points: Floats, gone: Iterable[Row], left: _Front) -> npt.NDArray[np.bool_]:
    """Which points lost their last dominator on the front above, (n,)."""
    mask = _beaten(points, gone)
    for i in np.flatnonzero(mask).tolist():
        mask[i] = not (len(left) and left.dominates(points[i]))
    return mask


def _sorted(rows: Mapping[int, Row]) -> list[_Front]:
    if not rows:
        return []
    numbers = list(rows)
    ranks = pareto.fronts(list(rows.values()))
    members: list[dict[int, Row]] = [{} for _ in range(int(ranks.max()) + 1)]
    for number, rank in zip(numbers, ranks.tolist(), strict=True):
        members[rank][number] = rows[number]
    return [_Front(m) for m in members]


def _unseen(row: Row) -> bool:
    return any(value != value for value in row)  # NaN


def _same(a: Row | None, b: Row | None) -> bool:
    return a is b or (a is not None and b is not None and list(a) == list(b))
