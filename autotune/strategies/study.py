"""The strategy of a whole study: controls, then the search, then the finalists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autotune.decision import Answer, Done, Score, Thaw, Wait
from autotune.history import History
from autotune.strategies.allowance import Allowance
from autotune.strategies.base import Strategy
from autotune.strategies.controls import Controls
from autotune.strategies.finalists import Finalists
from autotune.trial import TrialKind, TrialState


@dataclass(frozen=True)
class StudyStrategy:
    """Gives each phase its turn, by what the history says has been spent."""

    search: Strategy
    controls: Controls
    finalists: Finalists
    allowance: Allowance

    def next(self, history: History, rng: np.random.Generator) -> Answer:
        """What the next free device should do; Done once the finalists are scored or the budget is spent."""
        left = self.allowance.total(history)
        if left <= 0:
            return Wait("the budget is spent") if history.running else Done("the budget is spent")
        if (again := self._again(history)) is not None:
            return again
        answer: Answer | None = None
        if not self.allowance.search_is_over(history):
            answer = self.controls.next(history) or self.search.next(history, rng)
            if not isinstance(answer, Wait | Done) or (isinstance(answer, Wait) and not history.running):
                return answer
        if any(t.kind is not TrialKind.REPEAT and t.state is TrialState.RUNNING for t in history.running):
            waiting = answer if isinstance(answer, Wait) else Wait("the search's last segments are under way")
            return self.finalists.meanwhile(history, left) or waiting
        # A search that waits now waits for finalists, and has nothing to expect of them.
        return self.finalists.next(history, left)

    def _again(self, history: History) -> Answer | None:
        """What was cut short with its controller, run as it was decided, while its phase lasts.

        Until all of it is under way nothing else is asked, so every later decision sees what it would have seen.
        """
        over = self.allowance.search_is_over(history)
        for trial in history.cut_short:
            assert trial.again is not None
            if trial.state is TrialState.PAUSED and (trial.kind is TrialKind.REPEAT or not over):
                return Thaw(trial.number, trial.again, f"on to {trial.again:,} examples, which was cut short")
            if trial.state is TrialState.COMPLETE:
                return Score(trial.number, "its scoring was cut short")
        return None

    def phase(self, history: History) -> str:
        """``search`` or ``finalists``, for display; no way back once repeats are trained or controls scored."""
        over = self.allowance.search_is_over(history)
        ending = any(t.kind is TrialKind.REPEAT or t.held_out is not None for t in history.others)
        return "finalists" if over or ending else "search"
