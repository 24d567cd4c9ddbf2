"""The strategy of a whole study: controls, then the search, then the finalists."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from autotune.budget import Budget
from autotune.decision import Answer, Done, Wait
from autotune.history import History
from autotune.strategies.base import Setting, Strategy
from autotune.strategies.controls import Controls
from autotune.strategies.cost import Costing
from autotune.strategies.finalists import Finalists
from autotune.trial import TrialKind, TrialState

SHORTEST_SEGMENT = 1.0
"""Device seconds below which the search's share counts as used up: nothing useful fits."""


@dataclass(frozen=True)
class StudyStrategy:
    """Gives each phase its turn, by what the history says has been spent."""

    setting: Setting
    search: Strategy
    controls: Controls
    finalists: Finalists
    costing: Costing
    reserve: float
    """Share of a time budget kept for finalists."""
    workers: int = 1
    _finals_kinds: frozenset[str] = field(default=frozenset({"repeat", "score"}), repr=False)

    def next(self, history: History, rng: np.random.Generator) -> Answer:
        """What the next free device should do; Done once the finalists are scored or the budget is spent."""
        if self.time_left(history) <= 0:
            return Wait("the budget is spent") if history.running else Done("the budget is spent")
        if not self._search_is_over(history):
            answer = self.controls.next(history) or self.search.next(history, rng)
            if not isinstance(answer, Done):
                return answer
        if any(t.kind is not TrialKind.REPEAT and t.state is TrialState.RUNNING for t in history.running):
            return Wait("the search's last segments are under way")
        return self.finalists.next(history, self.time_left(history))

    def phase(self, history: History) -> str:
        """``search`` or ``finalists``, for display."""
        return "finalists" if self._search_is_over(history) else "search"

    def time_left(self, history: History) -> float:
        """Device seconds left of the whole budget, as far as one more segment may use them."""
        return _left(history, history.budget, 0.0, history.device_seconds, self.workers)

    def allowance(self, history: History, kind: TrialKind) -> float | None:
        """Device seconds that a segment of a trial of this kind may use; None without a limit in time."""
        finals = kind is TrialKind.REPEAT or self._search_is_over(history)
        left = self.time_left(history) if finals else self._search_left(history)
        return None if left == float("inf") else max(SHORTEST_SEGMENT, left - self.costing.running(history))

    def _search_left(self, history: History) -> float:
        spent = sum(s for kind, s in history.spent.items() if kind not in self._finals_kinds)
        share = _left(history, history.budget, self.reserve, spent, self.workers)
        return min(share, self.time_left(history))

    def _search_is_over(self, history: History) -> bool:
        return self._search_left(history) - self.costing.running(history) < SHORTEST_SEGMENT


def _left(history: History, budget: Budget, reserve: float, spent: float, workers: int) -> float:
    """Device seconds left of the budget less a reserved share; infinite without a limit in time."""
    left = float("inf")
    if budget.device_seconds is not None:
        left = budget.device_seconds * (1 - reserve) - spent
    if budget.wall_seconds is not None:
        left = min(left, (budget.wall_seconds * (1 - reserve) - history.elapsed) * workers)
    return left
