"""What each part of the search engine is worth: what ``auto`` takes against itself without one part, same seeds.

    OMP_NUM_THREADS=1 python benchmarks/ablation.py --benchmark peft-curves/docstrings synthetic/peft
    OMP_NUM_THREADS=1 python benchmarks/ablation.py --benchmark lcbench/choose-on --data DIR --json > a.jsonl
    python benchmarks/ablation.py --table a.jsonl b.jsonl          # the table of what was run, also while it runs

With ``--json`` each search gives one line as it ends. Costs are in full trainings of the benchmark; thinking is free.
Scores and differences are means over seeds ± standard error; a difference is to the engine with the same benchmark and
seed, so it holds only searches that both have. "To 0.95": the mean cost of a score of 0.95, a search that never got
there counting with its whole budget. A part is left out by a subclass or another constant put in its place here; the
engine has no switch for it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from autotune.bench import lcbench, synthetic
from autotune.bench.comparing import NEAR, scaled
from autotune.bench.names import expand, load
from autotune.bench.prepared import Prepared, prepare
from autotune.bench.problem import Values
from autotune.bench.score import Scale, scale_of
from autotune.bench.simulate import Run, drive, optimizer_of, simulate
from autotune.errors import AutotuneError
from autotune.history import History
from autotune.optimizer import Optimizer
from autotune.space import SearchSpace
from autotune.space.domain import spell
from autotune.strategies.base import Setting
from autotune.strategies.mobo import basis, opening, outlook, searcher
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.encoding import Encoding
from autotune.strategies.mobo.outlooks import Outlooks
from autotune.strategies.mobo.rate import Rates
from autotune.strategies.mobo.surrogate import Surrogate
from autotune.trial import Config, Trial

ENGINE = "auto"
AT = (5.0, 10.0, 20.0)
"""Full trainings at which scores are told."""
EARLIER = 20.0
"""Full trainings of the earlier search that a warm start learns from."""
FEWEST = 4
"""Random trials of a search that trains every one in full: the engine's usual opening is counted in first levels."""
MODULES = {"outlook": outlook, "basis": basis, "opening": opening, "searcher": searcher}
Search = Callable[[Scale, float, int], Run]
"""Of a benchmark, with a budget in full trainings and a seed."""


class AllModelled(Surrogate):
    """Knows no objective: what a configuration costs is modelled from what was seen, as the metric is."""

    def __init__(self, history: History, setting: Setting, basis: Basis) -> None:
        learnt = [replace(objective, known_before_training=False) for objective in setting.objectives]
        super().__init__(history, replace(setting, objectives=learnt), basis)


class SamePace(Rates):
    """Counts trainings, not seconds: every configuration takes as long as the usual one."""

    def full(self, configs: Sequence[Config]) -> Any:
        """The usual seconds of a full training, for each."""
        return np.full(len(configs), self._usual * self._setting.full)

    def to_finish(self, trial: Trial) -> float:
        """What is missing of the training, at the usual pace."""
        ahead = self._setting.full - (trial.examples_seen if self._setting.resumes else 0)
        return max(self._usual, 1e-12) * ahead


class Told:
    """A benchmark that tells with its results only what is known before training."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        if hasattr(prepared.benchmark, "curve"):
            self.curve = self._curve

    def __getattr__(self, name: str) -> Any:
        return getattr(self._prepared.benchmark, name)

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """Everything; nothing of a training that failed."""
        values, cost = self._prepared.benchmark.evaluate(config, fidelity)
        return ({**self._prepared.costs(config), **values} if values else {}), cost

    def _curve(self, config: Config, start: int, end: int) -> Mapping[int, Values]:
        known = self._prepared.costs(config)
        return {at: {**known, **values} for at, values in self._prepared.curve(config, start, end).items()}


def told(prepared: Prepared) -> Prepared:
    """Nothing is known before training: the engine loses the exact values, and what rests on having some."""
    learnt = tuple(replace(objective, known_before_training=False) for objective in prepared.objectives)
    return replace(prepared, benchmark=Told(prepared), objectives=learnt, known=None, _seen={})  # type: ignore[arg-type]


def as_is(strategy: str = ENGINE, change: Callable[[Prepared], Prepared] = lambda p: p, **replaced: Any) -> Search:
    """A search on a changed benchmark, or with other things in the place of some of the engine's."""

    def search(scale: Scale, budget: float, seed: int) -> Run:
        with ExitStack() as stack:
            for path, value in replaced.items():
                module, _, name = path.partition("__")
                stack.enter_context(mock.patch.object(MODULES[module], name, value))
            return simulated(change(scale.prepared), strategy, budget * scale.one, budget, seed)

    return search


