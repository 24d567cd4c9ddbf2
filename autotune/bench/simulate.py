"""A search on a virtual clock: trainings take no time, and cost what the benchmark says."""

from __future__ import annotations

import heapq
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from autotune.bench.problem import Benchmark
from autotune.optimizer import Asked, Optimizer
from autotune.trial import Config

_LONGEST = 100_000
"""Pieces of training after which a simulation that costs nothing is ended."""


@dataclass(frozen=True)
class Full:
    """A configuration that was trained in full."""

    cost: float
    """Device time spent by all workers when it was done, or the clock times the workers."""
    config: Config
    values: Mapping[str, float]
    """Every objective, the known ones too."""


@dataclass
class Run:
    """A simulated search."""

    strategy: str
    seed: int
    budget: float
    workers: int
    full: list[Full] = field(default_factory=list)
    """In the order of their completion."""
    trials: int = 0
    pieces: int = 0
    """Of training: decisions that held a device."""
    spent: float = 0.0
    thinking: list[float] = field(default_factory=list)
    """Seconds of each decision, as measured."""


def optimizer_of(benchmark: Benchmark, strategy: str, seed: int, budget: float | None) -> Optimizer:
    """The engine set to a benchmark."""
    return Optimizer(
        benchmark.space,
        benchmark.objectives,
        strategy,
        seed,
        full=benchmark.full,
        budget=budget,
        **{k: getattr(benchmark, k) for k in ("lowest", "resumes", "known", "refuse", "pool") if hasattr(benchmark, k)},
    )


def simulate(
    benchmark: Benchmark,
    strategy: str,
    budget: float,
    seed: int,
    workers: int = 1,
    *,
    charge_thinking: bool | None = None,
) -> Run:
    """Run a strategy until the budget of cost is spent. A training that the budget does not hold to its end is lost.

    Args:
        benchmark: answers instead of a training.
        strategy: as ``Optimizer`` takes it.
        budget: in the benchmark's units of cost, summed over workers.
        seed: of the strategy.
        workers: devices; a decision for one of them is made while the others go on.
        charge_thinking: put the seconds of each decision on the clock of the device that waits for it; default where
            the benchmark's costs are seconds.
    """
    charged = getattr(benchmark, "seconds", False) if charge_thinking is None else charge_thinking
    optimizer = optimizer_of(benchmark, strategy, seed, budget)
    run = Run(strategy, seed, budget, workers)
    clock = _Clock(workers)
    while run.pieces < _LONGEST:
        began = time.perf_counter()
        asked = optimizer.ask() if clock.idle else None
        run.thinking.append(time.perf_counter() - began)
        if asked is not None:
            wait = run.thinking[-1] if charged else 0.0
            values, cost = _train(benchmark, asked)
            if run.spent + clock.under_way + cost + wait > budget * (1 + 1e-9):
                optimizer.lost(asked)
                if not clock.running:
                    break
                clock.idle -= 1  # this device has nothing left to do
                continue
            run.pieces += 1
            clock.start(asked, values, cost, wait)
            continue
        if not clock.running:
            break
        asked, values, cost, wait = clock.finish()
        run.spent += cost + wait
        optimizer.tell(asked, values or None, cost)
        if values and asked.end >= benchmark.full:
            known = optimizer.setting.costs(asked.config)
            run.full.append(Full(run.spent, asked.config, {**known, **values}))
    run.trials = len(optimizer.history.trials)
    return run


def _train(benchmark: Benchmark, asked: Asked) -> tuple[Mapping[str, float], float]:
    values, cost = benchmark.evaluate(asked.config, asked.end)
    if asked.start and getattr(benchmark, "resumes", True):
        cost -= benchmark.evaluate(asked.config, asked.start)[1]
    return values, cost


_Piece = tuple[Asked, Mapping[str, float], float, float]


class _Clock:
    """The devices of a simulation."""

    def __init__(self, workers: int) -> None:
        self.idle = workers
        self.running: list[tuple[float, int, _Piece]] = []
        self._now = 0.0

    @property
    def under_way(self) -> float:
        """What is being spent on trainings that have not ended."""
        return sum(piece[2] + piece[3] for _, _, piece in self.running)

    def start(self, asked: Asked, values: Mapping[str, float], cost: float, wait: float) -> None:
        self.idle -= 1
        heapq.heappush(self.running, (self._now + wait + cost, asked.number, (asked, values, cost, wait)))

    def finish(self) -> tuple[Asked, Mapping[str, float], float, float]:
        self._now, _, piece = heapq.heappop(self.running)
        self.idle += 1
        return piece
