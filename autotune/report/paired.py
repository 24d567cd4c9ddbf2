"""Two configurations on the same held-out examples: the difference of their scores, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from autotune.report.gathered import Predictions
    from autotune.tasks.metrics import MetricFunction

LEVEL = 0.95
_FEWEST = 10
"""Examples below which nothing is said."""
_RESAMPLES, _RESAMPLES_OF_MANY, _MANY = 2000, 1000, 5000
"""Of examples; fewer, and by plain percentiles, where there are many examples."""


@dataclass(frozen=True)
class Paired:
    """The difference of a metric, of means over seeds, and what it owes to the examples that happen to be held out."""

    difference: float
    """Positive where the first has the larger value."""
    low: float
    high: float
    """The interval holds 95 % of what other examples of the same kind would give (bias-corrected bootstrap)."""
    examples: int
    only_first: float | None
    """Examples that the first alone has right, mean over pairs of seeds; None for regression."""
    only_second: float | None

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def paired(first: Sequence[Predictions], second: Sequence[Predictions], metric: MetricFunction) -> Paired | None:
    """Compare the trainings of two configurations.

    The same examples are drawn for every training of both, so what is hard about an example cancels.

    Args:
        first: predictions of each training of one configuration.
        second: of the other.
        metric: of logits and labels.

    Returns:
        None where one of them was not scored, or not on the same examples, or there are hardly any.
    """
    runs = [*first, *second]
    if not first or not second or any(not np.array_equal(r.labels, runs[0].labels) for r in runs):
        return None
    count = len(runs[0].labels)
    if count < _FEWEST:
        return None

    def difference(rows: NDArray[np.int64]) -> float:
        scores = [[metric(*_taken(r, rows)) for r in group] for group in (first, second)]
        return float(np.mean(scores[0]) - np.mean(scores[1]))

    low, high = _interval(difference, count)
    everything = np.arange(count)
    right = [[_right(r) for r in group] for group in (first, second)]
    only = [None, None] if right[0][0] is None else [_only(right[0], right[1]), _only(right[1], right[0])]
    return Paired(difference(everything), low, high, count, only[0], only[1])


def _taken(run: Predictions, rows: NDArray[np.int64]) -> tuple[Any, Any]:
    """Logits and labels of some examples, as metrics take them: one column is a score."""
    if run.logits.ndim == 2 and run.logits.shape[1] > 1:
        return run.logits[rows], run.labels[rows].astype(np.int64)
    return run.logits.reshape(len(run.labels))[rows], run.labels[rows]


def _interval(difference: Any, count: int) -> tuple[float, float]:
    from scipy.stats import bootstrap

    many = count > _MANY
    found = bootstrap(
        (np.arange(count),),
        difference,
        vectorized=False,
        n_resamples=_RESAMPLES_OF_MANY if many else _RESAMPLES,
        method="percentile" if many else "BCa",
        confidence_level=LEVEL,
        rng=np.random.default_rng(0),
    ).confidence_interval
    if np.isfinite([found.low, found.high]).all():
        return float(found.low), float(found.high)
    always = difference(np.arange(count))  # no resample differs from another: the same answers on every example
    return always, always


def _right(run: Predictions) -> NDArray[np.bool_] | None:
    if run.logits.ndim < 2 or run.logits.shape[1] < 2:
        return None
    return np.asarray(run.logits.argmax(axis=1) == run.labels, dtype=np.bool_)


def _only(these: Sequence[Any], others: Sequence[Any]) -> float:
    return float(np.mean([np.sum(a & ~b) for a in these for b in others]))