def simulated(prepared: Prepared, strategy: str, cost: float, trainings: float, seed: int) -> Run:
    """A search of that cost; ``auto`` goes by the full trainings."""
    return simulate(prepared, strategy, cost, seed, charge_thinking=False, trainings=trainings)


def by_method(scale: Scale, budget: float, seed: int) -> Run:
    """A search for each method, side by side, each with an even share of the budget; their results together."""
    methods = scale.prepared.space.parameters["method"].domain.options  # type: ignore[attr-defined]
    share = budget * scale.one / len(methods)
    runs = [simulated(only(scale.prepared, method), ENGINE, share, budget, seed) for method in methods]
    full = [replace(done, cost=done.cost * len(methods)) for run in runs for done in run.full]
    joined = Run("by method", seed, budget * scale.one, 1, sorted(full, key=lambda done: done.cost))
    joined.trials, joined.pieces = sum(run.trials for run in runs), sum(run.pieces for run in runs)
    joined.spent = sum(run.spent for run in runs)
    return joined


def only(prepared: Prepared, method: Any) -> Prepared:
    """The benchmark with one method."""
    space = SearchSpace.from_dict(prepared.space.to_dict(), overrides={"method": method})
    pool = prepared.pool and tuple(c for c in prepared.pool if spell(c["method"]) == spell(method))
    return replace(prepared, space=space, pool=pool)


def warm(scale: Scale, budget: float, seed: int, data: Path | None) -> Run:
    """A search that was told of an earlier one, on another task."""
    prepared, cost = scale.prepared, budget * scale.one
    source = source_of(prepared.name, data)
    assert source is not None
    optimizer = Optimizer(
        prepared.space,
        prepared.objectives,
        ENGINE,
        seed,
        full=prepared.full,
        lowest=prepared.lowest,
        budget=cost,
        trainings=budget,
        resumes=prepared.resumes,
        known=prepared.known,
        refuse=prepared.refuse,
        pool=prepared.pool,
        losses=prepared.losses,
        warm_start=[earlier(source, data, seed)],
    )
    return drive(prepared, optimizer, Run("warm", seed, cost, 1), charge_thinking=False)


@cache
def earlier(source: str, data: Path | None, seed: int) -> Optimizer:
    """What random search under ASHA found on another task."""
    prepared = other_peft() if source == "another synthetic/peft" else load(source, data)
    budget = EARLIER * scale_of(prepared).one
    optimizer = optimizer_of(prepared, "random+asha", 100 + seed, budget)
    drive(prepared, optimizer, Run("earlier", seed, budget, 1), charge_thinking=False)
    return optimizer


@cache
def other_peft() -> Prepared:
    """The made-up problem with other layers that matter."""
    return prepare(synthetic.Peft(seed=1))


def source_of(name: str, data: Path | None) -> str | None:
    """The other task that a search is told of: LCBench's next one to choose on, the recording of MRPC."""
    group, _, task = name.partition("/")
    if name == "synthetic/peft":
        return "another synthetic/peft"
    if group == "lcbench" and task in lcbench.CHOOSE_ON:
        return f"lcbench/{lcbench.CHOOSE_ON[(lcbench.CHOOSE_ON.index(task) + 1) % len(lcbench.CHOOSE_ON)]}"
    if name == "peft-curves/docstrings":
        for other in ("peft-curves/mrpc", "peft-curves/mrpc-1000"):
            try:
                load(other, data)
            except AutotuneError:
                continue
            return other
    return None


