"""How long a suggestion takes where much has been learnt: 500 trials, 40 dimensions, two learnt objectives.

    OMP_NUM_THREADS=1 python benchmarks/suggestion.py --json

Random trials of a made-up problem are trained in full and told, then each strategy is asked at that history and at the
next ones, as a study grows; the first answer, for which nothing is prepared, is told apart. Seconds by the clock and of
processor time. Beside it Optuna's GPSampler, which is told the same trials.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autotune.history import History
from autotune.optimizer import Optimizer
from autotune.strategies import make_strategy
from autotune.trial import Config

Seconds = tuple[float, float]
STRATEGIES = ("mobo+fifo", "mobo+freeze-thaw")


def space(dimensions: int) -> dict[str, Any]:
    """Numbers between 0 and 1."""
    names = [f"x{i}" for i in range(dimensions)]
    return {"name": "cube", "parameters": {name: {"type": "float", "low": 0.0, "high": 1.0} for name in names}}


def values(config: Config) -> dict[str, float]:
    """Two objectives that each depend on some of the dimensions, neither known before training."""
    x = np.array([float(str(v)) for v in config.values()])
    noise = 0.01 * float(np.sin(1e4 * x.sum()))
    loss = float(((x[: len(x) // 2] - 0.3) ** 2).sum()) + noise
    return {"loss": loss, "seconds": float(x[len(x) // 4 :].sum()) + noise}


def histories(trials: int, dimensions: int, asks: int) -> list[History]:
    """What random search has learnt when a strategy is asked: after that many trials, and after each further one."""
    told = Optimizer(space(dimensions), {"loss": "minimize", "seconds": "minimize"}, "random+fifo")
    found = []
    while len(found) < asks:
        asked = told.ask()
        assert asked is not None, "a cube has always one more"
        told.tell(asked, values(asked.config), 1.0)
        if len(told.history.trials) >= trials:
            found.append(told.history)
    return found


def timed(call: Callable[[], object]) -> Seconds:
    """By the clock, and of processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def told(seconds: Sequence[Seconds]) -> dict[str, float]:
    """The first, and the median and the longest of the others."""
    wall, cpu = (np.array(column) for column in zip(*seconds[1:], strict=True))
    return {
        "first_s": seconds[0][0],
        "median_s": float(np.median(wall)),
        "longest_s": float(wall.max()),
        "first_cpu_s": seconds[0][1],
        "median_cpu_s": float(np.median(cpu)),
    }


def ours(name: str, past: Sequence[History], dimensions: int) -> dict[str, float]:
    """A strategy asked at each history."""
    setting = Optimizer(space(dimensions), {"loss": "minimize", "seconds": "minimize"}, name).setting
    strategy = make_strategy(*name.split("+"), setting)
    return told([timed(lambda h=h: strategy.next(h, np.random.default_rng(h.draw))) for h in past])  # type: ignore[misc]


def optunas(past: Sequence[History], dimensions: int) -> dict[str, float]:
    """Optuna's GPSampler asked after the same trials."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.GPSampler(seed=0)
    study = optuna.create_study(sampler=sampler, directions=["minimize", "minimize"])
    known = {name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in space(dimensions)["parameters"]}
    for trial in past[0].trials.values():
        ends = list(values(trial.config).values())
        study.add_trial(optuna.trial.create_trial(params=dict(trial.config), distributions=known, values=ends))
    return told([timed(lambda: study.ask(known)) for _ in range(3)])


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--dimensions", type=int, default=40)
    parser.add_argument("--asks", type=int, default=21)
    parser.add_argument("--json", action="store_true", help="the figures as JSON on stdout")
    options = parser.parse_args()
    past = histories(options.trials, options.dimensions, options.asks)
    figures: dict[str, Mapping[str, float]] = {n: ours(n, past, options.dimensions) for n in STRATEGIES}
    figures["Optuna's GPSampler"] = optunas(past, options.dimensions)
    if options.json:
        print(
            json.dumps({"trials": options.trials, "dimensions": options.dimensions, "suggestions": figures}, indent=1)
        )
        return
    for name, row in figures.items():
        print(name, ", ".join(f"{key} {value:.2f}" for key, value in row.items()))


if __name__ == "__main__":
    main()
