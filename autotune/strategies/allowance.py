"""What each phase of a study may still spend."""

from __future__ import annotations

from dataclasses import dataclass

from autotune.history import History
from autotune.strategies.cost import Costing
from autotune.trial import TrialKind

SHORTEST_SEGMENT = 1.0
"""Device seconds below which the search's share counts as used up: nothing useful fits."""
_FINALS = frozenset({"repeat", "score"})


@dataclass(frozen=True)
class Allowance:
    """Device seconds left, of the whole budget and of the search's share; infinite without a limit in time."""

    costing: Costing
    reserve: float
    """Share of a time budget kept for finalists."""
    workers: int = 1

    def total(self, history: History) -> float:
        """Of the whole budget, as far as one more segment may use them."""
        return self._left(history, 0.0, history.device_seconds)

    def search(self, history: History) -> float:
        """Of the share of controls and search; what is under way is taken off to its end."""
        spent = sum(s for kind, s in history.spent.items() if kind not in _FINALS)
        share = min(self._left(history, self.reserve, spent), self.total(history))
        return share - self.costing.running(history)

    def search_is_over(self, history: History) -> bool:
        """Whether nothing useful fits into what is left of the search's share."""
        return self.search(history) < SHORTEST_SEGMENT

    def segment(self, history: History, kind: TrialKind) -> float | None:
        """What a segment of a trial of this kind may use; None without a limit in time."""
        finals = kind is TrialKind.REPEAT or self.search_is_over(history)
        left = self.total(history) - self.costing.running(history) if finals else self.search(history)
        return None if left == float("inf") else max(SHORTEST_SEGMENT, left)

    def _left(self, history: History, reserve: float, spent: float) -> float:
        budget = history.budget
        left = float("inf")
        if budget.device_seconds is not None:
            left = budget.device_seconds * (1 - reserve) - spent
        if budget.wall_seconds is not None:
            left = min(left, (budget.wall_seconds * (1 - reserve) - history.elapsed) * self.workers)
        return left