def knows(prepared: Prepared) -> bool:
    """Whether an objective is known before training."""
    return any(o.known_before_training for o in prepared.objectives)


def paces_differ(prepared: Prepared) -> bool:
    """Whether configurations differ in what a full training costs."""
    rng = np.random.default_rng(0)
    costs = [prepared.cost(prepared.draw(rng), 0, prepared.full) for _ in range(20)]
    return max(costs) > 1.05 * min(costs)


def shares(prepared: Prepared) -> bool:
    """Whether parameters of different methods share dimensions."""
    return Encoding(prepared.space).scales < Encoding(prepared.space, share=False).scales


@dataclass(frozen=True)
class Part:
    """The engine without something."""

    about: str
    search: Search
    applies: Callable[[Prepared], bool] = bool
    """Whether a benchmark has what is left out."""


def parts(data: Path | None) -> dict[str, Part]:
    """By name; the first is the whole engine."""
    return {
        "engine": Part("the engine", as_is()),
        "modelled": Part("known objectives modelled", as_is(outlook__Surrogate=AllModelled), knows),
        "told": Part("known objectives told with the results only", as_is(change=told), knows),
        "fifo": Part("every trial in full (mobo+fifo)", as_is("mobo+fifo")),
        "fifo-4": Part("the same, 4 random ones first", as_is("mobo+fifo", opening__opening=lambda *_: FEWEST)),
        "asha": Part("depth by halving (mobo+asha)", as_is("mobo+asha"), lambda p: not p.space.conditional),
        "gains": Part("depth by gains (mobo+freeze-thaw)", as_is("mobo+freeze-thaw"), lambda p: p.space.conditional),
        "pace": Part(
            "gain per training, not per second",
            as_is(outlook__Rates=SamePace),
            lambda p: paces_differ(p) and not p.space.conditional,
        ),
        "per-second": Part(
            "proposals by gain per second",
            as_is(searcher__Outlooks=lambda setting, basis, costs: Outlooks(setting, basis, costs=not costs)),
            lambda p: paces_differ(p) and p.space.conditional,
        ),
        "sharing": Part(
            "no dimensions shared by methods", as_is(basis__Encoding=partial(Encoding, share=False)), shares
        ),
        "joint": Part("a search for each method", by_method, lambda p: "method" in p.space.parameters),
        "warm": Part(
            "with a warm start from another task",
            partial(warm, data=data),
            lambda p: source_of(p.name, data) is not None,
        ),
        "losses": Part(
            "the metric early, not the losses", as_is(change=lambda p: replace(p, losses=False)), lambda p: p.losses
        ),
        "random": Part("for comparison: random + asha", as_is("random+asha")),
    }


