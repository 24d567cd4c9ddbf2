"""Whether a study's own finished curves bear the model out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autotune.curves.curve import Curve, Floats
from autotune.curves.group import groups
from autotune.curves.mixture import Posterior
from autotune.curves.stack import left_out

SHOWN = (0.06, 0.2, 0.5)
"""At which fractions the finished curves are cut."""
ENOUGH_TO_JUDGE = 5
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

    Args:
        finished: complete curves of one metric of a study.
        shown: fractions at which they are cut.
    """
    complete = [curve for curve in finished if curve.finished and len(curve) > 1]
    if len(complete) < ENOUGH_TO_JUDGE:
        return Verdict(None, len(complete))
    judged = [one for fraction in shown for one in _judged(complete, fraction)]
    if not judged:
        return Verdict(None, len(complete))
    gains: dict[int, list[float]] = {}
    for places, _, _, difference in judged:
        for place, value in zip(places, difference.tolist(), strict=True):
            gains.setdefault(place, []).append(value)
    means = np.array([np.mean(values) for values in gains.values()])
    gain, error = float(means.mean()), float(means.std(ddof=1) / np.sqrt(len(means))) if len(means) > 1 else np.inf
    model, last = _mean([one[1] for one in judged]), _mean([one[2] for one in judged])
    told_apart = bool(np.isfinite(model.spearman))  # where all end alike, there is nothing to tell
    better = told_apart and gain > _SURE * error and model.crps <= last.crps
    return Verdict(better, len(complete), model, last, gain, error)


def _judged(complete: Sequence[Curve], fraction: float) -> list[tuple[list[int], Score, Score, Floats]]:
    """For each set of fractions that the curves were seen at: places, both scores, gains in log density."""
    cut = [curve.until(fraction) for curve in complete]
    found: dict[bytes, list[int]] = {}
    for place, curve in enumerate(cut):
        if not curve.finished:
            found.setdefault(curve.fractions.tobytes(), []).append(place)
    judged = []
    for places in found.values():
        if len(places) >= ENOUGH_TO_JUDGE:
            _, group = next(groups([cut[places[0]]], [complete[i] for i in places]))
            chosen = places if len(group.ends) == len(places) else np.linspace(0, len(places) - 1, len(group.ends))
            model, last = left_out(group)
            difference = model.log_density(group.ends) - last.log_density(group.ends)
            where = [int(p) for p in chosen]
            judged.append((where, _score(model, group.ends), _score(last, group.ends), difference))
    return judged


def _score(posterior: Posterior, ends: Floats) -> Score:
    low, middle, high = (posterior.quantile(q) for q in (0.05, 0.5, 0.95))
    inside = (low - 1e-9 <= ends) & (ends <= high + 1e-9)
    log, crps = float(posterior.log_density(ends).mean()), float(posterior.crps(ends).mean())
    return Score(log, crps, _spearman(middle, ends), float(inside.mean()))


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
