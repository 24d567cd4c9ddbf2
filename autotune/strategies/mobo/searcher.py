"""Bayesian optimisation as a searcher: which configuration next, whatever decides how far it is trained."""

from __future__ import annotations

import numpy as np

from autotune.history import History
from autotune.strategies.base import Setting
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.gp import NUMERICAL
from autotune.strategies.mobo.opening import opening
from autotune.strategies.mobo.proposing import leaders, propose
from autotune.strategies.mobo.rivals import rivals
from autotune.strategies.mobo.surrogate import Surrogate
from autotune.strategies.mobo.threads import one_thread
from autotune.strategies.proposals import Proposals
from autotune.trial import Config, TrialKind


class Mobo:
    """Proposes what is expected to enlarge the front's hypervolume most; the first few at random."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._proposals = Proposals(setting)
        self._basis = Basis(setting)

    def suggest(self, history: History, rng: np.random.Generator) -> Config | None:
        """An enqueued, random or modelled configuration that no trial holds; None if there is none."""
        acceptable = self._proposals.acceptable(history)
        config = self._proposals.enqueued(acceptable)
        if config is not None:
            return config
        launched = sum(t.kind is TrialKind.SEARCH for t in history.trials.values())
        if launched >= opening(history, self._setting, self._basis.encoding.scales):
            seed = int(rng.integers(2**31))
            try:
                with one_thread():
                    seen = self._basis.view.of(history)
                    model = Surrogate(seen, self._setting, self._basis)
                    there = rivals(seen, model)
                    best = leaders(model.configs, model.means(model.configs))
                    found = propose(self._setting, acceptable, best, lambda c: model.gains(there, c, seed), rng)
            except NUMERICAL:
                found = None
            if found is not None:
                return found.config
        return self._proposals.draw(acceptable, rng)
