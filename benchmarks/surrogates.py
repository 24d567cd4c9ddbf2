"""How well models foretell the ends of trainings: of configurations trained in part, and of ones never tried.

    OMP_NUM_THREADS=1 python benchmarks/surrogates.py --benchmark peft-curves/docstrings synthetic/peft
    OMP_NUM_THREADS=1 python benchmarks/surrogates.py --benchmark lcbench/3945 --data DIR --json > s.jsonl
    python benchmarks/surrogates.py --table s.jsonl t.jsonl        # the table of what was run

Two kinds of history are learnt from. "mixed": n random configurations under asynchronous halving, most at the first
level, a few at the end. "full": n random configurations trained in full. Every model gets the same rows, one for each
level that a trial has reached, and is asked for the ends of the trials that are not complete (partly) and of up to 150
configurations that were never tried (unseen). With ``--json`` each model gives one line.

log: mean log density of the end in units of the spread of all ends, no case below -10 (higher is better). CRPS: from 19
quantiles, in the same units (lower is better). Spearman: of the medians with the ends. inside: share of the ends within
the 90 % interval. Seconds are the processor's, of fit and prediction. Ends far on the bad side are cut as the engine
cuts them; failed trainings count as such.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from autotune.bench.names import expand, load
from autotune.bench.prepared import Prepared
from autotune.bench.simulate import optimizer_of
from autotune.optimizer import Optimizer
from autotune.pareto import Floats
from autotune.space import SearchSpace
from autotune.space.choice import Bool, Choice
from autotune.space.domain import spell
from autotune.strategies.mobo.encoding import Encoding
from autotune.strategies.mobo.gp import Inputs
from autotune.strategies.mobo.observed import Observed, observe
from autotune.strategies.mobo.output import Output, _spans_orders
from autotune.strategies.rungs import minimized
from autotune.trial import Config

UNSEEN = 150
ENOUGH = 8
"""Trials that the plain trick wants at a level."""
FLOOR = -10.0


@dataclass(frozen=True)
class Case:
    """What a model learns from, and what it is asked."""

    space: SearchSpace
    encoding: Encoding
    observed: Observed
    configs: Sequence[Config]
    """Of ``observed.trials``."""
    column: int
    """Of the observed values."""
    asked: Sequence[Config]

    @property
    def values(self) -> Floats:
        """What was observed of this objective, minimised."""
        return self.observed.values[:, self.column]

    @property
    def log(self) -> bool:
        """Whether the engine would model the logarithm."""
        return _spans_orders(self.values, self.observed.inputs.depth)


@dataclass(frozen=True)
class Forecast:
    """A normal distribution for each end, of its logarithm where ``log`` says so."""

    middle: Floats
    variance: Floats
    log: bool = False


def usual(case: Case) -> Forecast:
    """Knows no configuration: the ends that were seen, or what the highest level has."""
    ends = case.values[case.observed.inputs.depth == case.observed.inputs.depth.min()]
    variance = max(float(ends.var()) * (1 + 1 / len(ends)), 1e-12)
    return Forecast(np.full(len(case.asked), ends.mean()), np.full(len(case.asked), variance))


def ours(case: Case) -> Forecast:
    """The engine's Gaussian process over configurations and fidelities."""
    model = Output("asked", case.observed, case.column, case.configs, case.encoding)
    points, posterior = model._at_the_end(case.asked), model._posterior
    joint = posterior.base(points)
    noise = model.parameters.scales[5] * posterior._width**2
    return Forecast(joint.mean, (joint.vectors**2 * joint.spectrum).sum(axis=1) + noise, model.log)


def highest(case: Case) -> Forecast:
    """The plain trick: the same process for the highest level that enough trials reached, shifted to the end.

    The shift, and its spread, are those of the trials that were trained in full.
    """
    depth, owner = case.observed.inputs.depth, case.observed.owner
    level = min((d for d in np.unique(depth) if (depth == d).sum() >= ENOUGH), default=depth.max())
    there = np.flatnonzero(depth == level)
    seen = case.observed
    inputs = Inputs(seen.inputs.rows[there], np.zeros(len(there)))
    only = replace(seen, owner=owner[there], inputs=inputs, values=seen.values[there])
    found = ours(replace(case, observed=only))
    values = np.log(case.values) if found.log else case.values
    told = {owner[i]: values[i] for i in there}
    steps = [values[i] - told[owner[i]] for i in np.flatnonzero(depth == 0) if owner[i] in told] if level > 0 else []
    shift, spread = (float(np.mean(steps)), float(np.var(steps))) if len(steps) > 1 else (0.0, 0.0)
    return Forecast(found.middle + shift, found.variance + spread, found.log)