def searches(
    benchmarks: Sequence[str], names: Sequence[str], data: Path | None, budget: float, seeds: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """Every search, all parts with one seed before the next seed begins."""
    made = parts(data)
    for seed in seeds:
        for benchmark in benchmarks:
            scale = scaled(benchmark, data)
            for name in names:
                if made[name].applies(scale.prepared):
                    began = time.process_time()
                    run = made[name].search(scale, budget, seed)
                    course = [(cost / scale.one, score) for cost, score in scale.course(run)]
                    yield {
                        "benchmark": benchmark,
                        "part": name,
                        "seed": seed,
                        "budget": budget,
                        "trials": run.trials,
                        "full": len(run.full),
                        "seconds": time.process_time() - began,
                        "course": course,
                    }


def score(row: Mapping[str, Any], cost: float) -> float:
    """What a search had reached by a cost."""
    return max((s for at, s in row["course"] if at <= cost * (1 + 1e-9)), default=0.0)


def near(row: Mapping[str, Any]) -> float:
    """The cost of a score of ``NEAR``, or the whole budget."""
    return min((at for at, s in row["course"] if s >= NEAR), default=row["budget"])


def table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Markdown, a table for each group of benchmarks."""
    groups = dict.fromkeys(_group(row) for row in rows)
    about = {name: part.about for name, part in parts(None).items()}
    for group, budget in groups:
        mine = [row for row in rows if _group(row) == (group, budget)]
        whole = {(r["benchmark"], r["seed"]): r for r in mine if r["part"] == "engine"}
        at = [cost for cost in AT if cost <= budget]
        yield f"\n**{group}**, {budget:g} full trainings\n"
        columns = ["engine, but", "searches", *(f"at {a:g}" for a in at)]
        columns += [*(f"difference at {a:g}" for a in dict.fromkeys((at[0], at[-1]))), "better, worse"]
        yield f"| {' | '.join([*columns, f'to {NEAR}', 'difference'])} |"
        yield f"|---|{'---:|' * (len(columns) + 1)}"
        for name in (n for n in about if any(r["part"] == n for r in mine)):
            yield _line(about[name], [r for r in mine if r["part"] == name], whole, at)


def _group(row: Mapping[str, Any]) -> tuple[str, float]:
    name = row["benchmark"]
    return ("lcbench" if name.startswith("lcbench/") else name), row["budget"]


def _line(about: str, rows: Sequence[Mapping[str, Any]], whole: Mapping[Any, Mapping[str, Any]], at: Any) -> str:
    pairs = [(r, whole[key]) for r in rows if (key := (r["benchmark"], r["seed"])) in whole]
    first, gains = ([score(r, cost) - score(e, cost) for r, e in pairs] for cost in (at[0], at[-1]))
    cells = [about, str(len(rows)), *(_mean([score(r, cost) for r in rows], ".3f") for cost in at)]
    cells += [*([_mean(first, "+.3f")] if len(at) > 1 else []), _mean(gains, "+.3f")]
    cells += [f"{sum(g > 1e-9 for g in gains)}, {sum(g < -1e-9 for g in gains)}"]
    cells += [_mean([near(r) for r in rows], ".1f"), _mean([near(r) - near(e) for r, e in pairs], "+.1f")]
    return f"| {' | '.join(cells)} |"


def _mean(values: Sequence[float], form: str) -> str:
    """Mean ± standard error."""
    if len(values) < 2:
        return format(values[0], form) if values else "–"
    return f"{np.mean(values):{form}} ± {np.std(values, ddof=1) / len(values) ** 0.5:{form.lstrip('+')}}"


def main() -> None:
    """Parse, search, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benchmark", nargs="+", default=["peft-curves/docstrings"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--budget", type=float, default=20.0, help="in full trainings; at least 5")
    parser.add_argument("--only", nargs="+", choices=list(parts(None)), default=list(parts(None)), metavar="NAME")
    parser.add_argument("--json", action="store_true", help="one line for each search")
    parser.add_argument("--table", nargs="+", type=Path, help="files of such lines; nothing is run")
    args = parser.parse_args()
    if args.budget < AT[0]:
        parser.error(f"--budget {args.budget:g} is below {AT[0]:g}, the first cost that scores are told at")
    if args.table:
        print("\n".join(table([json.loads(line) for file in args.table for line in file.read_text().splitlines()])))
        return
    import_module("scipy.stats")  # slow to load, and no part of a search
    benchmarks = [name for text in args.benchmark for name in expand(text)]
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    rows = []
    for row in searches(benchmarks, args.only, args.data, args.budget, seeds):
        rows.append(row)
        what = f"{row['benchmark']} {row['part']} seed {row['seed']}"
        line = f"{what}: {score(row, args.budget):.3f}, {row['seconds']:.0f} s"
        print(json.dumps(row) if args.json else line, flush=True)
    if not args.json:
        print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
