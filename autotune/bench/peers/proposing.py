"""Optuna trials for a benchmark: what may run, nothing twice, and members of a pool only where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from autotune.bench.peers.members import Members
from autotune.bench.prepared import Prepared, identity
from autotune.strategies.optuna_space import ask, to_optuna
from autotune.trial import Config

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import Trial

_ASKS = 20
"""Proposals that may be refused or known before a random configuration is taken."""


class Proposing:
    """Asks an Optuna study for configurations.

    A pool: the member that is nearest to the proposal (in the encoding of the space) among those not tried yet stands
    in for it, and the study learns of the member, not of the proposal. Conditional spaces: a trial is asked for the
    active parameters only; a layer subset is one category for each layer.
    """

    def __init__(self, problem: Prepared, study: Study, seed: int) -> None:
        self._problem, self._study = problem, study
        self._rng = np.random.default_rng((seed, 7))
        self._tried: set[str] = set()
        self._members = Members(problem)

    def next(self) -> tuple[Trial, Config] | None:
        """A trial under way and its configuration; None when the pool is used up."""
        space, pool = self._problem.space, self._problem.pool
        for _ in range(_ASKS):
            trial = self._study.ask()
            config: Config = ask(space, trial)
            if pool is not None:
                member = self._members.take(config)
                if member is None:
                    self._drop(trial)
                    return None
                return self._taken(trial, config) if member == config else self._instead(trial, member)
            if self._acceptable(config):
                return self._taken(trial, config)
            self._drop(trial)
        for _ in range(10 * _ASKS):
            config = self._problem.draw(self._rng)
            if self._acceptable(config):
                return self._instead(None, config)
        return None

    def _acceptable(self, config: Config) -> bool:
        refuse = self._problem.refuse
        return identity(config) not in self._tried and (refuse is None or refuse(config) is None)

    def _taken(self, trial: Trial, config: Config) -> tuple[Trial, Config]:
        self._tried.add(identity(config))
        return trial, config

    def _instead(self, trial: Trial | None, config: Config) -> tuple[Trial, Config]:
        if trial is not None:
            self._drop(trial)
        self._study.enqueue_trial(to_optuna(self._problem.space, config)[0])
        fresh = self._study.ask()
        ask(self._problem.space, fresh)
        return self._taken(fresh, config)

    def _drop(self, trial: Trial) -> None:
        from optuna.trial import TrialState

        self._study.tell(trial, state=TrialState.FAIL)


def quiet_study(directions: int, **options: Any) -> Study:
    """A study in memory that minimises so many objectives."""
    import optuna

    with quiet():
        return optuna.create_study(directions=["minimize"] * directions, **options)


@contextmanager
def quiet() -> Iterator[None]:
    """Without Optuna's messages and its warnings of what is experimental."""
    import warnings

    import optuna

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)
