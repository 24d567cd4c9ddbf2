"""A benchmark as the simulation takes it: defaults filled in, what it says checked."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from autotune.bench.problem import Benchmark, Values
from autotune.bench.reading import SEE, guarded, known_names, read_objectives, read_pool, read_space, whole
from autotune.errors import AutotuneError
from autotune.objectives import Objective
from autotune.space import SearchSpace
from autotune.trial import Config, config_to_json


@dataclass(frozen=True)
class Prepared:
    """What searchers and scores are given of a benchmark."""

    benchmark: Benchmark
    name: str
    space: SearchSpace
    objectives: tuple[Objective, ...]
    full: int
    lowest: int
    resumes: bool
    seconds: bool
    losses: bool
    known: Callable[[Config], Values] | None
    refuse: Callable[[Config], str | None] | None
    pool: tuple[Config, ...] | None
    _seen: dict[tuple[str, int], tuple[Values, float]] = field(default_factory=dict, repr=False)

    @cached_property
    def primary(self) -> Objective:
        """The objective that single-objective peers search for: the first that must be learnt."""
        return next((o for o in self.objectives if not o.known_before_training), self.objectives[0])

    def costs(self, config: Config) -> Values:
        """The objectives known before training."""
        return self.known(config) if self.known is not None else {}

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """What the benchmark answers; values are empty where the training failed or an objective is no finite number.

        Raises:
            AutotuneError: the answer is no pair of values and cost, an objective is missing, or the cost is no cost.
        """
        key = identity(config), fidelity
        if key not in self._seen:
            self._seen[key] = self._evaluate(config, fidelity)
        return self._seen[key]

    def _evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        what = f"{self.name}: evaluate(config, {fidelity})"

        def answer(config: Config) -> tuple[Values, float]:
            values, cost = self.benchmark.evaluate(config, fidelity)
            return values, float(cost)

        remedy = f"answer (values, cost); for a training that fails ({{}}, cost); {SEE}"
        values, cost = guarded(answer, what, remedy)(config)
        return self._checked(values, what), _counted(cost, what)

    def _checked(self, values: Values | None, what: str) -> Values:
        if not values:
            return {}
        names = [o.name for o in self.objectives if not o.known_before_training]
        for name in names:
            if name not in values:
                raise AutotuneError(
                    f"{what} has no {name!r} among {', '.join(values)}", f"answer every learnt objective; {SEE}"
                )
        try:
            plain = {k: float(v) for k, v in values.items()}
        except (TypeError, ValueError) as error:
            raise AutotuneError(f"{what} answered {dict(values)}: {error}", f"answer numbers by name; {SEE}") from None
        return plain if all(math.isfinite(plain[name]) for name in names) else {}

    def cost(self, config: Config, start: int, end: int) -> float:
        """Of the piece of training from ``start`` to ``end``; a benchmark that does not resume begins anew."""
        own = getattr(self.benchmark, "cost", None)
        if own is not None:
            what = f"{self.name}: cost(config, {start}, {end})"
            return _counted(guarded(lambda c: float(own(c, start, end)), what)(config), what)
        cost = self.evaluate(config, end)[1]
        return max(0.0, cost - self.evaluate(config, start)[1]) if start and self.resumes else cost

    def curve(self, config: Config, start: int, end: int) -> dict[int, Values]:
        """What is seen on the way at no cost; points with an objective that is no finite number are left out."""
        own = getattr(self.benchmark, "curve", None)
        if own is None:
            return {}
        points = guarded(lambda c: own(c, start, end).items(), f"{self.name}: curve(config, {start}, {end})")(config)
        checked = {int(k): self._checked(v, f"{self.name}: curve at {k}") for k, v in points if start < k < end}
        return {k: v for k, v in checked.items() if v}

    def row(self, values: Values) -> list[float]:
        """Every objective turned so that smaller is better, in the logarithm where the objective says so."""
        return [minimized(o, values[o.name]) for o in self.objectives]

    def draw(self, rng: np.random.Generator) -> Config:
        """A random configuration that may run, of the pool where there is one."""
        for _ in range(1000):
            config = self.space.sample(rng) if self.pool is None else self.pool[int(rng.integers(len(self.pool)))]
            if self.refuse is None or self.refuse(config) is None:
                return config
        raise AutotuneError(f"{self.name} refuses 1,000 random configurations in a row", "narrow its space")


def _counted(cost: float, what: str) -> float:
    if not (math.isfinite(cost) and cost >= 0):
        raise AutotuneError(f"{what} says the cost is {cost}", f"a cost is a number from 0 up; {SEE}")
    return cost


def identity(config: Config) -> str:
    """Equal for equal configurations."""
    return json.dumps(config_to_json(config), sort_keys=True)


def minimized(objective: Objective, value: float) -> float:
    """The value turned so that smaller is better, through log(1 + value) where the axis is logarithmic."""
    return objective.minimized(math.log1p(max(value, 0.0)) if objective.log else float(value))


def prepare(benchmark: Benchmark | Prepared, name: str = "") -> Prepared:
    """Check a benchmark and fill in what it leaves out.

    Raises:
        AutotuneError: an attribute is missing or makes no sense.
    """
    if isinstance(benchmark, Prepared):
        return benchmark
    name = name or type(benchmark).__name__
    missing = [a for a in ("space", "objectives", "full", "evaluate") if not hasattr(benchmark, a)]
    if missing:
        raise AutotuneError(f"benchmark {name} has no {', '.join(missing)}", SEE)
    space = read_space(benchmark, name)
    pool = getattr(benchmark, "pool", None)
    if pool is not None:
        pool = read_pool(pool, space, name)
    known, refuse = getattr(benchmark, "known", None), getattr(benchmark, "refuse", None)
    full, lowest = (whole(getattr(benchmark, k, 1), k, name) for k in ("full", "lowest"))
    if not 1 <= lowest <= full:
        raise AutotuneError(f"benchmark {name}: lowest={lowest} and full={full}", "give 1 <= lowest <= full")
    return Prepared(
        benchmark,
        name,
        space,
        read_objectives(benchmark.objectives, known_names(known, space, pool, name), name),
        full,
        lowest,
        bool(getattr(benchmark, "resumes", True)),
        bool(getattr(benchmark, "seconds", False)),
        bool(getattr(benchmark, "losses", False)),
        None if known is None else guarded(known, f"{name}: known(config)"),
        None if refuse is None else guarded(refuse, f"{name}: refuse(config)"),
        pool,
    )
