"""What a search on several devices needs, and what one would need that knew every end.

    OMP_NUM_THREADS=1 python benchmarks/devices.py peft-curves/docstrings
    OMP_NUM_THREADS=1 python benchmarks/devices.py FILE.csv.gz --strategy mobo+freeze-thaw --workers 1 4 8 --json

Device time, summed over the devices and in full trainings, until 95 % of the best hypervolume of a recorded pool. "All
knowing" takes the configurations that the strategy proposed in that very search, in their order: those that the 95 %
need are trained in full the moment their turn comes, all others to the first rung, without waiting for anything. No
scheduler can promote better than that with these proposals.
"""

from __future__ import annotations

import argparse
import heapq
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autotune.bench.names import load
from autotune.bench.score import Scale, scale_of
from autotune.bench.simulate import Run, drive, optimizer_of
from autotune.pareto import front_mask
from autotune.trial import Config

SHARE = 0.95


def needed(scale: Scale, values: Sequence[dict[str, float]]) -> set[int]:
    """The fewest of these full trainings that reach the share together, late ones left out first; empty if none do."""
    rows = np.array([scale.prepared.row(v) for v in values])
    found = [int(i) for i in np.flatnonzero(front_mask(rows))]
    if scale.score([values[i] for i in found]) < SHARE:
        return set()
    for i in reversed(found):
        fewer = [j for j in found if j != i]
        if scale.score([values[j] for j in fewer]) >= SHARE:
            found = fewer
    return set(found)


def all_knowing(scale: Scale, order: Sequence[Config], first: int, workers: int) -> float:
    """Its device time, for the number of proposals where that is least; infinite if they never reach the share."""
    prepared = scale.prepared
    values = [{**prepared.costs(c), **prepared.evaluate(c, prepared.full)[0]} for c in order]
    best = float("inf")
    for count in range(1, len(order) + 1):
        full = needed(scale, values[:count])
        free, last = [0.0] * workers, 0.0
        for i, config in enumerate(order[:count]):
            end = heapq.heappop(free) + prepared.cost(config, 0, prepared.full if i in full else first)
            heapq.heappush(free, end)
            last = max(last, end) if i in full else last
        if full:
            best = min(best, last * workers)
    return best


def measure(scale: Scale, strategy: str, workers: int, seed: int, budget: float) -> tuple[float, float]:
    """Device time of the strategy, and of the one who knows, in full trainings."""
    optimizer = optimizer_of(scale.prepared, strategy, seed, budget * scale.one, budget)
    run = drive(scale.prepared, optimizer, Run(strategy, seed, budget * scale.one, workers), charge_thinking=False)
    order = [trial.config for trial in optimizer.history.trials.values()]
    took = next((cost for cost, score in scale.course(run) if score >= SHARE), float("inf"))
    return took / scale.one, all_knowing(scale, order, optimizer.setting.levels[0], workers) / scale.one


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--strategy", default="mobo+asha")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--budget", type=float, default=40.0, help="in full trainings")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    scale = scale_of(load(args.benchmark, args.data))
    figures: dict[int, Any] = {}
    for workers in args.workers:
        rows = np.array([measure(scale, args.strategy, workers, seed, args.budget) for seed in range(args.seeds)])
        took, least = np.median(rows, axis=0)
        figures[workers] = {"to 95 %": float(took), "all knowing": float(least)}
        if not args.json:
            told = f"{took:.1f} trainings to 95 %, all knowing {least:.1f}"
            print(f"{args.strategy}, {workers} workers: {told}", flush=True)
    if args.json:
        about = {"benchmark": args.benchmark, "strategy": args.strategy, "seeds": args.seeds}
        print(json.dumps({**about, "workers": figures}, indent=1))


if __name__ == "__main__":
    main()
