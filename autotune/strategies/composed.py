"""A searcher and a scheduler side by side."""

from __future__ import annotations

import numpy as np

from autotune.decision import Answer, Done, Start, Thaw, Wait
from autotune.history import History
from autotune.pareto import order
from autotune.standing import complete
from autotune.strategies.base import Foresighted, Launch, Scheduler, Searcher, Setting
from autotune.strategies.estimate import estimates
from autotune.strategies.pace import LAST_CHANCE, ROUNDING, in_full, must_finish, to_finish
from autotune.strategies.rungs import next_level, waiting
from autotune.trial import TrialKind


class Composed:
    """The scheduler says when a new trial is worth its training, the searcher says which."""

    def __init__(self, searcher: Searcher, scheduler: Scheduler, setting: Setting, *, plans: bool = False) -> None:
        """Put them together.

        Args:
            searcher: proposes.
            scheduler: promotes.
            setting: of the study.
            plans: begin and continue nothing whose end does not fit into what is left of the budget.
        """
        self._searcher, self._scheduler, self._setting, self._plans = searcher, scheduler, setting, plans

    def next(self, history: History, rng: np.random.Generator) -> Answer:
        """The scheduler's answer, its launches filled in by the searcher.

        Once the budget's number of trials has been launched, those that there are are brought to their end. So are they
        when the searcher finds nothing new; then also the ones that the scheduler passed over go on, the best first, as
        nothing else deserves the devices.
        """
        if isinstance(self._searcher, Foresighted):
            self._searcher.look_ahead(history)
        left = self._setting.left(history) * ROUNDING if self._plans else float("inf")
        room = left > 0 and left >= in_full(history.trials.values(), self._setting)
        if (trial := must_finish(history, self._setting, left)) is not None:
            return Thaw(trial.number, self._setting.full, LAST_CHANCE)
        answer = self._scheduler.next(history, launching=history.launching and room)
        too_long = isinstance(answer, Thaw) and to_finish(history.trials[answer.trial], self._setting) > left
        if too_long and history.launching and room:
            answer = Launch(self._setting.levels[0], "what could be promoted does not fit into the budget: a new trial")
        elif too_long or (isinstance(answer, Done) and not room):
            return self._passed_over(history, left)
        elif isinstance(answer, Done) and not complete(history, TrialKind.SEARCH):
            return self._passed_over(history, left, "nothing has been trained in full yet", answer)
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

    def _passed_over(
        self, history: History, left: float = float("inf"), why: str = "", otherwise: Done | None = None
    ) -> Answer:
        """The best of those that wait and whose end fits; ``otherwise`` where there is none."""
        setting = self._setting
        paused = [t for t in waiting(history, setting.constraints) if to_finish(t, setting) <= left]
        why = why or ("no new configuration is left to try" if np.isinf(left) else "nothing else fits into the budget")
        if paused:
            values = estimates(paused, setting.levels, setting.compared_by(0))
            trial = paused[int(order(values, 1)[0])]
            end = next_level(trial, setting.levels)
            return Thaw(trial.number, end, f"continued to {end:,} examples: {why}")
        if history.running:
            return Wait(f"{why}; trials are running")
        if otherwise is not None:
            return otherwise
        if np.isfinite(left):
            return Done("no training fits into the budget any more")
        return Done("the space is exhausted: no untried configuration was found that may run")
