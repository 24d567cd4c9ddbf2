"""How well the end of a training is told from its beginning, on real learning curves.

    OMP_NUM_THREADS=1 python benchmarks/curves.py --data DIR...            # a table
    OMP_NUM_THREADS=1 python benchmarks/curves.py --data DIR... --json     # one JSON object

A DIR is a folder of TaskSet's curves (``*.json.gz``, lists of trainings), a folder with PEFT's MetaMath comparison
(``results.json.gz``), an ``.npz`` of arrays (trainings, points), or a recording (``.csv.gz`` of ``autotune record``).
Each metric is judged by itself. Of each training the first 6, 20 or 50 % are shown, with none or twenty finished
trainings of the same task (at most half of all); figures are means over the curves.

log score: log of the probability of the end's neighbourhood (0.2 % of the spread of all ends), above that of "the last
value" (higher is better). CRPS: divided by that of the last value (lower is better). Spearman: of the medians with the
ends. inside: share of the ends within the 90 % interval. Losses above twice the median first value are cut there: a
diverged run is diverged, whatever its number.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from autotune.curves import Curve, Posterior, extrapolate, last_value, only

SHOWN = (0.06, 0.2, 0.5)
FINISHED = (0, 20)
MOST = 150
"""Curves asked for with one set of finished ones."""
Floats = Any
Candidate = Callable[[Sequence[Curve], Sequence[Curve]], Posterior]
EXPERTS = (
    *("laws", "net", "typical gain"),
    *("regression", "regression on shape", "neighbours", "neighbours in shape"),
)
CANDIDATES: dict[str, Candidate] = {
    "last value": last_value,
    "shipped": extrapolate,
    **{name: partial(only, name) for name in EXPERTS},
}


def tables(path: Path) -> Iterator[tuple[str, Floats]]:
    """Name and values (trainings, points at equal distances, the last one at the end) of every metric of a data set."""
    if path.suffix == ".npz":
        yield from dict(np.load(path)).items()
    elif path.name.endswith(".csv.gz"):
        yield from recording(path)
    elif (path / "results.json.gz").exists():
        runs = json.loads(gzip.decompress((path / "results.json.gz").read_bytes()))
        points = [run["train_info"]["metrics"][:-1] for run in runs.values()]
        for metric in ("valid accuracy", "train loss"):
            yield f"metamath {metric}", np.array([[p[metric] for p in curve] for curve in points])
    else:
        for file in [path] if path.is_file() else sorted(path.glob("*.json.gz")):
            runs = json.loads(gzip.decompress(file.read_bytes()))
            for part in ("train", "valid"):
                yield f"{file.name.split('.')[0]} {part}", np.array([run[part]["loss"][1:] for run in runs], float)


def recording(path: Path) -> Iterator[tuple[str, Floats]]:
    """The metrics of our own recordings."""
    from autotune.bench.recording import Recording

    trials = [t for t in Recording.load(path).trials if not t.failure and t.curve]
    full = max(len(t.curve) for t in trials)
    curves = [t.curve for t in trials if len(t.curve) == full]
    for metric in curves[0][0].metrics:
        yield f"{path.name.split('.')[0]} {metric}", np.array([[p.metrics[metric] for p in c] for c in curves])


def usable(values: Floats) -> Floats:
    """Those with an end, divergence cut."""
    values = values[np.isfinite(values).all(axis=1)]
    if np.median(values[:, -1]) < np.median(values[:, 0]):  # a loss
        values = np.minimum(values, 2 * np.median(values[:, 0]))
    return values


def rounds(n: int, finished: int, seed: int) -> Iterator[tuple[Floats, Floats]]:
    """Indices of those asked for and of those finished."""
    finished = min(finished, n // 2)
    rng = np.random.default_rng(seed)
    for _ in range(4 if finished else 1):
        drawn = rng.permutation(n)
        yield drawn[finished : finished + MOST], drawn[:finished]


def judge(candidates: dict[str, Candidate], values: Floats, shown: float, finished: int, seed: int) -> dict[str, Any]:
    """The figures of every candidate, the first being what the others are compared with."""
    t = np.arange(1, values.shape[1] + 1) / values.shape[1]
    k = max(1, int(shown * len(t) + 1e-9))
    ends = values[:, -1]
    near = 1e-3 * max(float(np.ptp(np.quantile(ends, (0.05, 0.95)))), 1e-9)
    found: dict[str, list[Any]] = {name: [] for name in candidates}
    for asked, known in rounds(len(values), finished, seed):
        curves = [Curve(t[:k], values[i, :k]) for i in asked]
        complete = [Curve(t, values[i]) for i in known]
        truth = ends[asked]
        for name, candidate in candidates.items():
            post = candidate(curves, complete)
            mass = post.probability_below(truth + near) - post.probability_below(truth - near)
            inside = (post.quantile(0.05) - near <= truth) & (truth <= post.quantile(0.95) + near)
            found[name].append(np.stack([np.log(mass / 2 + 1e-9), post.crps(truth), post.median, truth, inside]))
    base = np.concatenate(next(iter(found.values())), axis=1)
    return {name: figures(parts, base) for name, parts in found.items()}


def figures(parts: Sequence[Floats], base: Floats) -> dict[str, float]:
    """Of one candidate, with a part for each set of finished trainings."""
    from scipy.stats import spearmanr

    column = np.concatenate(parts, axis=1)
    told_apart = [p for p in parts if np.ptp(p[2]) > 0 and np.ptp(p[3]) > 0]
    return {
        "log": float((column[0] - base[0]).mean()),
        "crps": float(column[1].mean() / max(base[1].mean(), 1e-12)),
        "spearman": float(np.mean([spearmanr(p[2], p[3])[0] for p in told_apart])) if told_apart else float("nan"),
        "inside": float(column[4].mean()),
    }


def timing(repeats: int = 5) -> dict[str, float]:
    """Processor milliseconds for one curve and for a thousand, with none and with twenty finished."""
    rng = np.random.default_rng(0)
    t = np.arange(1, 21) / 20
    values = (
        rng.uniform(0, 1, (1020, 1)) + np.exp(-t / rng.uniform(0.1, 1, (1020, 1))) + rng.normal(0, 0.02, (1020, 20))
    )
    complete = [Curve(t, v) for v in values[1000:]]
    partial = [Curve(t[:7], v[:7]) for v in values[:1000]]
    found = {}
    for n in (1, 1000):
        for known in (0, 20):
            took = []
            for _ in range(repeats):
                start = time.process_time()
                posterior = extrapolate(partial[:n], complete[:known])
                assert len(posterior.mean) == len(posterior.sd) == n
                took.append((time.process_time() - start) * 1e3)
            found[f"ms for {n} with {known} finished"] = float(np.median(took))
    return found


def main() -> None:
    """Parse, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="*", type=Path, default=[])
    parser.add_argument("--only", nargs="*", default=list(CANDIDATES), help="candidates")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    candidates = {name: CANDIDATES[name] for name in args.only}
    report: dict[str, Any] = {"times": timing(), "data": {}}
    for path in args.data:
        for name, table in tables(path):
            values = usable(table)
            for finished in FINISHED:
                for shown in SHOWN:
                    key = f"{name} | {finished} finished | {shown:.0%}"
                    report["data"][key] = judge(candidates, values, shown, finished, seed=1)
                    if not args.json:
                        show(key, len(values), report["data"][key])
    print(json.dumps(report, indent=1) if args.json else report["times"])


def show(key: str, n: int, found: dict[str, dict[str, float]]) -> None:
    """One block of the table."""
    print(f"{key} ({n} curves)")
    for name, row in found.items():
        line = "  ".join(f"{what} {row[what]:+.2f}" for what in ("log", "crps", "spearman", "inside"))
        print(f"  {name:20} {line}")


if __name__ == "__main__":
    main()
