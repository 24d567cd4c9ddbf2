"""The score of a search: what volume its full trainings dominate, on one scale for every searcher.

Each objective is turned so that smaller is better (a logarithmic one as log(1 + value)) and scaled: 0 is the best value
among the random full trainings of the benchmark, 1 their 90 % quantile, or the benchmark's own ``reference``. The score
is the volume between 1 and what the configurations *trained in full* reach, divided by that of the best known front:
all of the pool, for a benchmark that has one; the benchmark's own ``front``; else what ``SAMPLE`` random full trainings
give. So 1 is the best there is, or what ``SAMPLE`` random trainings would find, and may then be surpassed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autotune.bench.prepared import Prepared
from autotune.bench.simulate import Run
from autotune.errors import AutotuneError
from autotune.objectives import Objective
from autotune.pareto import Floats, hypervolume

SAMPLE = 800
"""Random full trainings that set the scale of a benchmark without a pool."""
_SEED = 999


@dataclass(frozen=True)
class Scale:
    """How a benchmark's full trainings are scored."""

    prepared: Prepared
    low: Floats
    high: Floats
    base: float
    """The volume of a score of 1."""
    one: float
    """The cost of one full training: the mean of the random ones that did not fail."""
    to: str
    """What a score of 1 is, in words."""

    def score(self, full: Sequence[Mapping[str, float]]) -> float:
        """Of trainings in full, by their objectives' values."""
        return self._volume(np.array([self.prepared.row(v) for v in full])) / self.base if full else 0.0

    def course(self, run: Run) -> list[tuple[float, float]]:
        """(cost spent, score) whenever a full training of the run improved the score; ascending."""
        found: list[tuple[float, float]] = []
        rows: list[list[float]] = []
        for done in run.full:
            row = self.prepared.row(done.values)
            if any(all(a <= b for a, b in zip(other, row, strict=True)) for other in rows):
                continue
            rows.append(row)
            score = self._volume(np.array(rows)) / self.base
            if score > (found[-1][1] if found else 0.0):
                found.append((done.cost, score))
        return found

    def _volume(self, rows: Floats) -> float:
        return hypervolume((rows - self.low) / (self.high - self.low), np.ones(len(self.low)))


def scale_of(prepared: Prepared) -> Scale:
    """The scale of a benchmark.

    Raises:
        AutotuneError: it can be given none: too few full trainings succeed, or they are all alike.
    """
    values, one = _sample(prepared)
    if len(values) < 2:
        raise AutotuneError(
            f"{prepared.name}: only {len(values)} of its random full trainings succeed", "a score needs at least 2"
        )
    rows = np.array([prepared.row(v) for v in values])
    low, high = rows.min(axis=0), np.quantile(rows, 0.9, axis=0)
    front = getattr(prepared.benchmark, "front", None)
    ends = rows
    to = f"all {len(rows)} of its pool" if prepared.pool is not None else f"{len(rows)} random full trainings"
    if front is not None:
        ends, to = np.array([prepared.row(v) for v in front]), "its best known front"
        low = np.minimum(low, ends.min(axis=0))
    reference = getattr(prepared.benchmark, "reference", None)
    if reference is not None:
        high = np.array(prepared.row(_named(reference, prepared.objectives, prepared.name)))
    # An objective that is the same for everything has no scale; it shall not decide either.
    high = np.where(high > low, high, low + 1.0)
    base = hypervolume((ends - low) / (high - low), np.ones(len(low)))
    if not base > 0:
        raise AutotuneError(
            f"{prepared.name}: no random full training is better than the reference in every objective",
            "give the benchmark a worse reference, or a front",
        )
    return Scale(prepared, low, high, base, one, to)


def _named(
    reference: Mapping[str, float] | Sequence[float], objectives: Sequence[Objective], name: str
) -> Mapping[str, float]:
    """The reference by objective; a plain row is in their order."""
    if not isinstance(reference, Mapping) and len(reference) == len(objectives):
        return {o.name: float(v) for o, v in zip(objectives, reference, strict=True)}
    missing = [o.name for o in objectives if not isinstance(reference, Mapping) or o.name not in reference]
    if missing:
        raise AutotuneError(f"{name}: its reference has no {', '.join(missing)}", "give a value of each objective")
    return reference  # type: ignore[return-value]


def _sample(prepared: Prepared) -> tuple[list[Mapping[str, float]], float]:
    """Values of random full trainings that succeed, and their mean cost."""
    given = getattr(prepared.benchmark, "sample", None)
    rng = np.random.default_rng(_SEED)
    if prepared.pool is not None:
        configs = [c for c in prepared.pool if prepared.refuse is None or prepared.refuse(c) is None]
    else:
        configs = [prepared.draw(rng) for _ in range(SAMPLE if given is None else 30)]
    found = []
    for config in configs:
        values = prepared.evaluate(config, prepared.full)[0]
        if values:
            found.append(({**values, **prepared.costs(config)}, prepared.cost(config, 0, prepared.full)))
    one = float(np.mean([cost for _, cost in found])) if found else 0.0
    if found and not one > 0:
        raise AutotuneError(f"{prepared.name}: full trainings cost nothing", "let evaluate answer what they cost")
    return (list(given) if given is not None else [values for values, _ in found]), one
