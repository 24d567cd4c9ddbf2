"""A search on a virtual clock: trainings take no time, and cost what the benchmark says."""

from __future__ import annotations

import heapq
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from autotune.asking import Values
from autotune.bench.prepared import Prepared, prepare
from autotune.bench.problem import Benchmark
from autotune.optimizer import Asked, Optimizer
from autotune.trial import Config

_LONGEST = 100_000
"""Pieces of training after which a simulation that costs nothing is ended."""


@dataclass(frozen=True)
class Full:
    """A configuration that was trained in full."""

    cost: float
    """Device time spent by all workers when it was done."""
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
    failed: int = 0
    """Pieces whose training failed."""
    spent: float = 0.0
    thinking: list[float] = field(default_factory=list)
    """Seconds of each decision, as measured."""


class Asker(Protocol):
    """What a search is driven by: ``autotune.Optimizer``, or a peer."""

    def ask(self) -> Asked | None:
        """What to train next on a free device; None while that depends on what is being trained, or at the end."""
        ...

    def tell(
        self,
        asked: Asked,
        values: Values | None,
        cost: float = 0.0,
        *,
        curve: Mapping[int, Values] | None = None,
        error: str = "",
    ) -> None:
        """What came of it; values are None where the training failed."""
        ...

    def lost(self, asked: Asked, cost: float = 0.0) -> None:
        """It will never be told."""
        ...


def optimizer_of(
    benchmark: Benchmark | Prepared, strategy: str, seed: int, budget: float | None, trainings: float | None = None
) -> Optimizer:
    """The engine set to a benchmark; how many full trainings the budget holds decides what ``auto`` stands for."""
    given = prepare(benchmark)
    return Optimizer(
        given.space,
        given.objectives,
        strategy,
        seed,
        full=given.full,
        lowest=given.lowest,
        budget=budget,
        trainings=trainings,
        resumes=given.resumes,
        known=given.known,
        refuse=given.refuse,
        pool=given.pool,
        losses=given.losses,
    )


def simulate(
    benchmark: Benchmark | Prepared,
    strategy: str,
    budget: float,
    seed: int,
    workers: int = 1,
    *,
    charge_thinking: bool | None = None,
    trainings: float | None = None,
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
        trainings: in full that the budget holds, if you know; ``auto`` chooses by it.
    """
    given = prepare(benchmark)
    run = Run(strategy, seed, budget, workers)
    return drive(given, optimizer_of(given, strategy, seed, budget, trainings), run, charge_thinking=charge_thinking)


def drive(benchmark: Prepared, asker: Asker, run: Run, *, charge_thinking: bool | None = None) -> Run:
    """Let anything that asks and is told search a benchmark, until the budget of the run is spent."""
    charged = benchmark.seconds if charge_thinking is None else charge_thinking
    clock = _Clock(run.workers)
    trials: set[int] = set()
    while run.pieces < _LONGEST:
        asked = None
        if clock.idle:
            began = time.perf_counter()
            asked = asker.ask()
            thought = time.perf_counter() - began
        if asked is None:
            if not clock.running:
                break
            _end(benchmark, asker, run, clock.finish())
            continue
        run.thinking.append(thought)
        piece = _Piece(
            asked,
            benchmark.evaluate(asked.config, asked.end)[0],
            benchmark.cost(asked.config, asked.start, asked.end),
            clock.think(thought) if charged else 0.0,
        )
        if run.spent + clock.under_way + piece.total > run.budget * (1 + 1e-9):
            asker.lost(asked)
            if not clock.running:
                break
            clock.idle -= 1  # this device has nothing left to do
            continue
        run.pieces += 1
        trials.add(asked.trial)
        clock.start(piece)
    run.trials = len(trials)
    return run


@dataclass(frozen=True)
class _Piece:
    asked: Asked
    values: Values
    cost: float
    wait: float

    @property
    def total(self) -> float:
        return self.cost + self.wait


def _end(benchmark: Prepared, asker: Asker, run: Run, piece: _Piece) -> None:
    asked, values = piece.asked, piece.values
    run.spent += piece.total
    if not values:
        run.failed += 1
        asker.tell(asked, None, piece.cost, error="the training failed")
        return
    asker.tell(asked, values, piece.cost, curve=benchmark.curve(asked.config, asked.start, asked.end))
    if asked.end >= benchmark.full:
        run.full.append(Full(run.spent, asked.config, {**values, **benchmark.costs(asked.config)}))


class _Clock:
    """The devices of a simulation."""

    def __init__(self, workers: int) -> None:
        self.idle = workers
        self.running: list[tuple[float, int, _Piece]] = []
        self._now = 0.0
        self._thought = 0.0
        """When the last decision was made."""
        self._count = 0

    @property
    def under_way(self) -> float:
        """What is being spent on trainings that have not ended."""
        return sum(piece.total for _, _, piece in self.running)

    def think(self, seconds: float) -> float:
        """How long the device that asks has to wait: one decision is made after the other."""
        self._thought = max(self._now, self._thought) + seconds
        return self._thought - self._now

    def start(self, piece: _Piece) -> None:
        self.idle -= 1
        self._count += 1
        heapq.heappush(self.running, (self._now + piece.total, self._count, piece))

    def finish(self) -> _Piece:
        self._now, _, piece = heapq.heappop(self.running)
        self.idle += 1
        return piece
