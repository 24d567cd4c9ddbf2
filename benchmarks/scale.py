"""How a large study fares: seconds of a decision, the share of their time that workers train, resume, status, memory.

    OMP_NUM_THREADS=1 python benchmarks/scale.py                    10,000 trials of 20 points, 64 workers
    OMP_NUM_THREADS=1 python benchmarks/scale.py --small --json     1,000 trials

Decisions: a made-up study as halving would have left it (``tests/helpers/large.py``) goes on with 64 workers, and each
decision is timed, by the clock and in processor time, which other work on the machine does not lengthen. Those up to
the second new trial, for which a resumed controller looks at the whole history once, are told apart. ``free`` is what
a free device waits for, ``fold`` what taking in a result costs. Beside it: Optuna's TPE asked at as many trials.
Workers: the controller with a real store runs a new study on virtual devices, the seconds of its own thinking, its
store's and its display's put on the virtual clock. A segment of the lowest rung lasts a 27th of ``--full-seconds``.
Store: the large study in SQLite is opened, folded and asked for its first decision, as ``resume`` does, and
``autotune status`` is run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from helpers.large import Large, filled, large
from helpers.studies import INFO

from autotune.aside import in_a_thread
from autotune.controller import search
from autotune.controller.assemble import strategy_of
from autotune.controller.loop import decision_for
from autotune.decision import Start, Stop, Thaw
from autotune.executors.simulated import SimulatedExecutor
from autotune.history import History
from autotune.store import Store
from autotune.trial import TrialKind

STRATEGIES = ("random+fifo", "random+asha", "tpe+asha", "tpe+hyperband", "mobo+freeze-thaw")
WORKERS = 64


class Clocks:
    """Seconds by the clock and of this thread's processor time."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.thread_time()

    def since(self) -> tuple[float, float]:
        """What has passed."""
        return time.perf_counter() - self._wall, time.thread_time() - self._cpu


