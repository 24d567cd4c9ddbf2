"""What is to be expected of a trial that has not ended."""

from __future__ import annotations

from dataclasses import dataclass

from autotune.curves import extrapolate
from autotune.history import History
from autotune.insight.calibration import curve_of, finished_curves
from autotune.trial import Trial


@dataclass(frozen=True)
class Outlook:
    """The posterior over a trial's value at the end of a full training."""

    median: float
    low: float
    """Of the 90 % interval."""
    high: float
    finished: int
    """Finished curves of the study that it rests on."""


def outlook(history: History, trial: Trial, metric: str) -> Outlook | None:
    """Where a trial's curve is expected to end; None for one that ended, or that has no point yet."""
    curve = curve_of(trial, metric, history.full)
    if not len(curve) or curve.finished:
        return None
    finished = finished_curves(history, metric)
    finished.pop(trial.number, None)
    told = extrapolate([curve], list(finished.values()))
    median, low, high = (float(q[0]) for q in (told.median, told.quantile(0.05), told.quantile(0.95)))
    return Outlook(median, low, high, len(finished))
