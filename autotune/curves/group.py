"""Curves observed at the same fractions, on one scale, with what the finished ones looked like then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autotune.curves.curve import Curve, Floats
from autotune.curves.mixture import Posterior

MOST_FINISHED = 200
"""Finished curves that are looked at, spread over those given."""
_LEAST_RANGE = 0.02
_ALONE, _CONSTANT = 0.3, 0.1
"""The scale of a single value with nothing beside it, and of one that has not changed, as a part of the value."""


@dataclass(frozen=True, eq=False)
class Group:
    """Values divided by ``scale`` after ``location`` is taken off."""

    t: Floats
    """Shape (k,)."""
    values: Floats
    """The partial curves, shape (n, k)."""
    known: Floats
    """The finished ones at the same fractions, shape (m, k)."""
    ends: Floats
    """Shape (m,)."""
    location: Floats
    """Shape (n,): the same for all if any are finished."""
    scale: Floats
    """Shape (n,)."""

    @property
    def rows(self) -> Floats:
        """The finished curves' beginnings above the partial ones, shape (m + n, k)."""
        return np.concatenate((self.known, self.values))

    @property
    def others(self) -> Floats:
        """Which finished curves may be learnt from, shape (m + 1, m): all but one for each of them, and at last all."""
        m = len(self.known)
        return np.concatenate((1 - np.eye(m), np.ones((1, m))))

    @property
    def fit(self) -> npt.NDArray[np.int64]:
        """Which row of ``others`` is that of each row; shape (m + n,)."""
        return np.minimum(np.arange(len(self.known) + len(self.values)), len(self.known))

    @property
    def ranges(self) -> Floats:
        """How much each row has moved so far, never nothing; shape (m + n,)."""
        found = np.ptp(self.rows, axis=1) if len(self.t) > 1 else np.ones(len(self.rows))
        return np.maximum(found, _LEAST_RANGE) if len(self.known) else np.where(found > 1e-9, found, 1.0)

    def in_units(self, posterior: Posterior) -> Posterior:
        """Back on the scale of the values."""
        return posterior.scaled(self.location, self.scale)


def groups(curves: Sequence[Curve], finished: Sequence[Curve]) -> Iterator[tuple[list[int], Group]]:
    """The curves that have points, by the fractions they have them at, with their places."""
    found: dict[bytes, list[int]] = {}
    for place, curve in enumerate(curves):
        if len(curve):
            found.setdefault(curve.fractions.tobytes(), []).append(place)
    complete = looked_at(finished)
    for places in found.values():
        t = curves[places[0]].fractions
        yield places, make_group(t, np.array([curves[i].values for i in places]), complete)


def looked_at(finished: Sequence[Curve]) -> list[Curve]:
    """Those that have reached the end, and not too many of them."""
    complete = [curve for curve in finished if curve.finished]
    if len(complete) > MOST_FINISHED:
        complete = [complete[i] for i in np.linspace(0, len(complete) - 1, MOST_FINISHED).round().astype(int)]
    return complete


def make_group(t: Floats, values: Floats, complete: Sequence[Curve]) -> Group:
    """Bring curves to one scale: that of the finished ones, or else each to its own."""
    n, k = values.shape
    if not complete:
        location = values[:, -1]
        size = np.abs(values).max(axis=1)
        scale = np.ptp(values, axis=1) if k > 1 else np.zeros(n)
        scale = np.where(scale > 1e-9 * size, scale, np.where(size > 0, size, 1.0) * (_ALONE if k == 1 else _CONSTANT))
        empty = np.zeros((0, k))
        return Group(t, (values - location[:, None]) / scale[:, None], empty, np.zeros(0), location, scale)
    known = np.array([np.interp(t, curve.fractions, curve.values) for curve in complete])
    ends = np.array([curve.values[-1] for curve in complete])
    middle, spread = float(np.median(ends)), _spread(ends, known, complete)
    known, ends, values = ((x - middle) / spread for x in (known, ends, values))
    return Group(t, values, known, ends, np.full(n, middle), np.full(n, spread))


def _spread(ends: Floats, known: Floats, complete: Sequence[Curve]) -> float:
    """What counts as a large difference in a study: robust, and positive even where all curves agree."""
    low, lower, upper, high = np.quantile(ends, (0.1, 0.25, 0.75, 0.9))
    moved = float(np.median([np.ptp(curve.values) for curve in complete]))
    found = max(float(min(high - low, 3 * (upper - lower))), moved)
    if found <= 1e-9 * float(np.abs(ends).max()):
        found = max(float(np.ptp(np.concatenate((ends, known.ravel())))), 0.01 * float(np.abs(ends).max()))
    return found or 1.0
