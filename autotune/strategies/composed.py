"""A searcher and a scheduler side by side."""

from __future__ import annotations

import numpy as np

from autotune.decision import Answer, Done, Start, Thaw, Wait
from autotune.history import History
from autotune.strategies.base import Launch, Scheduler, Searcher, Setting
from autotune.strategies.estimate import estimates
from autotune.strategies.rungs import Comparison, next_level, violation
from autotune.trial import TrialKind, TrialState


class Composed:
    """The scheduler says when a new trial is worth its training, the searcher says which."""

    def __init__(self, searcher: Searcher, scheduler: Scheduler, setting: Setting) -> None:
        self._searcher, self._scheduler, self._setting = searcher, scheduler, setting

    def next(self, history: History, rng: np.random.Generator) -> Answer:
        """The scheduler's answer, its launches filled in by the searcher.

        Once the budget's number of trials has been launched, those that there are are brought to their end. So are they
        when the searcher finds nothing new; then also the ones that the scheduler passed over go on, the best first, as
        nothing else deserves the devices.
        """
        answer = self._scheduler.next(history, launching=history.launching)
        if not isinstance(answer, Launch):
            return answer
        found = self._searcher.suggest(history, rng)
        if found is not None:
            reason = f"{answer.reason}; {found.reason}"
            return Start(found.config, answer.end, reason, seed=self._setting.seed, bracket=answer.bracket)
        ending = self._scheduler.next(history, launching=False)
        if isinstance(ending, Launch | Done):
            return self._passed_over(history)
        return ending

    def _passed_over(self, history: History) -> Answer:
        setting = self._setting
        paused = [t for t in history.trials.values() if t.kind is TrialKind.SEARCH and t.state is TrialState.PAUSED]
        if paused:
            values = estimates(paused, setting.levels, setting.compared_by(0))
            broken = np.array([violation(t, setting.constraints) for t in paused])
            trial = paused[int(Comparison(paused, values, broken).order()[0])]
            end = next_level(trial, setting.levels)
            return Thaw(trial.number, end, f"continued to {end:,} examples: no new configuration is left to try")
        if history.running:
            return Wait("no new configuration is left; trials are running")
        return Done("the space is exhausted: no configuration that may run is left untried")
