"""Freeze-thaw Bayesian optimisation: at each free device, the training that is worth most for its cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autotune.decision import Answer, Done, Start, Thaw, Wait
from autotune.history import History
from autotune.pareto import Floats
from autotune.strategies.asha import Asha
from autotune.strategies.base import Launch, Setting
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.gp import NUMERICAL
from autotune.strategies.mobo.opening import opening
from autotune.strategies.mobo.proposing import leaders, propose
from autotune.strategies.mobo.rate import Rates
from autotune.strategies.mobo.rivals import rivals, settled
from autotune.strategies.mobo.surrogate import DRAWS, Surrogate
from autotune.strategies.mobo.threads import one_thread
from autotune.strategies.proposals import Proposals
from autotune.strategies.rungs import next_level
from autotune.trial import Config, Trial, TrialKind, TrialState

_HOPE = 0.1
"""Share of a new trial's training beyond its first level that counts as its cost: few are trained to the end."""
_ROUNDING = 1 + 1e-9


@dataclass(frozen=True)
class _Option:
    """Something a device could do."""

    answer: Start | Thaw
    rate: float
    """Expected gain in hypervolume for a second of a device."""


class FreezeThaw:
    """Weighs every paused trial against the best new configuration (Swersky et al. 2014, for several objectives).

    The value of either is the hypervolume that its full training is expected to add, for each second that it costs. For
    a paused trial that is what is missing of its training, and what it adds to the trials whose end is settled. A new
    configuration must add to what could be had by thawing the best paused trials instead; it costs its first level and
    a little of the rest, since most are left there. Each answer trains to the next level only: then all is weighed
    anew. What cannot reach its end within the budget is not begun.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._proposals = Proposals(setting)
        self._basis = Basis(setting)
        self._asha = Asha(setting)

    def next(self, history: History, rng: np.random.Generator) -> Answer:
        """Start, thaw, or end when nothing fits into the budget any more."""
        setting, levels = self._setting, self._setting.levels
        search = [t for t in history.trials.values() if t.kind is TrialKind.SEARCH]
        seen = self._basis.view.of(history)
        if interrupted := self._basis.view.board.interrupted:
            trial = history.trials[min(interrupted)]
            end = next_level(trial, levels)
            return Thaw(trial.number, end, f"continued to {end:,}: interrupted at {trial.examples_seen:,}")
        limit = history.budget.trials
        launching = limit is None or len(search) < limit
        acceptable = self._proposals.acceptable(history)
        if launching:
            config = self._proposals.enqueued(acceptable)
            reason = "one to begin with"
            if config is None and len(search) < (first := opening(history, setting, self._basis.encoding.scales)):
                config = self._proposals.draw(acceptable, rng)
                reason = f"random trial {len(search) + 1} of {first} to begin with"
            if config is not None:
                return self._start(config, reason)
        try:
            with one_thread():
                return self._weigh(seen, setting.left(history), acceptable if launching else None, rng)
        except NUMERICAL as error:
            return self._without_model(history, launching, rng, str(error))

    def _start(self, config: Config, reason: str) -> Start:
        return Start(config, self._setting.levels[0], reason, seed=self._setting.seed)

    def _weigh(
        self, history: History, left: float, acceptable: Callable[[Config], bool] | None, rng: np.random.Generator
    ) -> Answer:
        rates = Rates(history, self._setting, self._basis)
        left *= _ROUNDING
        model = Surrogate(history, self._setting, self._basis)
        seed = int(rng.integers(2**31))
        trials = history.trials.values()
        paused = [t for t in trials if t.kind is TrialKind.SEARCH and t.state is TrialState.PAUSED]
        thaw = self._best_thaw(history, model, rates, paused, left, seed)
        new = None if acceptable is None else self._best_start(history, model, rates, left, seed, acceptable, rng)
        options = [option for option in (thaw, new) if option is not None]
        if not options:
            return Wait("trials are running") if history.running else Done("no training fits into the budget any more")
        return max(options, key=lambda option: option.rate).answer

    def _best_thaw(
        self, history: History, model: Surrogate, rates: Rates, paused: list[Trial], left: float, seed: int
    ) -> _Option | None:
        options = [t for t in paused if rates.to_finish(t) <= left]
        if not options:
            return None
        gains = model.gains(settled(history, model), model.completed(options), seed)
        value = gains / np.array([rates.to_finish(t) for t in options])
        # Once nothing is expected to add anything, the trial that stands best goes on.
        trial = options[int(np.lexsort((-gains, -value))[0])]
        gain = _fresh(model, settled(history, model), model.completed([trial])[0], seed)
        end, cost = next_level(trial, self._setting.levels), rates.to_finish(trial)
        reason = f"to {end:,}: {_share(gain, model)} expected of its end for {cost:.3g} s more"
        return _Option(Thaw(trial.number, end, reason), gain / cost)

    def _best_start(
        self,
        history: History,
        model: Surrogate,
        rates: Rates,
        left: float,
        seed: int,
        acceptable: Callable[[Config], bool],
        rng: np.random.Generator,
    ) -> _Option | None:
        setting = self._setting
        first = setting.levels[0] / setting.full
        share = min(1.0, first + _HOPE * (1 - first))
        there = rivals(history, model)
        known = leaders(model.configs, model.means(model.configs))

        def value(configs: Sequence[Config]) -> Floats:
            costs = rates.full(configs)
            gained = model.gains(there, configs, seed) / costs
            return np.where(costs <= left, gained, -1.0)

        found = propose(setting, acceptable, known, value, rng)
        if found is None or found.value < 0:
            return None
        gain = _fresh(model, there, found.config, seed)
        reason = f"new, to {setting.levels[0]:,}: {_share(gain, model)} expected beyond what the paused trials promise"
        return _Option(self._start(found.config, reason), gain / float(rates.full([found.config])[0]) / share)

    def _without_model(self, history: History, launching: bool, rng: np.random.Generator, problem: str) -> Answer:
        """What asynchronous halving of random configurations would do; at its end the others go on too."""
        why = f"the model cannot be fitted ({problem})"
        answer = self._asha.next(history, launching=launching)
        if isinstance(answer, Launch):
            config = self._proposals.draw(self._proposals.acceptable(history), rng)
            if config is not None:
                return self._start(config, f"random: {why}")
            answer = self._asha.next(history, launching=False)
        assert not isinstance(answer, Launch)
        paused = [t for t in history.trials.values() if t.kind is TrialKind.SEARCH and t.state is TrialState.PAUSED]
        if isinstance(answer, Done) and paused:
            trial = max(paused, key=lambda t: t.examples_seen)
            end = next_level(trial, self._setting.levels)
            return Thaw(trial.number, end, f"to {end:,}, as there is nothing else to do: {why}")
        return replace(answer, reason=f"{answer.reason}; {why}") if isinstance(answer, Thaw) else answer


def _fresh(model: Surrogate, there: list[Trial], config: Config, seed: int) -> float:
    """The gain by draws that had no part in the choice: the best of hundreds owes some of its value to its draws."""
    return float(model.gains(there, [config], seed + 1, 4 * DRAWS)[0])


def _share(gain: float, model: Surrogate) -> str:
    """A gain in words."""
    if model.volume <= 0:
        return f"a hypervolume of {gain:.3g}"
    return f"{100 * gain / model.volume:.2g} % more hypervolume"