def latent_kronecker(case: Case) -> Forecast:
    """BoTorch's latent-Kronecker process: configurations times levels, missing where a trial was not trained.

    With the priors of its ``SingleTaskGP``: with none, the model's own default, the fit fails here.
    """
    import torch
    from botorch.models.latent_kronecker_gp import LatentKroneckerGP
    from botorch.models.utils import gpytorch_modules as priors

    depths = np.unique(case.observed.inputs.depth)[::-1]
    values = np.log(case.values) if case.log else case.values
    grid = np.full((len(case.configs), len(depths)), np.nan)
    grid[case.observed.owner, np.searchsorted(-depths, -case.observed.inputs.depth)] = values
    shift, width = values.mean(), max(float(values.std()), 1e-12)
    steps = torch.tensor(1 - depths)[:, None]
    table = torch.tensor((grid - shift) / width)
    rows = torch.tensor(case.encoding.rows(case.configs))
    model = LatentKroneckerGP(
        rows,
        steps,
        table,
        likelihood=priors.get_gaussian_likelihood_with_lognormal_prior(),
        covar_module_X=priors.get_covar_module_with_dim_scaled_prior(rows.shape[1]),
    )
    with model.use_iterative_methods():
        _fit(model)
        found = model.posterior(torch.tensor(case.encoding.rows(case.asked)), steps[-1:])
        mean, variance = (x.detach().numpy().reshape(-1) for x in (found.mean, found.variance))
    noise = float(model.likelihood.noise) * float(model.outcome_transform.stdvs) ** 2
    return Forecast(shift + width * mean, width**2 * (np.maximum(variance, 0) + noise), case.log)


def single_task(case: Case) -> Forecast:
    """BoTorch's ``SingleTaskGP`` on the ends, with our encoding."""
    from botorch.models import SingleTaskGP

    return _of_ends(case, case.encoding.rows, SingleTaskGP)


def mixed(case: Case) -> Forecast:
    """BoTorch's ``MixedSingleTaskGP`` on the ends: choices as categories, what is inactive one of its own."""
    from botorch.models import MixedSingleTaskGP

    columns = Columns(case.space)
    return _of_ends(case, columns.rows, lambda x, y: MixedSingleTaskGP(x, y, cat_dims=columns.categories))


def hierarchical(case: Case) -> Forecast:
    """BoTorch's process with the hierarchical conditional kernel on the ends."""
    from botorch.models.hierarchical.conditional_kernel_gp import HierarchicalConditionalKernelGP

    columns = Columns(case.space)
    return _of_ends(case, columns.rows, lambda x, y: HierarchicalConditionalKernelGP(x, y, columns.dependents))


def _of_ends(case: Case, rows: Callable[[Sequence[Config]], Floats], make: Callable[[Any, Any], Any]) -> Forecast:
    import torch

    ends = np.flatnonzero(case.observed.inputs.depth == 0)
    values = np.log(case.values[ends]) if case.log else case.values[ends]
    shift, width = values.mean(), max(float(values.std()), 1e-12)
    known = rows([case.configs[i] for i in case.observed.owner[ends]])
    model = make(torch.tensor(known), torch.tensor((values - shift) / width)[:, None])
    _fit(model)
    with torch.no_grad():
        found = model.posterior(torch.tensor(rows(case.asked)), observation_noise=True)
        mean, variance = (x.numpy().reshape(-1) for x in (found.mean, found.variance))
    return Forecast(shift + width * mean, width**2 * variance, case.log)


def _fit(model: Any) -> None:
    from botorch.fit import fit_gpytorch_mll
    from gpytorch.mlls import ExactMarginalLogLikelihood

    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))


class Columns:
    """Configurations with a column for each choice, as BoTorch's mixed and hierarchical models want them."""

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self.categories: list[int] = []
        self.dependents: dict[int, dict[int | float, list[int]]] = {}
        """Parent column → option → the columns that are active with it; of choices that others hang on."""
        at, self._places = 0, {}
        for name, parameter in space.parameters.items():
            is_choice = isinstance(parameter.domain, Choice | Bool)
            here = list(range(at, at + (1 if is_choice else parameter.domain.width)))
            self._places[name] = here
            self.categories += here if is_choice else []
            for parent, options in list(parameter.when.items())[:1]:
                code = _options(space.parameters[parent].domain).index(spell(options[0]))
                self.dependents.setdefault(self._places[parent][0], {}).setdefault(code, []).extend(here)
            at += len(here)
        self._width = at

    def rows(self, configs: Sequence[Config]) -> Floats:
        """(n, width): a choice is the number of its option, and -1 where it is inactive; numbers lie in [0, 1]."""
        found = np.full((len(configs), self._width), 0.5)
        found[:, self.categories] = -1.0
        for row, config in zip(found, configs, strict=True):
            for name, value in config.items():
                domain = self._space.parameters[name].domain
                is_choice = isinstance(domain, Choice | Bool)
                row[self._places[name]] = _options(domain).index(spell(value)) if is_choice else domain.encode(value)
        return found


