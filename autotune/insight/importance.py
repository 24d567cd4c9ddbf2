"""Which parameters of the search space mattered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from autotune.errors import AutotuneError
from autotune.facts import ModelFacts
from autotune.history import History
from autotune.objectives import COSTS, Objective
from autotune.space import Choice, Float, Int, Layers, PerLayer, SearchSpace
from autotune.strategies.rungs import level_points, minimized, observed
from autotune.trial import Config, Trial, TrialKind

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

SAMPLES = 150
"""Random configurations of which a known cost is computed."""
FEWEST = 10
"""Trials below which nothing is said."""
_FANOVA_UNTIL = 150
"""Trials up to which fANOVA's forest is quick enough; above, PED-ANOVA, which is nearly free, has enough of them."""
_TOP = 0.2
"""The best share of trials that PED-ANOVA compares with all."""
ALL = "all methods"
Feature = tuple[float | int, int]
"""A value, and the number of options of a choice; 0 for a number within [0, 1]."""


def importance(
    history: History,
    space: SearchSpace,
    objectives: Sequence[Objective],
    levels: Sequence[int],
    facts: ModelFacts | None = None,
) -> pd.DataFrame:
    """The importance of every parameter for every objective, over all methods and within each.

    Over all methods only what every configuration has can be compared: the method, and parameters that end on the same
    word (``lr``), each as a place within its own range. A layer subset is told by how many and how deep its layers are.

    Args:
        history: of the study.
        space: bound to the model.
        objectives: of the study.
        levels: fidelities in examples, ascending.
        facts: of the model; with them costs known before training are told from random configurations. A search's own
            trials lie where it looked, and what goes together there would seem to matter.

    Returns:
        ``objective``, ``scope`` (``all methods`` or a method's name), ``parameter``, ``importance`` (shares of one
        within objective and scope), ``trials`` (or random configurations) that were
        asked, ``examples`` at which they were compared (0 where the
        objective does not depend on training), ``by`` (``fANOVA`` or ``PED-ANOVA``). Scopes with fewer than ten trials
        are left out.
    """
    rows: list[dict[str, Any]] = []
    for objective in objectives:
        sampled = _sampled(space, objective, facts) if facts and objective.known_before_training else ([], [])
        configs, values, examples = (*sampled, 0) if sampled[0] else _observed(history, objective, levels)
        scopes: dict[str, list[int]] = defaultdict(list)
        for i, config in enumerate(configs):
            scopes[str(config.get("method", ""))].append(i)
        # Over all methods the parameters that set a cost (rank, size) are not there to explain it.
        wanted = scopes if len(scopes) < 2 or sampled[0] else {ALL: list(range(len(configs))), **scopes}
        for scope, members in wanted.items():
            features = [_features(configs[i], space) for i in members]
            shares, by = _evaluate(features, np.array([values[i] for i in members]))
            about = {"trials": len(members), "examples": examples, "by": by}
            rows += [
                {"objective": objective.name, "scope": scope, "parameter": name, "importance": share, **about}
                for name, share in shares.items()
            ]
    columns = ["objective", "scope", "parameter", "importance", "trials", "examples", "by"]
    return pd.DataFrame(rows, columns=columns)


def _observed(history: History, objective: Objective, levels: Sequence[int]) -> tuple[list[Config], list[float], int]:
    """Configurations of the search with their minimised values, and the fidelity at which they were compared.

    A metric is compared at the highest level that enough trials have reached: at the end there may be few.
    """
    search = [t for t in history.trials.values() if t.kind is TrialKind.SEARCH]
    if objective.name in COSTS:
        found = [(t, t.value(objective.name)) for t in search]
        return *_finite(found, objective), 0
    reached = [{**level_points(t, levels)} for t in search]
    counts = [sum(i in points for points in reached) for i in range(len(levels))]
    enough = [i for i, n in enumerate(counts) if n >= 2 * FEWEST]
    level = max(enough, default=int(np.argmax(counts)) if counts else 0)
    found = [(t, observed(t, p[level], objective)) for t, p in zip(search, reached, strict=True) if level in p]
    return *_finite(found, objective), levels[level]


def _sampled(space: SearchSpace, objective: Objective, facts: ModelFacts) -> tuple[list[Config], list[float]]:
    """Random configurations that the model can have, with a cost; nothing where it cannot be computed here."""
    from autotune.methods.costing import costs

    rng, found = np.random.default_rng(0), []
    for _ in range(SAMPLES):
        config = space.sample(rng)
        with suppress(AutotuneError):  # not for this model, or of a plugin that is not loaded
            found.append((config, minimized(objective, costs(config, facts).get(objective.name))))
    kept = [(c, float(v)) for c, v in found if np.isfinite(v)]
    return [c for c, _ in kept], [v for _, v in kept]


def _finite(found: Sequence[tuple[Trial, float | None]], objective: Objective) -> tuple[list[Config], list[float]]:
    kept = [(t, v) for t, value in found if np.isfinite(v := minimized(objective, value))]
    return [t.config for t, _ in kept], [float(v) for _, v in kept]


def _features(config: Config, space: SearchSpace) -> dict[str, Feature]:
    """Numbers by the last word of their parameter."""
    found: dict[str, Feature] = {}
    for name, value in config.items():
        if name not in space.parameters:
            continue  # an enqueued configuration may set more than the space searches
        domain, word = space.parameters[name].domain, name.rpartition(".")[2]
        if isinstance(domain, Float | Int):
            found[word] = (domain.encode(value)[0], 0)
        elif isinstance(domain, Layers | PerLayer):
            weights = np.array(domain.encode(value))
            found[f"{word}: how many"] = (float(weights.mean()), 0)
            depth = np.arange(len(weights)) / max(1, len(weights) - 1)
            found[f"{word}: how deep"] = (float(np.average(depth, weights=weights)) if weights.any() else 0.5, 0)
        elif isinstance(domain, Choice):
            found[word] = (domain.encode(value).index(1.0), len(domain.options))
        else:
            found[word] = (int(bool(value)), 2)
    return found


def _evaluate(features: Sequence[Mapping[str, Feature]], values: np.ndarray) -> tuple[dict[str, float], str]:
    """Shares by parameter, highest first, and who says so; nothing below ``FEWEST`` trials or for equal values."""
    by = "fANOVA" if len(features) <= _FANOVA_UNTIL else "PED-ANOVA"
    if len(features) < FEWEST or np.ptp(values) == 0:
        return {}, by
    common = set.intersection(*(set(f) for f in features))
    varied = [n for n in features[0] if n in common and len({f[n][0] for f in features}) > 1]
    if not varied:
        return {}, by
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator, get_param_importances

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # it would announce a study that is none of the user's
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    optuna.logging.set_verbosity(verbosity)
    distributions = {n: _distribution([f[n] for f in features]) for n in varied}
    study.add_trials(
        optuna.trial.create_trial(params={n: f[n][0] for n in varied}, distributions=distributions, value=float(v))
        for f, v in zip(features, values, strict=True)
    )
    evaluator = (
        FanovaImportanceEvaluator(n_trees=32, seed=0)
        if by == "fANOVA"
        else PedAnovaImportanceEvaluator(target_quantile=_TOP)
    )
    shares = get_param_importances(study, evaluator=evaluator)
    return {name: float(share) for name, share in shares.items()}, by


def _distribution(values: Sequence[Feature]) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    options = max(v[1] for v in values)
    if options == 0:
        return FloatDistribution(0.0, 1.0)
    return CategoricalDistribution(cast(Sequence[Any], range(options)))
