"""The parameters of a covariance: found anew while a study is small, later at its history's milestones only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autotune.history import History
from autotune.strategies.mobo.gp import NUMERICAL, Parameters


class Fitted:
    """What was found at the last milestone, by name.

    A function of the history: the milestone is a history, too, and a resumed study comes by the same. Between two of
    them a model is conditioned on everything new; only length scales and variances wait, which by then hardly change.
    """

    def __init__(self) -> None:
        self._at: dict[str, tuple[History, Mapping[str, Parameters]]] = {}

    def find(
        self, what: str, history: History, fit: Callable[[History], Mapping[str, Parameters]]
    ) -> Mapping[str, Parameters]:
        """The parameters to use; empty before the first milestone, and where nothing could be fitted then.

        Args:
            what: is fitted.
            history: now.
            fit: finds them, for the milestone's history.
        """
        milestone = history.milestone
        if milestone is None:
            return {}
        known = self._at.get(what)
        if known is None or known[0] is not milestone:
            try:
                found = fit(milestone)
            except NUMERICAL:
                found = {}
            known = self._at[what] = (milestone, found)
        return known[1]
