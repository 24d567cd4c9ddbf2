"""Freeze-thaw Bayesian optimisation: at each free device, the training that is worth most for its cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autotune.decision import Answer, Done, Start, Thaw, Wait
from autotune.history import History
from autotune.strategies.asha import Asha
from autotune.strategies.base import Launch, Setting
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.gp import NUMERICAL
from autotune.strategies.mobo.opening import begun_with
from autotune.strategies.mobo.outlook import Outlook
from autotune.strategies.mobo.outlooks import Outlooks
from autotune.strategies.mobo.rivals import promised, settled
from autotune.strategies.mobo.threads import one_thread
from autotune.strategies.pace import LAST_CHANCE, ROUNDING, must_finish
from autotune.strategies.proposals import Proposals
from autotune.strategies.rungs import next_level
from autotune.trial import Config, Trial, TrialKind, TrialState

_HOPE = 0.1
"""Share of a new trial's training beyond its first level that counts as its cost: few are trained to the end."""


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
        self._outlooks = Outlooks(setting, self._basis, costs=True)

    def next(self, history: History, rng: np.random.Generator) -> Answer:
        """Start, thaw, or end when nothing fits into the budget any more."""
        setting, levels = self._setting, self._setting.levels
        seen = self._basis.view.of(history)
        if interrupted := self._basis.view.board.interrupted:
            trial = history.trials[min(interrupted)]
            end = next_level(trial, levels)
            return Thaw(trial.number, end, f"continued to {end:,}: interrupted at {trial.examples_seen:,}")
        if (last := must_finish(history, setting, setting.left(history) * ROUNDING)) is not None:
            return Thaw(last.number, setting.full, LAST_CHANCE)
        launching, acceptable = history.launching, self._proposals.acceptable(history)
        if launching:
            scales = self._basis.encoding.scales
            first = begun_with(history, setting, scales, self._proposals, acceptable, rng)
            if first is not None:
                return self._start(first.config, first.reason)
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
        outlook = self._outlooks.of(history)
        left *= ROUNDING
        seed = int(rng.integers(2**31))
        there = settled(history, outlook.model)
        options = [self._thaw(outlook, trial, there, seed) for trial in outlook.to_thaw(history, there, left, seed)[:1]]
        if acceptable is not None:
            there += promised(history, outlook.model)
            best = outlook.to_start(there, left, seed, acceptable, rng)[:1]
            options += [self._new(outlook, config, there, seed) for config in best]
        if not options and history.running:
            return Wait("trials are running")
        if not options:
            return Done(_ended(left, launching=acceptable is not None))
        return max(options, key=lambda option: option.rate).answer

    def _thaw(self, outlook: Outlook, trial: Trial, there: Sequence[Trial], seed: int) -> _Option:
        gain = outlook.gain(there, outlook.model.completed([trial])[0], seed)
        end, cost = next_level(trial, self._setting.levels), outlook.to_finish(trial)
        reason = f"to {end:,}: {outlook.model.in_words(gain)} expected of its end for {cost:.3g} s more"
        return _Option(Thaw(trial.number, end, reason), gain / cost)

    def _new(self, outlook: Outlook, config: Config, there: Sequence[Trial], seed: int) -> _Option:
        gain, end = outlook.gain(there, config, seed), self._setting.levels[0]
        begun = end / self._setting.full
        cost = float(outlook.in_full([config])[0]) * min(1.0, begun + _HOPE * (1 - begun))
        reason = f"new, to {end:,}: {outlook.model.in_words(gain)} expected beyond what the paused trials promise"
        return _Option(self._start(config, reason), gain / cost)

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


def _ended(left: float, *, launching: bool) -> str:
    """Why nothing is left to do."""
    if np.isfinite(left):
        return "no training fits into the budget any more"
    if launching:
        return "the space is exhausted: no untried configuration was found that may run"
    return "every trial has been trained in full"
