"""A learning curve as the model sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_AT_THE_END = 1 - 1e-9


@dataclass(frozen=True, eq=False)
class Curve:
    """Values of one metric at fractions of a full training, cleaned.

    Points that are not finite or not within (0, 1] are left out, the rest is sorted, and points at one fraction are
    averaged: a curve may be left with none, and nothing is then known of its end.
    """

    fractions: Floats
    values: Floats

    def __init__(self, fractions: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Clean a curve.

        Args:
            fractions: of a full training, shape (k,).
            values: on any scale, shape (k,).

        Raises:
            ValueError: they are not two lists of one length.
        """
        t, y = np.asarray(fractions, dtype=np.float64), np.asarray(values, dtype=np.float64)
        if t.ndim != 1 or t.shape != y.shape:
            raise ValueError(f"a curve has as many values as fractions, not {y.shape} and {t.shape}")
        usable = np.isfinite(t) & np.isfinite(y) & (t > 0) & (t <= 1)
        unique, place, counts = np.unique(t[usable], return_inverse=True, return_counts=True)
        object.__setattr__(self, "fractions", unique)
        object.__setattr__(self, "values", np.bincount(place, y[usable], len(unique)) / counts)

    def __len__(self) -> int:
        return len(self.fractions)

    @property
    def finished(self) -> bool:
        """Whether the value at the end is known."""
        return bool(len(self)) and self.fractions[-1] >= _AT_THE_END

    def until(self, fraction: float) -> Curve:
        """What was known of it at that fraction: at least its first point."""
        kept = max(1, int(np.searchsorted(self.fractions, fraction * (1 + 1e-9), side="right")))
        return Curve(self.fractions[:kept], self.values[:kept])
