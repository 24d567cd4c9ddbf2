"""What early stopping alone saves, and what it loses: schedulers on one and the same sequence of random configurations.

    OMP_NUM_THREADS=1 python benchmarks/stopping.py synthetic/peft
    OMP_NUM_THREADS=1 python benchmarks/stopping.py peft-curves/docstrings lcbench/choose-on --data DIR --json

Every scheduler is given the same random configurations in the same order, so that nothing differs but the stopping.
``fifo`` trains them all in full until the budget is spent (all of them, where a recording holds fewer). The others have
as much to reach the hypervolume that it ended with, or 99 % of it; "less time" is fifo's whole time divided by what
that took, the median over the seeds, and 0 where most never reached it. A false stop is a stopped trial whose end,
which the benchmark knows, is on the front of all that were stopped or completed by then.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autotune.bench.names import expand, load
from autotune.bench.prepared import Prepared
from autotune.bench.score import Scale, scale_of
from autotune.bench.simulate import Run, drive, optimizer_of
from autotune.history import History
from autotune.optimizer import Asked, Optimizer
from autotune.pareto import front_mask
from autotune.strategies import registry
from autotune.strategies.base import Setting, Suggestion
from autotune.trial import Config, TrialState

SCHEDULERS = ("fifo", "curves", "asha", "hyperband")
MOST = 2000
"""Configurations in a sequence."""


def listed(sequence: Sequence[Config]) -> type:
    """A searcher whose nth proposal is the nth of a sequence."""

    class Listed:
        def __init__(self, setting: Setting) -> None:
            pass

        def suggest(self, history: History, rng: np.random.Generator) -> Suggestion | None:  # noqa: ARG002
            n = history.launched
            return Suggestion(sequence[n], "the next in line") if n < len(sequence) else None

    return Listed


class Until:
    """Asks until a score is reached."""

    def __init__(self, optimizer: Optimizer, scale: Scale, goal: float) -> None:
        self._optimizer, self._scale, self._goal = optimizer, scale, goal
        self._full: list[Mapping[str, float]] = []
        self._reached = False
        self.lost = optimizer.lost

    def ask(self) -> Asked | None:
        """The optimizer's answer."""
        return None if self._reached else self._optimizer.ask()

    def tell(self, asked: Asked, values: Any, cost: float = 0.0, **more: Any) -> None:
        """Pass it on."""
        self._optimizer.tell(asked, values, cost, **more)
        prepared = self._scale.prepared
        if values and asked.end >= prepared.full:
            self._full.append({**prepared.costs(asked.config), **values})
            self._reached = self._scale.score(self._full) >= self._goal


def sequence_of(prepared: Prepared, seed: int) -> list[Config]:
    """Random configurations; all of the pool where there is one."""
    rng = np.random.default_rng([seed, 7])
    if prepared.pool is not None:
        return [prepared.pool[i] for i in rng.permutation(len(prepared.pool))]
    return [prepared.draw(rng) for _ in range(MOST)]


def stops(prepared: Prepared, history: History) -> tuple[int, int]:
    """Stopped trials, and those among them whose end is on the front."""
    trials = [t for t in history.trials.values() if t.state in (TrialState.STOPPED, TrialState.COMPLETE)]
    rows = []
    for trial in trials:
        values = prepared.evaluate(trial.config, prepared.full)[0]
        missing = [float("nan")] * len(prepared.objectives)
        rows.append(prepared.row({**prepared.costs(trial.config), **values}) if values else missing)
    best = front_mask(np.array(rows).reshape(len(rows), len(prepared.objectives)))
    stopped = np.array([t.state is TrialState.STOPPED for t in trials], dtype=bool)
    return int(stopped.sum()), int(best[stopped].sum())


def measure(name: str, data: Path | None, budget: float, seeds: int) -> dict[str, Any]:
    """The figures of one benchmark."""
    prepared = load(name, data)
    scale = scale_of(prepared)
    found: dict[str, list[tuple[float, ...]]] = {s: [] for s in SCHEDULERS}
    for seed in range(seeds):
        sequence = sequence_of(prepared, seed)
        registry.SEARCHERS["listed"] = listed(sequence)
        whole = min(budget, len(sequence)) * scale.one * 1.02
        goal = spent = 0.0
        for scheduler in SCHEDULERS:
            optimizer = optimizer_of(prepared, f"listed+{scheduler}", seed, whole)
            run = Run(scheduler, seed, whole, 1)
            drive(prepared, Until(optimizer, scale, goal - 1e-9) if goal else optimizer, run, charge_thinking=False)
            course = scale.course(run)
            if scheduler == "fifo":
                goal, spent = course[-1][1], run.spent
            costs = [next((c for c, s in course if s >= share * goal - 1e-9), np.inf) for share in (1.0, 0.99)]
            found[scheduler].append((*(spent / c for c in costs), *stops(prepared, optimizer.history)))
    return {s: figures(np.array(rows)) for s, rows in found.items()}


def figures(rows: Any) -> dict[str, float]:
    """Over the seeds."""
    stopped, false = rows[:, 2].sum(), rows[:, 3].sum()
    return {
        "less time": float(np.median(rows[:, 0])),
        "less time to 99 %": float(np.median(rows[:, 1])),
        "never": int((rows[:, 0] == 0).sum()),
        "stopped": float(rows[:, 2].mean()),
        "false stops": float(false / stopped) if stopped else 0.0,
    }


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmarks", nargs="+")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--budget", type=float, default=40.0, help="in full trainings")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    report = {}
    for name in [n for b in args.benchmarks for n in expand(b)]:
        report[name] = measure(name, args.data, args.budget, args.seeds)
        for scheduler, row in report[name].items() if not args.json else ():
            told = ", ".join(f"{what} {value:.3g}" for what, value in row.items())
            print(f"{name} {scheduler}: {told}", flush=True)
    if args.json:
        print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
