"""Bayesian optimisation as a searcher: which configuration next, whatever decides how far it is trained."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autotune.history import History
from autotune.strategies.base import Setting, Suggestion
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.gp import NUMERICAL
from autotune.strategies.mobo.opening import begun_with
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

    def look_ahead(self, history: History) -> None:
        """Have prepared what the next suggestion will need."""
        self._outlooks.begin(history)

    def suggest(self, history: History, rng: np.random.Generator) -> Suggestion | None:
        """An enqueued, random or modelled configuration that no trial holds; None if there is none."""
        proposals = self._proposals
        acceptable = proposals.acceptable(history)
        scales = self._basis.encoding.scales
        first = begun_with(history, self._setting, scales, proposals, acceptable, rng)
        if first is not None:
            return first
        try:
            with one_thread():
                best = self._best(history, acceptable, rng)
        except NUMERICAL as error:
            return proposals.random(acceptable, rng, f"random: the model cannot be fitted ({error})")
        return best or proposals.random(acceptable, rng, "random: the model's search came by nothing that may run")

    def _best(
        self, history: History, acceptable: Callable[[Config], bool], rng: np.random.Generator
    ) -> Suggestion | None:
        seed = int(rng.integers(2**31))
        seen = self._basis.view.of(history)
        outlook = self._outlooks.of(seen)
        there = settled(seen, outlook.model) + promised(seen, outlook.model)
        best = outlook.to_start(there, np.inf, seed, acceptable, rng)
        if not best:
            return None
        gain = outlook.model.in_words(outlook.gain(there, best[0], seed))
        return Suggestion(best[0], f"{gain} expected of its end")
