"""Optuna's TPE with Hyperband on one objective: Optuna prunes no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autotune.bench.peers.base import Peer
from autotune.bench.peers.optuna_full import tpe
from autotune.bench.peers.proposing import Proposing, quiet, quiet_study
from autotune.bench.prepared import Prepared, minimized
from autotune.bench.problem import Values
from autotune.optimizer import Asked

if TYPE_CHECKING:
    from optuna.trial import Trial

_ETA = 3


class OptunaHyperband(Peer):
    """A single-objective study on the first learnt objective; what it trains in full counts with all objectives.

    Optuna knows no paused trials: one is pruned or goes on at once, at each power of three of the lowest fidelity.
    """

    def __init__(self, problem: Prepared, seed: int) -> None:
        self._problem = problem
        steps = 0
        while problem.full // _ETA ** (steps + 1) >= problem.lowest:
            steps += 1
        lowest = problem.full // _ETA**steps
        self._steps = (*(lowest * _ETA**i for i in range(steps)), problem.full)
        with quiet():
            from optuna.pruners import HyperbandPruner

            pruner = HyperbandPruner(min_resource=lowest, max_resource=problem.full, reduction_factor=_ETA)
            self._study = quiet_study(1, sampler=tpe(seed), pruner=pruner)
        self._proposing = Proposing(problem, self._study, seed)
        self._trials: dict[int, Trial] = {}
        self._going_on: list[Asked] = []

    def ask(self) -> Asked | None:
        """The next step of a trial that was not pruned, or a new one."""
        if self._going_on:
            return self._going_on.pop(0)
        with quiet():
            found = self._proposing.next()
        if found is None:
            return None
        trial, config = found
        self._trials[trial.number] = trial
        return Asked(trial.number, config, 0, self._steps[0], "proposed by Optuna", trial.number)

    def told(self, asked: Asked, values: Values | None) -> None:
        """What came of a step; the pruner says whether another follows."""
        from optuna.trial import TrialState

        trial, primary = self._trials[asked.trial], self._problem.primary
        with quiet():
            if values is None:
                self._study.tell(trial, state=TrialState.FAIL)
                return
            value = minimized(primary, values[primary.name])
            trial.report(value, asked.end)
            if asked.end >= self._problem.full:
                self._study.tell(trial, value)
            elif trial.should_prune():
                self._study.tell(trial, state=TrialState.PRUNED)
            else:
                end = next(step for step in self._steps if step > asked.end)
                self._going_on.append(Asked(asked.trial, asked.config, asked.end, end, "not pruned", asked.number))
