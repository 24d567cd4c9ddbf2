"""The outlook that a decision is made by: the present's, or one that was prepared while devices trained."""

from __future__ import annotations

import numpy as np

from autotune.history import History
from autotune.strategies.base import Setting
from autotune.strategies.mobo.ahead import Ahead
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.outlook import Outlook
from autotune.strategies.mobo.threads import one_thread

_STREAM = 0x6168656164
"""Keeps the draws of what is prepared apart from every other use of the study's seed."""


class Outlooks:
    """Makes one for each decision, or one for many where few results more would not tell."""

    def __init__(self, setting: Setting, basis: Basis, *, costs: bool) -> None:
        """Prepare.

        Args:
            setting: of the study.
            basis: for decisions made on the spot.
            costs: whether gains are weighed against what they cost.
        """
        self._setting, self._basis, self._costs = setting, basis, costs
        # What is prepared looks at other histories than the decisions do, perhaps at the same time.
        self._basis_aside = Basis(setting)
        self._ahead = Ahead(self._prepare, setting.aside)

    def begin(self, history: History) -> None:
        """Have prepared what later decisions will need, where models think ahead."""
        self._ahead.begin(history)

    def of(self, history: History) -> Outlook:
        """The one to decide by.

        Raises:
            ValueError: nothing has been observed yet.
            LinAlgError: a covariance cannot be factorised.
        """
        return self._ahead.of(history) or self._look(history, self._basis)

    def _look(self, history: History, basis: Basis) -> Outlook:
        return Outlook.of(history, self._setting, basis, costs=self._costs)

    def _prepare(self, past: History) -> Outlook:
        with one_thread():
            history = self._basis_aside.view.of(past)
            rng = np.random.default_rng((self._setting.seed, _STREAM, past.draw))
            return self._look(history, self._basis_aside).narrowed(history, rng, launching=past.launching)