def _options(domain: Any) -> list[str]:
    return [spell(option) for option in (domain.options if isinstance(domain, Choice) else (False, True))]


def is_tree(space: SearchSpace) -> bool:
    """Whether a parameter hangs on another, and each on one value of one at most."""
    conditions = [parameter.when for parameter in space.parameters.values()]
    return any(conditions) and all(len(w) <= 1 and all(len(v) == 1 for v in w.values()) for w in conditions)


ANY = ("mixed", "full")
Model = tuple[str, Callable[[Case], Forecast], tuple[str, ...], Callable[[SearchSpace], bool]]
MODELS: Mapping[str, Model] = {
    "usual": ("the usual end", usual, ANY, bool),
    "ours": ("the engine's", ours, ANY, bool),
    "highest": ("the highest level with enough trials", highest, ("mixed",), bool),
    "kronecker": ("latent Kronecker", latent_kronecker, ("mixed",), bool),
    "single": ("SingleTaskGP", single_task, ("full",), bool),
    "mixed": ("MixedSingleTaskGP", mixed, ("full",), lambda space: bool(Columns(space).categories)),
    "hierarchical": ("hierarchical kernel", hierarchical, ("full",), is_tree),
}
"""What it is called, how it foretells, the histories it is made for, the spaces that it can hold."""


def history(prepared: Prepared, kind: str, n: int, seed: int) -> Optimizer:
    """A search of n random configurations."""
    optimizer = optimizer_of(prepared, "random+asha" if kind == "mixed" else "random+fifo", seed, None)
    while (asked := optimizer.ask()) is not None and asked.trial < n:
        values = prepared.evaluate(asked.config, asked.end)[0]
        optimizer.tell(asked, values or None, prepared.cost(asked.config, asked.start, asked.end))
    return optimizer


def cases(prepared: Prepared, optimizer: Optimizer, seed: int) -> Iterator[tuple[str, Case, Floats, float, int]]:
    """Objective, the case, the true ends, the spread of all ends, how many were trained in part; the rest is unseen."""
    setting, encoding = optimizer.setting, Encoding(prepared.space)
    learnt = [o for o in setting.objectives if not o.known_before_training]
    observed = observe(optimizer.history, setting, encoding, learnt)
    configs = [prepared.space.complete(optimizer.history.trials[number].config) for number in observed.trials]
    complete = set(observed.owner[observed.inputs.depth == 0].tolist())
    part = [config for i, config in enumerate(configs) if i not in complete]
    unseen = _unseen(prepared, configs, seed)
    for column, objective in enumerate(learnt):
        ends = _ends(prepared, [*part, *unseen], objective)
        every = ends[len(part) :][np.isfinite(ends[len(part) :])]
        most = float(np.median(every) + 3 * (np.median(every) - every.min()))
        spread = max(float(np.minimum(every, most).std()), 1e-12)
        case = Case(prepared.space, encoding, observed, configs, column, [*part, *unseen])
        yield objective.name, case, np.minimum(ends, most), spread, len(part)


def _unseen(prepared: Prepared, seen: Sequence[Config], seed: int) -> list[Config]:
    rng = np.random.default_rng([seed, 5])
    if prepared.pool is None:
        return [prepared.draw(rng) for _ in range(UNSEEN)]
    left = [config for config in map(prepared.space.complete, prepared.pool) if config not in seen]
    return [left[i] for i in rng.permutation(len(left))[:UNSEEN]]


def _ends(prepared: Prepared, configs: Sequence[Config], objective: Any) -> Floats:
    """Minimised; infinite for a training that fails."""
    found = [prepared.evaluate(config, prepared.full)[0] for config in configs]
    return np.array([minimized(objective, v[objective.name]) if v else np.inf for v in found])


