"""Tree-structured Parzen estimators over conditional spaces and several objectives."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from autotune import pareto
from autotune.errors import AutotuneError
from autotune.history import History
from autotune.pareto import Floats
from autotune.space import Choice, Float, Int, Layers, Parameter
from autotune.strategies.base import Setting
from autotune.strategies.estimate import estimates
from autotune.strategies.proposals import Proposals
from autotune.strategies.rungs import counts_as_loser, violation
from autotune.trial import Config, Trial, TrialKind, TrialState, Value

if TYPE_CHECKING:
    import optuna

_ASKS = 12
"""Proposals that may be refused or known before a random one is taken."""


class Tpe:
    """Optuna's multi-objective TPE (Ozaki et al. 2022; multivariate and grouped by condition), fed from the history.

    Each suggestion builds an in-memory Optuna study from the trials and asks it, so nothing is kept between
    suggestions. A trial enters with its known costs, exact, and its learnt metrics as ``estimates`` says; one that
    failed by its own fault with the worst of each that was seen; one not scored yet as running, which TPE keeps away
    from. Lost trials and repeats stay out. Controls enter if the space allows their configuration.
    """

    def __init__(self, setting: Setting, *, startup: int = 8, explore: float = 0.1, most: int = 500) -> None:
        """Make the searcher.

        Args:
            setting: of the study.
            startup: scored trials before the model is asked; until then proposals are random.
            explore: share of random proposals afterwards.
            most: trials that are fed at most: half of them the best, the others the most recent.
        """
        self._setting = setting
        self._startup, self._explore, self._most = startup, explore, most
        self._proposals = Proposals(setting)
        self._valid: dict[int, tuple[Config, bool]] = {}

    def suggest(self, history: History, rng: np.random.Generator) -> Config | None:
        """An enqueued, modelled or random configuration that no trial holds; None if random draws find none either."""
        acceptable = self._proposals.acceptable(history)
        enqueued = self._proposals.enqueued(acceptable)
        if enqueued is not None:
            return enqueued
        explore = rng.random() < self._explore
        trials = [t for t in history.trials.values() if t.kind is not TrialKind.REPEAT and self._in_space(t)]
        if not explore and sum(bool(t.curve) for t in trials) >= self._startup:
            proposed = self._model(trials, acceptable, rng)
            if proposed is not None:
                return proposed
        return self._proposals.draw(acceptable, rng)

    def _in_space(self, trial: Trial) -> bool:
        known = self._valid.get(trial.number)
        if known is None or known[0] is not trial.config:
            try:
                self._setting.space.validate(trial.config)
                valid = True
            except AutotuneError:
                valid = False
            known = self._valid[trial.number] = (trial.config, valid)
        return known[1]

    def _model(
        self, trials: list[Trial], acceptable: Callable[[Config], bool], rng: np.random.Generator
    ) -> Config | None:
        import optuna

        seed = int(rng.integers(2**32))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            verbosity = optuna.logging.get_verbosity()
            optuna.logging.set_verbosity(optuna.logging.ERROR)
            try:
                sampler = optuna.samplers.TPESampler(
                    n_startup_trials=0, multivariate=True, group=True, constant_liar=True, seed=seed
                )
                study = optuna.create_study(sampler=sampler, directions=["minimize"] * len(self._setting.objectives))
                study.add_trials(self._feed(trials))
                for _ in range(_ASKS):
                    asked = study.ask()
                    config = self._setting.space.walk(lambda parameter: _suggest(asked, parameter))  # noqa: B023
                    if acceptable(config):
                        return config
                    study.tell(asked, state=optuna.trial.TrialState.FAIL)
            finally:
                optuna.logging.set_verbosity(verbosity)
        return None

    def _feed(self, trials: list[Trial]) -> list[optuna.trial.FrozenTrial]:
        import optuna

        setting = self._setting
        values = estimates(trials, setting.levels, setting.objectives)
        scored = np.asarray(np.isfinite(values).all(axis=1))
        failed = np.array([counts_as_loser(t) for t in trials], dtype=bool)
        if scored.any():
            low, high = values[scored].min(axis=0), values[scored].max(axis=0)
            values = (values - low) / np.where(high > low, high - low, 1.0)
            values[failed] = 1.0
        fed = []
        for i in _subset(values, scored | failed, self._most):
            params, distributions = _to_optuna(setting, trials[i].config)
            broken = violation(trials[i], setting.constraints)
            fed.append(
                optuna.trial.create_trial(
                    params=params,
                    distributions=distributions,
                    values=values[i].tolist(),
                    constraints={"costs": broken} if setting.constraints else None,
                )
            )
        for i, trial in enumerate(trials):
            if not (scored[i] or failed[i]) and trial.state in (TrialState.RUNNING, TrialState.PAUSED):
                params, distributions = _to_optuna(setting, trial.config)
                state = optuna.trial.TrialState.RUNNING
                fed.append(optuna.trial.create_trial(state=state, params=params, distributions=distributions))
        return fed


def _subset(values: Floats, usable: Any, most: int) -> Sequence[int]:
    """Indices to feed, ascending: all, or the best half by fronts and then the most recent."""
    indices = np.flatnonzero(usable)
    if len(indices) > most:
        best = indices[pareto.order(values[indices], 0)[: most // 2]]
        recent = np.setdiff1d(indices, best)[-(most - len(best)) :]
        indices = np.sort(np.concatenate((best, recent)))
    return indices.tolist()


def _distributions(parameter: Parameter) -> dict[str, optuna.distributions.BaseDistribution]:
    """The Optuna distributions that stand for a parameter: options by index, a layer subset as a bit for each layer."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    domain = parameter.domain
    if isinstance(domain, Float):
        return {parameter.name: FloatDistribution(domain.low, domain.high, log=domain.log)}
    if isinstance(domain, Int):
        return {parameter.name: IntDistribution(domain.low, domain.high, log=domain.log)}
    if isinstance(domain, Choice):
        return {parameter.name: CategoricalDistribution(range(len(domain.options)))}
    if isinstance(domain, Layers):
        return {f"{parameter.name}[{i}]": CategoricalDistribution((False, True)) for i in range(domain.width)}
    return {parameter.name: CategoricalDistribution((False, True))}


def _suggest(trial: optuna.trial.Trial, parameter: Parameter) -> Value:
    name, domain = parameter.name, parameter.domain
    if isinstance(domain, Float):
        return trial.suggest_float(name, domain.low, domain.high, log=domain.log)
    if isinstance(domain, Int):
        return trial.suggest_int(name, domain.low, domain.high, log=domain.log)
    if isinstance(domain, Choice):
        return domain.options[trial.suggest_categorical(name, range(len(domain.options)))]
    if isinstance(domain, Layers):
        return domain.from_bits([trial.suggest_categorical(f"{name}[{i}]", (False, True)) for i in range(domain.width)])
    return trial.suggest_categorical(name, (False, True))


def _to_optuna(setting: Setting, config: Config) -> tuple[dict[str, Any], dict[str, Any]]:
    params: dict[str, Any] = {}
    distributions: dict[str, Any] = {}

    def record(parameter: Parameter) -> Value:
        value, domain = config[parameter.name], parameter.domain
        own = _distributions(parameter)
        distributions.update(own)
        if isinstance(domain, Layers):
            params.update(zip(own, domain.bits(cast(tuple[int, ...], value)), strict=True))
        elif isinstance(domain, Choice):
            params[parameter.name] = domain.encode(value).index(1.0)
        else:
            params[parameter.name] = value
        return value

    setting.space.walk(record)
    return params, distributions
