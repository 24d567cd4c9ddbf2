"""Optuna's multi-objective samplers, every trial trained in full."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from autotune.bench.peers.base import Peer
from autotune.bench.peers.proposing import Proposing, quiet, quiet_study
from autotune.bench.prepared import Prepared
from autotune.bench.problem import Values
from autotune.optimizer import Asked

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler
    from optuna.trial import Trial

START_UP = 4
"""Random trials before a model is asked; Optuna's default of 10 wastes a small budget."""


def random(seed: int) -> BaseSampler:
    """Random search."""
    from optuna.samplers import RandomSampler

    return RandomSampler(seed=seed)


def nsga2(seed: int) -> BaseSampler:
    """NSGA-II with generations of 20 instead of 50."""
    from optuna.samplers import NSGAIISampler

    return NSGAIISampler(population_size=20, seed=seed)


def tpe(seed: int) -> BaseSampler:
    """TPE over parameters jointly, grouped by condition."""
    from optuna.samplers import TPESampler

    return TPESampler(n_startup_trials=START_UP, multivariate=True, group=True, constant_liar=True, seed=seed)


def plain_tpe(seed: int) -> BaseSampler:
    """TPE over each parameter by itself, as Optuna does unless told otherwise."""
    from optuna.samplers import TPESampler

    return TPESampler(n_startup_trials=START_UP, constant_liar=True, seed=seed)


def gp(seed: int) -> BaseSampler:
    """The Gaussian process with LogEHVI; parameters that are conditional are drawn at random, as it works."""
    from optuna.samplers import GPSampler

    return GPSampler(n_startup_trials=START_UP, seed=seed)


class OptunaFull(Peer):
    """Asks a sampler, trains in full, tells every objective; costs known before training are told as any other."""

    def __init__(self, problem: Prepared, seed: int, sampler: Callable[[int], BaseSampler]) -> None:
        self._problem = problem
        with quiet():
            made = sampler(seed)
        self._study = quiet_study(len(problem.objectives), sampler=made)
        self._proposing = Proposing(problem, self._study, seed)
        self._trials: dict[int, Trial] = {}

    def ask(self) -> Asked | None:
        """A new configuration, to be trained in full."""
        with quiet():
            found = self._proposing.next()
        if found is None:
            return None
        trial, config = found
        self._trials[trial.number] = trial
        return Asked(trial.number, config, 0, self._problem.full, "proposed by Optuna", trial.number)

    def told(self, asked: Asked, values: Values | None) -> None:
        """What came of it; a failed training is told as failed."""
        from optuna.trial import TrialState

        trial = self._trials.pop(asked.trial)
        with quiet():
            if values is None:
                self._study.tell(trial, state=TrialState.FAIL)
            else:
                self._study.tell(trial, self._problem.row({**self._problem.costs(asked.config), **values}))
