"""Whether a study's own finished curves bear the model out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autotune.curves.curve import Curve, Floats
from autotune.curves.group import groups, looked_at
from autotune.curves.mixture import Posterior
from autotune.curves.stack import left_out

SHOWN = (0.06, 0.2, 0.5)
"""At which fractions the finished curves are cut."""
ENOUGH_TO_JUDGE = 5
_LEAST_LOG, _MOST_CRPS = -6.0, 3.0
"""Where both are cut, in units of the study's spread: one diverged training must not outvote the others."""
_SURE = 1.64
"""Standard errors that the gain has to be above nothing."""


@dataclass(frozen=True)
class Score:
    """How well the ends were foretold; means over curves and fractions."""

    log_density: float
    """Of the ends, in units of the study's spread: higher is better."""
    crps: float
    """Lower is better."""
    spearman: float
    """Rank correlation of the medians with the ends; NaN where all are equal."""
    inside: float
    """Share of the ends within the 90 % intervals."""


@dataclass(frozen=True)
class Verdict:
    """Of the comparison with the last value."""

    better: bool | None
    """Whether the model is surely better; None: too few finished curves to know, so nothing may rest on it."""
    curves: int
    model: Score | None = None
    last: Score | None = None
    gain: float = float("nan")
    """Log density, model less last value."""
    gain_error: float = float("nan")
    """Standard error of the gain."""


def beats_last_value(finished: Sequence[Curve], shown: Sequence[float] = SHOWN) -> Verdict:
    """Whether the model tells the ends of these curves better than their last values do, leaving each out in turn.

    It does if it is surely better in log density, and not surely worse in CRPS. Rank correlations are shown, and decide
    nothing: each left-out curve is foretold from the others, which draws the best down and the worst up, and few curves
    make that draw strong.

    Args:
        finished: complete curves of one metric of a study.
        shown: fractions at which they are cut.
    """
    complete = [curve for curve in looked_at(finished) if len(curve) > 1]
    judged = [one for fraction in shown for one in _judged(complete, fraction)]
    if not judged:
        return Verdict(None, len(complete))
    model, last = _mean([one.model for one in judged]), _mean([one.last for one in judged])
    gain, error = _by_curve([(one.places, one.gains) for one in judged])
    loss, loss_error = _by_curve([(one.places, one.losses) for one in judged])
    told_apart = bool(np.isfinite(model.spearman))  # where all end alike, there is nothing to tell
    better = told_apart and gain > _SURE * error and loss <= _SURE * loss_error
    return Verdict(better, len(complete), model, last, gain, error)


@dataclass(frozen=True, eq=False)
class _Judged:
    """Curves cut at the same points."""

    places: list[int]
    model: Score
    last: Score
    gains: Floats
    """Of log density, for each curve."""
    losses: Floats
    """Of CRPS."""


def _judged(complete: Sequence[Curve], fraction: float) -> list[_Judged]:
    """Those that were seen at the same fractions together, if they are enough."""
    cut = [curve.until(fraction) for curve in complete]
    found: dict[bytes, list[int]] = {}
    for place, curve in enumerate(cut):
        if not curve.finished:
            found.setdefault(curve.fractions.tobytes(), []).append(place)
    judged = []
    for places in found.values():
        if len(places) >= ENOUGH_TO_JUDGE:
            _, group = next(groups([cut[places[0]]], [complete[i] for i in places]))
            model, last = left_out(group)
            gains = _log(model, group.ends) - _log(last, group.ends)
            losses = _crps(model, group.ends) - _crps(last, group.ends)
            judged.append(_Judged(places, _score(model, group.ends), _score(last, group.ends), gains, losses))
    return judged


def _by_curve(parts: Sequence[tuple[list[int], Floats]]) -> tuple[float, float]:
    """Mean over curves of each one's mean over fractions, with its standard error."""
    found: dict[int, list[float]] = {}
    for places, differences in parts:
        for place, difference in zip(places, differences.tolist(), strict=True):
            found.setdefault(place, []).append(difference)
    means = np.array([np.mean(values) for values in found.values()])
    return float(means.mean()), float(means.std(ddof=1) / np.sqrt(len(means)))


def _score(posterior: Posterior, ends: Floats) -> Score:
    low, middle, high = (posterior.quantile(q) for q in (0.05, 0.5, 0.95))
    inside = (low - 1e-9 <= ends) & (ends <= high + 1e-9)
    log, crps = float(_log(posterior, ends).mean()), float(_crps(posterior, ends).mean())
    return Score(log, crps, _spearman(middle, ends), float(inside.mean()))


def _log(posterior: Posterior, ends: Floats) -> Floats:
    return np.maximum(posterior.log_density(ends), _LEAST_LOG)


def _crps(posterior: Posterior, ends: Floats) -> Floats:
    return np.minimum(posterior.crps(ends), _MOST_CRPS)


def _spearman(a: Floats, b: Floats) -> float:
    from scipy.stats import rankdata

    ranks = rankdata(a), rankdata(b)
    if min(np.ptp(r) for r in ranks) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def _mean(scores: Sequence[Score]) -> Score:
    columns = np.array([[s.log_density, s.crps, s.spearman, s.inside] for s in scores])
    ranked = columns[:, 2][np.isfinite(columns[:, 2])]
    log, crps, _, inside = columns.mean(axis=0).tolist()
    return Score(log, crps, float(ranked.mean()) if len(ranked) else float("nan"), inside)
