"""Tree-structured Parzen estimators over conditional spaces and several objectives."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from autotune.errors import AutotuneError
from autotune.history import History
from autotune.pareto import Floats
from autotune.strategies.base import Setting, Suggestion
from autotune.strategies.board import Board
from autotune.strategies.estimate import at_one_level
from autotune.strategies.optuna_space import ask, to_optuna
from autotune.strategies.optuna_study import Said, sampler_for, told
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
        self._board = Board(setting)
        self._valid: dict[int, tuple[Config, bool]] = {}
        self._said: dict[int, tuple[Config, Said]] = {}

    def suggest(self, history: History, rng: np.random.Generator) -> Suggestion | None:
        """An enqueued, modelled or random configuration that no trial holds; None if random draws find none either."""
        acceptable = self._proposals.acceptable(history)
        first = self._proposals.first(acceptable)
        if first is not None:
            return first
        if rng.random() >= self._explore:
            trials = self._telling(history)
            values = at_one_level(trials, self._setting, self._enough)
            if values is not None:
                proposed = self._model(trials, values, acceptable, rng)
                if proposed is not None:
                    return Suggestion(proposed, f"by TPE on {len(trials):,} trials")
                return self._proposals.random(acceptable, rng, "random: TPE came by nothing new that may run")
        return self._proposals.random(acceptable, rng)

    def _telling(self, history: History) -> list[Trial]:
        """The trials to feed, by number: all, or half of them the best, the others the most recent; and what runs."""
        self._board.bring_to(history)
        levels = range(len(self._board.rungs) - 1, min(1, len(self._board.rungs) - 1) - 1, -1)
        level = next((i for i in levels if len(self._board.rungs[i]) >= self._enough), levels[-1])
        chosen: dict[int, Trial] = {}

        def choose(numbers: Iterable[int], most: int) -> None:
            for number in numbers:
                if len(chosen) >= most:
                    return
                trial = history.trials[number]
                if trial.kind is not TrialKind.REPEAT and self._in_space(trial):
                    chosen[number] = trial

        if len(history.trials) > self._most:
            choose(self._board.rungs[level].leading(), self._most // 2)
        choose((n for n in reversed(list(history.trials)) if n not in chosen), self._most)
        under_way = [trial.number for trial in history.running if trial.number not in chosen]
        choose(under_way, self._most + len(under_way))
        return [chosen[number] for number in sorted(chosen)]

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
                sampler = sampler_for([self._as_said(trial) for trial in trials], seed)
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
        bounds = self._setting.constraints
        scored, unscored = [], []
        for trial, row in zip(trials, values, strict=True):
            if not np.isnan(row).any():
                broken = {"costs": violation(trial, bounds)} if bounds else None
                scored.append(told(self._as_said(trial), row.tolist(), broken))
            elif trial.state in (TrialState.RUNNING, TrialState.PAUSED):
                unscored.append(told(self._as_said(trial)))
        return scored + unscored

    def _as_said(self, trial: Trial) -> Said:
        """The trial's configuration in Optuna's words."""
        known = self._said.get(trial.number)
        if known is None or known[0] is not trial.config:
            if len(self._said) > 4 * self._most:
                self._said.clear()
            known = self._said[trial.number] = (trial.config, to_optuna(self._setting.space, trial.config))
        return known[1]
