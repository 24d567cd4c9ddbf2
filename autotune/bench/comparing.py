"""Many simulated searches: every searcher on every benchmark with every seed, and what came of them in figures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import numpy as np

from autotune.bench.names import load
from autotune.bench.score import Scale, scale_of
from autotune.bench.simulate import Run, simulate
from autotune.errors import AutotuneError

SHARES = (0.1, 0.2, 0.5, 1.0)
"""Of the budget, at which scores are told."""
NEAR = 0.95
"""The score whose cost is told."""


@dataclass(frozen=True)
class Wanted:
    """What is to be compared."""

    benchmarks: Sequence[str]
    searchers: Sequence[str]
    """Strategies and peers; the first is what the others are counted against."""
    seeds: int = 5
    budget: float = 30.0
    """In full trainings."""
    workers: int = 1
    """Virtual devices of each search."""
    data: Path | None = None
    pythons: Mapping[str, str] = field(default_factory=dict)
    """Peer → the interpreter of its own environment."""
    charge_thinking: bool | None = None


@dataclass(frozen=True)
class Outcome:
    """One simulated search. Costs are in full trainings of its benchmark."""

    benchmark: str
    searcher: str
    seed: int
    course: tuple[tuple[float, float], ...]
    """(cost, score) at each improvement."""
    spent: float
    full: int
    trials: int
    pieces: int
    failed: int
    thinking: tuple[float, float]
    """Seconds of a decision, median and longest."""

    def score(self, cost: float) -> float:
        """What was reached by that cost."""
        return max((score for at, score in self.course if at <= cost * (1 + 1e-9)), default=0.0)

    def cost_of(self, score: float) -> float:
        """When a score was reached; infinite if never."""
        return next((at for at, reached in self.course if reached >= score - 1e-12), float("inf"))


@dataclass(frozen=True)
class Line:
    """A searcher's figures on one benchmark, or on all of them together."""

    searcher: str
    scores: tuple[tuple[float, float], ...]
    """Mean and standard error over the runs, at each of ``SHARES``."""
    near: float
    """Median cost of a score of ``NEAR``, in full trainings; infinite where most runs never reach it."""
    reached: int
    """Runs that reach it."""
    wins: int
    """Runs that end better than the first searcher's with the same seed."""
    losses: int
    thinking: tuple[float, float]
    """Seconds of a decision: median, and the longest of all."""
    failed: int
    """Pieces of training that failed, of all its runs."""
    pieces: int
    left: float
    """Share of the budget that its runs left unspent, on average."""


def compare(wanted: Wanted, jobs: int = 1, tell: Callable[[str], None] = lambda _: None) -> list[Outcome]:
    """Run every search, in ``jobs`` processes at a time.

    Args:
        wanted: what to run.
        jobs: processes.
        tell: is given a line for each searcher that has finished a benchmark.

    Raises:
        AutotuneError: a benchmark cannot be loaded, or a search failed.
    """
    tasks = [
        (wanted, benchmark, searcher, seed)
        for benchmark in wanted.benchmarks
        for searcher in wanted.searchers
        for seed in range(wanted.seeds)
    ]
    found = []
    for number, outcome in enumerate(_outcomes(tasks, jobs), start=1):
        found.append(outcome)
        if number % wanted.seeds == 0:
            last = found[-wanted.seeds :]
            mean = np.mean([o.score(wanted.budget) for o in last])
            tell(f"{number}/{len(tasks)} {outcome.benchmark} {outcome.searcher}: {mean:.3f}")
    return found


@lru_cache(maxsize=64)
def scaled(benchmark: str, data: Path | None) -> Scale:
    """A benchmark with its scale; loaded once in a process."""
    return scale_of(load(benchmark, data))


def lines(outcomes: Sequence[Outcome], wanted: Wanted) -> list[Line]:
    """The figures of each searcher over the outcomes given, in their order."""
    first = {(o.benchmark, o.seed): o for o in outcomes if o.searcher == wanted.searchers[0]}
    return [
        _line(searcher, [o for o in outcomes if o.searcher == searcher], first, wanted.budget)
        for searcher in wanted.searchers
    ]


def _line(searcher: str, runs: Sequence[Outcome], first: Mapping[tuple[str, int], Outcome], budget: float) -> Line:
    at = [[run.score(share * budget) for run in runs] for share in SHARES]
    costs = [run.cost_of(NEAR) for run in runs]
    gains = [run.score(budget) - first[run.benchmark, run.seed].score(budget) for run in runs]
    return Line(
        searcher,
        tuple((float(np.mean(s)), float(np.std(s) / len(s) ** 0.5)) for s in at),
        median(costs),
        int(np.isfinite(costs).sum()),
        sum(gain > 1e-9 for gain in gains),
        sum(gain < -1e-9 for gain in gains),
        (median(run.thinking[0] for run in runs), max(run.thinking[1] for run in runs)),
        sum(run.failed for run in runs),
        sum(run.pieces for run in runs),
        float(np.mean([max(0.0, 1 - run.spent / budget) for run in runs])),
    )


_Task = tuple[Wanted, str, str, int]


def _outcomes(tasks: Sequence[_Task], jobs: int) -> Iterator[Outcome]:
    if jobs == 1:
        yield from map(_outcome, tasks)
        return
    # As many processes as there are cores for would wait for each other's threads.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(_outcome, tasks)
        finally:
            pool.shutdown(cancel_futures=True)


def _outcome(task: _Task) -> Outcome:
    wanted, benchmark, searcher, seed = task
    scale = scaled(benchmark, wanted.data)
    try:
        if scale.prepared.seconds if wanted.charge_thinking is None else wanted.charge_thinking:
            _warm(searcher)
        run = _search(wanted, scale, searcher, seed)
    except AutotuneError:
        raise
    except Exception as error:  # engines and peers are anyone's code
        raise AutotuneError(
            f"{searcher} failed on {benchmark} with seed {seed}: {error!r}", "for the traceback add --debug --jobs 1"
        ) from error
    return Outcome(
        benchmark,
        searcher,
        seed,
        tuple((cost / scale.one, score) for cost, score in scale.course(run)),
        run.spent / scale.one,
        len(run.full),
        run.trials,
        run.pieces,
        run.failed,
        (median(run.thinking), max(run.thinking)) if run.thinking else (0.0, 0.0),
    )


@cache
def _warm(searcher: str) -> None:
    """Let a searcher load its libraries before its thinking is charged; one with a process of its own has done so."""
    small = Wanted(["synthetic/zdt1"], [searcher], budget=10, charge_thinking=False)
    with suppress(AutotuneError):
        _search(small, scaled("synthetic/zdt1", None), searcher, 0)


def _search(wanted: Wanted, scale: Scale, searcher: str, seed: int) -> Run:
    from autotune.bench.peers import is_peer, simulate_peer

    budget = wanted.budget * scale.one
    charge = wanted.charge_thinking
    if is_peer(searcher):
        python = wanted.pythons.get(searcher)
        return simulate_peer(
            scale.prepared, searcher, budget, seed, wanted.workers, python=python, charge_thinking=charge
        )
    return simulate(
        scale.prepared, searcher, budget, seed, wanted.workers, charge_thinking=charge, trainings=wanted.budget
    )
