"""Tree-structured Parzen estimators over conditional spaces and several objectives."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from autotune import pareto
from autotune.errors import AutotuneError
from autotune.history import History
from autotune.pareto import Floats
from autotune.strategies.base import Setting
from autotune.strategies.estimate import at_one_level
from autotune.strategies.optuna_space import ask, to_optuna
from autotune.strategies.proposals import Proposals
from autotune.strategies.rungs import violation
from autotune.trial import Config, Trial, TrialKind, TrialState

if TYPE_CHECKING:
    import optuna

_ASKS = 12
"""Proposals that may be refused or known before a random one is taken."""


class Tpe:
    """Optuna's multi-objective TPE (Ozaki et al. 2022; multivariate and grouped by condition), fed from the history.

    Each suggestion builds an in-memory Optuna study from the trials and asks it, so nothing is kept between
    suggestions. Which value a trial gives is what ``at_one_level`` says: model at the highest fidelity that enough
    trials reached, as BOHB does (Falkner et al. 2018), never at the lowest rung, whose leaders are those that learn
    fast; the trials left behind below it are bad ones. Known costs enter exactly. Trials not scored yet enter as
    running, from which TPE keeps away. Lost trials and repeats stay out. Controls enter if the space allows their
    configuration.
    """

    def __init__(self, setting: Setting, *, enough: int = 8, explore: float = 0.1, most: int = 500) -> None:
        """Make the searcher.

        Args:
            setting: of the study.
            enough: trials scored beyond the lowest rung before the model is asked; until then proposals are random.
            explore: share of random proposals afterwards.
            most: scored trials that are fed at most: half of them the best, the others the most recent.
        """
        self._setting = setting
        self._enough, self._explore, self._most = enough, explore, most
        self._proposals = Proposals(setting)
        self._valid: dict[int, tuple[Config, bool]] = {}

    def suggest(self, history: History, rng: np.random.Generator) -> Config | None:
        """An enqueued, modelled or random configuration that no trial holds; None if random draws find none either."""
        acceptable = self._proposals.acceptable(history)
        enqueued = self._proposals.enqueued(acceptable)
        if enqueued is not None:
            return enqueued
        if rng.random() >= self._explore:
            trials = [t for t in history.trials.values() if t.kind is not TrialKind.REPEAT and self._in_space(t)]
            values = at_one_level(trials, self._setting, self._enough)
            if values is not None and (proposed := self._model(trials, values, acceptable, rng)) is not None:
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
        self, trials: list[Trial], values: Floats, acceptable: Callable[[Config], bool], rng: np.random.Generator
    ) -> Config | None:
        import optuna

        seed = int(rng.integers(2**32))
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                sampler = optuna.samplers.TPESampler(
                    n_startup_trials=0, multivariate=True, group=True, constant_liar=True, seed=seed
                )
            study = optuna.create_study(sampler=sampler, directions=["minimize"] * values.shape[1])
            study.add_trials(self._feed(trials, values))
            for _ in range(_ASKS):
                asked = study.ask()
                config: Config | None = ask(self._setting.space, asked)
                if self._setting.pool is not None and config is not None:
                    return self._proposals.nearest(config, acceptable)
                if config is not None and acceptable(config):
                    return config
                study.tell(asked, state=optuna.trial.TrialState.FAIL)
        finally:
            optuna.logging.set_verbosity(verbosity)
        return None

    def _feed(self, trials: list[Trial], values: Floats) -> list[optuna.trial.FrozenTrial]:
        from optuna.trial import TrialState as OptunaState
        from optuna.trial import create_trial

        setting = self._setting
        fed = []
        for i in _subset(values, self._most):
            params, distributions = to_optuna(setting.space, trials[i].config)
            broken = {"costs": violation(trials[i], setting.constraints)} if setting.constraints else None
            fed.append(
                create_trial(params=params, distributions=distributions, values=values[i].tolist(), constraints=broken)
            )
        unscored = np.asarray(np.isnan(values).any(axis=1))
        for i, trial in enumerate(trials):
            if unscored[i] and trial.state in (TrialState.RUNNING, TrialState.PAUSED):
                params, distributions = to_optuna(setting.space, trial.config)
                fed.append(create_trial(state=OptunaState.RUNNING, params=params, distributions=distributions))
        return fed


def _subset(values: Floats, most: int) -> Sequence[int]:
    """Indices of the scored trials to feed, ascending: all, or the best half by fronts and then the most recent."""
    indices = np.flatnonzero(~np.isnan(values).any(axis=1))
    if len(indices) > most:
        best = indices[pareto.order(values[indices], 0)[: most // 2]]
        recent = np.setdiff1d(indices, best)[-(most - len(best)) :]
        indices = np.sort(np.concatenate((best, recent)))
    return indices.tolist()