def told(seconds: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds."""
    wall, cpu = (1000 * np.array(column) for column in zip(*seconds, strict=True))
    return {
        "median_ms": float(np.median(wall)),
        "p95_ms": float(np.quantile(wall, 0.95)),
        "median_cpu_ms": float(np.median(cpu)),
        "p95_cpu_ms": float(np.quantile(cpu, 0.95)),
    }


def thinking_ahead(study: Large) -> Large:
    """The study with what the controller of real devices gives its strategy: a thread for what can be prepared."""
    setting = replace(study.setting, aside=in_a_thread)
    return replace(study, setting=setting, strategy=strategy_of(study.spec, setting, study.fidelity))


def decisions(study: Large, history: History, count: int) -> dict[str, Any]:
    """A study goes on for so many decisions."""
    rng = np.random.default_rng(0)
    free: list[tuple[float, float]] = []
    folding: list[tuple[float, float]] = []
    kinds: Counter[str] = Counter()
    warming: list[tuple[float, float]] = []
    while len(free) < count:
        running = history.running
        trial = running[int(rng.integers(len(running)))]
        returned = study.returned(history, trial, history.decisions)
        clocks = Clocks()
        history = history.after(returned)
        folding.append(clocks.since())
        while len(history.running) < WORKERS and len(free) < count:
            clocks = Clocks()
            answer = study.strategy.next(history, np.random.default_rng([0, history.draw]))
            (warming if kinds["start"] < 2 else free).append(clocks.since())
            if not isinstance(answer, Start | Thaw | Stop):
                raise SystemExit(f"the study is over: {answer}")
            kinds[type(answer).__name__.lower()] += 1
            history = history.after(decision_for(answer, history, study.setting))
    slowest = {"slowest_first_ms": 1000 * max(warming)[0], "slowest_first_cpu_ms": 1000 * max(c for _, c in warming)}
    return {"decisions": count, "kinds": dict(kinds), **slowest, "free": told(free), "fold": told(folding)}


def optuna_asks(study: Large, history: History, count: int) -> dict[str, Any]:
    """Optuna's TPE, multivariate and over the same conditional space, fed all trials once and asked again and again."""
    import optuna

    from autotune.strategies.optuna_space import ask, to_optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(multivariate=True, group=True, constant_liar=True, seed=0)
    asked = optuna.create_study(sampler=sampler, directions=["maximize", "minimize"])
    for trial in history.trials.values():
        if trial.curve and trial.config.keys() <= study.setting.space.parameters.keys() and len(trial.config) > 2:
            params, distributions = to_optuna(study.setting.space, trial.config)
            values = [trial.curve[-1].metrics["f1_accuracy"], trial.known["trainable_params"]]
            made = optuna.trial.create_trial(params=params, distributions=distributions, values=values)
            asked.add_trial(made)
    seconds = []
    for _ in range(count):
        clocks = Clocks()
        one = asked.ask()
        ask(study.setting.space, one)
        seconds.append(clocks.since())
        asked.tell(one, [0.5, 1000.0])
    return {"decisions": count, "free": told(seconds)}


def utilisation(name: str, workers: int, trials: int, full_seconds: float) -> dict[str, Any]:
    """A new study on virtual devices, the controller's own processor time on their clock."""
    study = large(*name.split("+"), seconds=full_seconds, workers=workers, budget=(f"{trials}trials",), seeds=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "autotune.db"
        executor = SimulatedExecutor(study.answer, INFO, workers, thinking=time.thread_time)
        search(study.spec, str(path), executor=executor)
        with Store.open(path) as store:
            row = store.study(study.spec.study)
            segments, searched = store.segments(row.id), store.history(row.id).trials
    trained = [s for s in segments if s.purpose == "train" and s.ended_at is not None]
    # To the last new trial of the search: after it devices stand still for want of work, not of decisions.
    last = max(s.started_at for s in trained if s.start == 0 and searched[s.trial].kind is TrialKind.SEARCH)
    busy = sum(max(0.0, min(s.ended_at, last) - s.started_at) for s in trained)
    span = last - min(s.started_at for s in trained)
    lengths = [s.ended_at - s.started_at for s in trained]
    return {
        "workers": workers, "strategy": name, "segments": len(trained), "median_segment_s": float(np.median(lengths)),
        "share": busy / (workers * span),
    }  # fmt: skip


def stored(study: Large, trials: int) -> dict[str, Any]:
    """Resume, status and memory with a SQLite store."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "autotune.db"
        filled(path, study, trials, WORKERS)
        name = f"{study.spec.searcher}+{study.spec.scheduler}"
        child = [sys.executable, __file__, "--resumed", str(path), "--strategy", name]
        told_by_child = subprocess.run(child, check=True, capture_output=True, text=True).stdout
        command = [sys.executable, "-m", "autotune", "status", study.spec.study, "--store", str(path)]
        before, began = os.times(), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        wall, after = time.perf_counter() - began, os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        size = path.stat().st_size / 1e6
        return {**json.loads(told_by_child), "status_s": wall, "status_cpu_s": cpu, "store_mb": size}


def resumed(path: str, study: Large) -> dict[str, float]:
    """What a controller does before its first decision, in a process of its own."""
    clocks = Clocks()
    before = psutil.Process().memory_info().rss / 1e6
    with Store.open(path) as store:
        row = store.study(study.spec.study)
        history = store.history(row.id)
    read = clocks.since()
    study.strategy.next(history, np.random.default_rng([0, history.draw]))
    wall, cpu = clocks.since()
    memory = psutil.Process().memory_info().rss / 1e6
    return {
        "read_s": read[0], "read_cpu_s": read[1], "resume_s": wall, "resume_cpu_s": cpu,
        "memory_mb": memory, "of_the_study_mb": memory - before,
    }  # fmt: skip


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Everything that was asked for."""
    trials, count = (1000, 40) if options.small else (10_000, 120)
    count = options.decisions or count
    names = options.strategy or STRATEGIES
    found: dict[str, Any] = {"trials": trials, "points": 20, "workers": WORKERS, "cores": os.cpu_count()}
    if "decisions" in options.parts:
        found["decisions"] = {}
        for name in names:
            study = thinking_ahead(large(*name.split("+")))
            found["decisions"][name] = decisions(study, study.history(trials, WORKERS), count)
            say(name, found["decisions"][name])
    if "optuna" in options.parts:
        study = large("random", "fifo")
        found["optuna"] = optuna_asks(study, study.history(trials), 5)
        say("Optuna's TPE", found["optuna"])
    if "utilisation" in options.parts:
        found["utilisation"] = []
        for name in names:
            for workers in (2, 8, 64):
                pieces = (40 if options.small else 100) * (1 + workers // 16)
                found["utilisation"].append(utilisation(name, workers, pieces, options.full_seconds))
                say("utilisation", found["utilisation"][-1])
    if "store" in options.parts:
        found["store"] = stored(large("random", "asha"), trials)
        say("store", found["store"])
    return found


def say(what: str, figures: Mapping[str, Any]) -> None:
    """Figures as they come, to stderr."""
    print(what, json.dumps(figures, default=lambda v: round(float(v), 3)), file=sys.stderr, flush=True)


def main() -> None:
    """Parse, measure, print."""
    parts = ("decisions", "optuna", "utilisation", "store")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="1,000 trials and fewer decisions")
    parser.add_argument("--json", action="store_true", help="the figures as JSON on stdout")
    parser.add_argument("--strategy", action="append", help=f"one of {', '.join(STRATEGIES)}; several times")
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts, help="only these")
    parser.add_argument("--decisions", type=int, help="to time for each strategy")
    parser.add_argument("--full-seconds", type=float, default=270.0, help="of a full training, for the utilisation")
    parser.add_argument("--resumed", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.resumed:
        print(json.dumps(resumed(options.resumed, large(*options.strategy[0].split("+")))))
        return
    found = measured(options)
    if options.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
