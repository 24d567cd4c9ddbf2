"""How well the curve extrapolation told the ends of this study's own trainings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from autotune.curves import Curve, extrapolate
from autotune.history import History
from autotune.trial import Trial, TrialKind, TrialState

SHOWN = (0.1, 0.3, 0.6)
"""Shares of a full training at which curves are cut."""
FEWEST = 4
"""Finished curves below which nothing is said."""
MOST = 40
"""Finished curves that are asked, spread over all: each is foretold from the others."""
NOMINAL = (0.5, 0.8, 0.9)
"""Intervals whose coverage is counted."""


def curve_of(trial: Trial, metric: str, full: int) -> Curve:
    """A trial's curve of a metric over fractions of a full training."""
    points = [p for p in trial.curve if metric in p.metrics]
    return Curve([min(1.0, p.examples / full) for p in points], [p.metrics[metric] for p in points])


def finished_curves(history: History, metric: str, most: int = MOST) -> dict[int, Curve]:
    """Curves of the trials trained in full, by number; at most so many, spread over all. Repeats are left out."""
    done = [t for t in history.trials.values() if t.state is TrialState.COMPLETE and t.kind is not TrialKind.REPEAT]
    curves = {t.number: c for t in done if len(c := curve_of(t, metric, history.full)) > 1 and c.finished}
    if len(curves) <= most:
        return curves
    kept = np.unique(np.linspace(0, len(curves) - 1, most).round().astype(int))
    numbers = list(curves)
    return {numbers[i]: curves[numbers[i]] for i in kept}


def calibration(history: History, metric: str, shown: Sequence[float] = SHOWN) -> pd.DataFrame:
    """What would have been foretold of each finished training, from a part of its curve and all the others' ends.

    Args:
        history: of the study.
        metric: of the task.
        shown: shares of a full training at which the curves are cut.

    Returns:
        A row for each trial and share at which it had a point: ``trial``, ``fraction`` (of the cut curve's last
        point), ``median``, ``low`` and ``high`` (90 % interval), ``end`` (what came true), ``last`` (the value then),
        ``place`` (probability that was given to a lower end: uniform if well calibrated). Empty below ``FEWEST``.
    """
    curves = finished_curves(history, metric)
    columns = ["trial", "fraction", "median", "low", "high", "end", "last", "place"]
    if len(curves) < FEWEST:
        return pd.DataFrame(columns=columns)
    rows = []
    for number, curve in curves.items():
        others = [c for n, c in curves.items() if n != number]
        cuts: dict[int, Curve] = {}
        for share in shown:
            cut = curve.until(share)
            if not cut.finished:
                cuts[len(cut)] = cut
        if not cuts:
            continue
        told = extrapolate(list(cuts.values()), others)
        end = float(curve.values[-1])
        figures = [told.median, told.quantile(0.05), told.quantile(0.95), told.probability_below(end)]
        for i, cut in enumerate(cuts.values()):
            median, low, high, place = (float(f[i]) for f in figures)
            rows.append((number, float(cut.fractions[-1]), median, low, high, end, float(cut.values[-1]), place))
    return pd.DataFrame(rows, columns=columns)


def coverage(told: pd.DataFrame, nominal: Sequence[float] = NOMINAL) -> pd.DataFrame:
    """How many ends lay within the central intervals that should have held so many.

    Args:
        told: of ``calibration``.
        nominal: sizes of the intervals.

    Returns:
        ``nominal``, ``observed`` share, ``ends`` counted.
    """
    inside = [float(((told["place"] - 0.5).abs() <= size / 2).mean()) if len(told) else np.nan for size in nominal]
    return pd.DataFrame({"nominal": list(nominal), "observed": inside, "ends": len(told)})
