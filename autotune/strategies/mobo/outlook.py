"""What the models of a history say of what could be done next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from autotune.history import History
from autotune.pareto import Floats
from autotune.strategies.base import Setting
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.proposing import propose
from autotune.strategies.mobo.rate import Rates
from autotune.strategies.mobo.rivals import promised, settled
from autotune.strategies.mobo.surrogate import DRAWS, Surrogate
from autotune.trial import Config, Trial, TrialKind, TrialState

_STARTS, _THAWS = 96, 32
"""New configurations and paused trials that are weighed again in each decision that was prepared."""


@dataclass(frozen=True)
class Outlook:
    """Models of a history, which weigh the paused trials and new configurations of this one or of a later one."""

    setting: Setting
    model: Surrogate
    rates: Rates | None
    """None where gains are not weighed against what they cost."""
    starts: Sequence[Config] = ()
    """Configurations to choose from; without any they are searched for in each decision."""
    hopeless: Mapping[int, int] = field(default_factory=dict)
    """Paused trials that were not worth it, and how far they had been trained then."""

    @classmethod
    def of(cls, history: History, setting: Setting, basis: Basis, *, costs: bool = True) -> Outlook:
        """Fit the models.

        Args:
            history: what they learn from.
            setting: of the study.
            basis: what is the same in every decision.
            costs: whether gains are weighed against what they cost.

        Raises:
            ValueError: nothing has been observed yet.
            LinAlgError: a covariance cannot be factorised.
        """
        return cls(setting, Surrogate(history, setting, basis), Rates(history, setting, basis) if costs else None)

    def narrowed(self, history: History, rng: np.random.Generator, *, launching: bool = True) -> Outlook:
        """With the candidates that are best now: later decisions weigh only these, and what has changed by then.

        Args:
            history: now.
            rng: for every draw.
            launching: whether there may be new trials.
        """
        seed = int(rng.integers(2**31))
        self.model.remember(self.model.completed(list(history.trials.values())))
        there = settled(history, self.model)
        thaws = [] if self.rates is None else self.to_thaw(history, there, np.inf, seed)
        there += promised(history, self.model)
        starts: Sequence[Config] = ()
        if launching:
            starts = self.to_start(there, np.inf, seed, lambda config: self.setting.refuse(config) is None, rng)
        hopeless = {trial.number: trial.examples_seen for trial in thaws[_THAWS:]}
        return replace(self, starts=starts[:_STARTS], hopeless=hopeless)

    def to_thaw(self, history: History, there: Sequence[Trial], left: float, seed: int) -> list[Trial]:
        """The paused trials whose full training fits, by what it is expected to add for each second that it costs.

        Args:
            history: now.
            there: whom they have to beat.
            left: device seconds.
            seed: of the draws.
        """
        paused = [t for t in history.trials.values() if t.kind is TrialKind.SEARCH and t.state is TrialState.PAUSED]
        worth = [t for t in paused if self.hopeless.get(t.number) != t.examples_seen]
        options = [t for t in worth if self.to_finish(t) <= left]
        if not options:
            return []
        gains = self.model.gains(there, self.model.completed(options), seed)
        value = gains / np.array([self.to_finish(t) for t in options])
        # Once nothing is expected to add anything, the trial that stands best goes on.
        return [options[i] for i in np.lexsort((-gains, -value)).tolist()]

    def to_start(
        self,
        there: Sequence[Trial],
        left: float,
        seed: int,
        acceptable: Callable[[Config], bool],
        rng: np.random.Generator,
    ) -> list[Config]:
        """New configurations whose full training fits, the best first, by what it adds for each second that it costs.

        Args:
            there: whom they have to beat.
            left: device seconds.
            seed: of the draws.
            acceptable: whether a configuration may be proposed.
            rng: for the search.
        """

        def value(configs: Sequence[Config]) -> Floats:
            costs = self.in_full(configs)
            return np.where(costs <= left, self.model.gains(there, configs, seed) / costs, -1.0)

        setting = self.setting
        known = [config for config in self.starts if acceptable(config)]
        if known:
            setting = replace(setting, pool=known)
        best = [] if setting.pool else self.model.leaders()
        return [found.config for found in propose(setting, acceptable, best, value, rng) if not found.value < 0]

    def to_finish(self, trial: Trial) -> float:
        """Device seconds that a paused trial lacks to a full training; 1 where costs do not count."""
        return 1.0 if self.rates is None else self.rates.to_finish(trial)

    def in_full(self, configs: Sequence[Config]) -> Floats:
        """Device seconds of full trainings, (n,); 1 where costs do not count."""
        return np.ones(len(configs)) if self.rates is None else self.rates.full(configs)

    def gain(self, there: Sequence[Trial], config: Config, seed: int) -> float:
        """What training a chosen one in full is expected to add.

        By draws that had no part in the choice: the best of hundreds owes some of its value to its draws.
        """
        return float(self.model.gains(there, [config], seed + 1, 4 * DRAWS)[0])