def judge(forecast: Forecast, truth: Floats, spread: float, which: slice) -> dict[str, float]:
    """The figures of a forecast, for some of those asked for."""
    from scipy.stats import norm, spearmanr

    truth = truth[which]
    forecast = Forecast(forecast.middle[which], forecast.variance[which], forecast.log)
    width = np.sqrt(np.maximum(forecast.variance, 1e-16))
    aim = np.log(truth) if forecast.log else truth
    density = norm.logpdf(aim, forecast.middle, width) - (aim if forecast.log else 0.0) + np.log(spread)
    levels = np.linspace(0.05, 0.95, 19)
    quantiles = forecast.middle[:, None] + width[:, None] * norm.ppf(levels)
    quantiles = np.exp(quantiles) if forecast.log else quantiles
    off = truth[:, None] - quantiles
    told_apart = np.ptp(forecast.middle) > 0 and np.ptp(truth) > 0
    return {
        "log": float(np.maximum(density, FLOOR).mean()),
        "crps": float(2 * np.maximum(levels * off, (levels - 1) * off).mean() / spread),
        "spearman": float(spearmanr(forecast.middle, truth)[0]) if told_apart else float("nan"),
        "inside": float(((quantiles[:, 0] <= truth) & (truth <= quantiles[:, -1])).mean()),
    }


def measure(name: str, prepared: Prepared, kind: str, n: int, seed: int, only: Sequence[str]) -> Iterator[Any]:
    """A row for each objective, model and kind of configuration asked for."""
    optimizer = history(prepared, kind, n, seed)
    ends = len(optimizer.complete())
    for objective, case, truth, spread, partly in cases(prepared, optimizer, seed):
        for model in only:
            _, foretell, kinds, holds = MODELS[model]
            if kind not in kinds or not holds(prepared.space):
                continue
            head = {"benchmark": name, "objective": objective, "history": kind, "n": n, "ends": ends, "model": model}
            began = time.process_time()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    forecast = foretell(case)
            except (ValueError, RuntimeError, np.linalg.LinAlgError) as error:
                yield {**head, "seed": seed, "asked": "unseen", "problem": f"{type(error).__name__}: {error}"[:200]}
                continue
            took = time.process_time() - began
            for asked, which in (("partly", slice(partly)), ("unseen", slice(partly, None))):
                if len(truth[which]) > 2:
                    figures = judge(forecast, truth, spread, which)
                    yield {**head, "seed": seed, "asked": asked, **figures, "seconds": took}


def table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Markdown: means over seeds, objectives and the benchmarks of a group."""
    for key in dict.fromkeys(_group(row) for row in rows):
        mine = [row for row in rows if _group(row) == key]
        group, kind, n, who = key
        yield f"\n**{group}**, {n} trials, {kind} ({np.mean([r['ends'] for r in mine]):.0f} ends), asked: {who}\n"
        yield "| model | cases | log | CRPS | Spearman | inside | seconds |\n|---|---:|---:|---:|---:|---:|---:|"
        for model in (m for m in MODELS if any(r["model"] == m for r in mine)):
            asked = [r for r in mine if r["model"] == model]
            good = [r for r in asked if "problem" not in r]
            cells = [MODELS[model][0], str(len(good)) + f" of {len(asked)}" * (len(good) < len(asked))]
            cells += [_mean([r[k] for r in good]) for k in ("log", "crps", "spearman", "inside")]
            cells += [f"{np.median([r['seconds'] for r in good]):.2g}" if good else "–"]
            yield f"| {' | '.join(cells)} |"


def _group(row: Mapping[str, Any]) -> tuple[Any, ...]:
    name, _, rest = row["benchmark"].partition("/")
    return name if name in ("lcbench", "taskset") else f"{name}/{rest}", row["history"], row["n"], row["asked"]


def _mean(values: Sequence[float]) -> str:
    """Mean ± standard error of what is a number."""
    found = np.array([v for v in values if np.isfinite(v)])
    if not len(found):
        return "–"
    error = f" ± {found.std(ddof=1) / len(found) ** 0.5:.2f}" if len(found) > 1 else ""
    return f"{found.mean():.2f}{error}"


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benchmark", nargs="+", default=["peft-curves/docstrings"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--mixed", nargs="*", type=int, default=[30, 60], metavar="N", help="trials, under halving")
    parser.add_argument("--full", nargs="*", type=int, default=[20, 40], metavar="N", help="trials, trained in full")
    parser.add_argument("--only", nargs="+", choices=list(MODELS), default=list(MODELS), metavar="NAME")
    parser.add_argument("--json", action="store_true", help="one line for each model asked")
    parser.add_argument("--table", nargs="+", type=Path, help="files of such lines; nothing is run")
    args = parser.parse_args()
    if args.table:
        print("\n".join(table([json.loads(line) for file in args.table for line in file.read_text().splitlines()])))
        return
    names = [name for text in args.benchmark for name in expand(text)]
    histories = [*(("mixed", n) for n in args.mixed), *(("full", n) for n in args.full)]
    rows = []
    for seed, name, (kind, n) in product(range(args.seeds), names, histories):
        for row in measure(name, load(name, args.data), kind, n, seed, args.only):
            rows.append(row)
            if args.json:
                print(json.dumps(row), flush=True)
    if not args.json:
        print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
