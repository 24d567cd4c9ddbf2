"""Bayesian optimisation as a searcher: which configuration next, whatever decides how far it is trained."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autotune.history import History
from autotune.strategies.base import Setting
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.gp import NUMERICAL
from autotune.strategies.mobo.opening import opening
from autotune.strategies.mobo.outlooks import Outlooks
from autotune.strategies.mobo.rivals import promised, settled
from autotune.strategies.mobo.threads import one_thread
from autotune.strategies.proposals import Proposals
from autotune.trial import Config


class Mobo:
    """Proposes what is expected to enlarge the front's hypervolume most; the first few at random."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._proposals = Proposals(setting)
        self._basis = Basis(setting)
        self._outlooks = Outlooks(setting, self._basis, costs=False)

    def suggest(self, history: History, rng: np.random.Generator) -> Config | None:
        """An enqueued, random or modelled configuration that no trial holds; None if there is none."""
        acceptable = self._proposals.acceptable(history)
        config = self._proposals.enqueued(acceptable)
        if config is not None:
            return config
        if history.launched >= opening(history, self._setting, self._basis.encoding.scales):
            try:
                with one_thread():
                    best = self._best(history, acceptable, rng)
            except NUMERICAL:
                best = []
            if best:
                return best[0]
        return self._proposals.draw(acceptable, rng)

    def _best(self, history: History, acceptable: Callable[[Config], bool], rng: np.random.Generator) -> list[Config]:
        seed = int(rng.integers(2**31))
        seen = self._basis.view.of(history)
        outlook = self._outlooks.of(seen)
        there = settled(seen, outlook.model) + promised(seen, outlook.model)
        return outlook.to_start(there, np.inf, seed, acceptable, rng)
