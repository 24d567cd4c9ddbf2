"""Early stopping by what learning curves say of their ends."""

from __future__ import annotations

import numpy as np

from autotune.curves import Verdict
from autotune.decision import Answer, Done, Stop, Thaw, Wait
from autotune.history import History
from autotune.strategies.base import Launch, Setting
from autotune.strategies.front_chance import FrontChance, Outlook
from autotune.strategies.rungs import compare, describe, level_points, next_level, rung, waiting
from autotune.trial import Trial

THRESHOLD = 0.02
"""The chance to improve the front below which a trial is stopped."""
LIKELY = 0.5
"""The chance from which on a trial goes on at once. One in between waits: what others find decides most of them, and a
trial that waits costs nothing."""
WAITING = 30
"""Trials that may wait; beyond, the most likely one takes a step, or a good one might wait for ever."""
AUDITED = 1 / 12
"""The share of trials that run to their end although they would have been stopped: they tell what stopping costs."""
STEP = 1.5
"""The ratio of neighbouring fidelities at which trials are judged."""
FIRST = 12
"""Trials of which the most promising are trained to their end while the curve model has nothing to be judged by."""
AUDIT = "audit: "
"""How the reasons of audits begin."""
_AUDITS = 0xA0D1


class CurveStopping:
    """Trains by small steps: on what is likely to end on the front; what hardly will is stopped for good.

    After every step the curve model foretells a trial's learnt objectives at the end of a full training; costs known
    before training enter exactly. Against the complete trials this gives the chance that the trial improves their
    front. Nothing is stopped before the model has beaten "the last value" on the study's own finished curves, nor where
    no complete trial is as good in the other objectives.
    """

    def __init__(self, setting: Setting, *, threshold: float = THRESHOLD, audited: float = AUDITED) -> None:
        """Make the scheduler of a study.

        Args:
            setting: of the study.
            threshold: the chance below which a trial is stopped.
            audited: the share of trials that are never stopped.
        """
        self._setting, self._threshold, self._audited = setting, threshold, audited
        self.ladder = ladder(setting)
        self._model = FrontChance(setting, self.ladder)

    def next(self, history: History, *, launching: bool = True) -> Answer | Launch:
        """Continue what was interrupted, stop, audit, promote, or launch."""
        levels = self.ladder
        paused = waiting(history, self._setting.constraints)
        paused.sort(key=lambda t: (-t.examples_seen, t.number))
        for trial in paused:
            if rung(trial, level_points(trial, levels)) is None:
                end = next_level(trial, levels)
                reason = f"continued to {end:,} examples: interrupted at {trial.examples_seen:,}"
                return Thaw(trial.number, end, reason)
        if paused:
            verdict = self._model.verdict(history)
            if verdict.better:
                answer = self._judged(history, paused, wait=launching)
            else:
                answer = self._unjudged(history, paused, verdict, wait=launching)
            if answer:
                return answer
        if launching:
            return Launch(levels[0], f"no trial is likely to improve the front: a new one, to {levels[0]:,} examples")
        return Wait("trials are running") if history.running else Done("every trial is complete or stopped")

    def _unjudged(self, history: History, paused: list[Trial], verdict: Verdict, *, wait: bool) -> Answer | None:
        """Train on what looks best now, the farthest first: nothing may be stopped yet."""
        if wait and history.launched < FIRST:
            return None
        farthest = [t for t in paused if t.examples_seen == paused[0].examples_seen]
        objectives = self._setting.compared_by(0)
        compared = compare([(t, t.curve[-1]) for t in farthest], objectives, self._setting.constraints)
        trial = farthest[int(compared.order(1)[0])]
        end = next_level(trial, self.ladder)
        return Thaw(trial.number, end, f"continued to {end:,} examples: {_not_yet(verdict)}")

    def _judged(self, history: History, paused: list[Trial], *, wait: bool) -> Answer | None:
        outlooks = self._model.outlooks(history, paused)
        for trial, outlook in zip(paused, outlooks, strict=True):
            if outlook.chance < self._threshold:
                if self._is_audited(trial):
                    reason = f"{AUDIT}would have been stopped ({_percent(outlook)} chance to improve the front)"
                    return Thaw(trial.number, self._setting.full, reason)
                return Stop(trial.number, f"stopped at {trial.examples_seen:,} examples: {self._why(outlook)}")
        best = max(range(len(paused)), key=lambda i: outlooks[i].chance)  # the first of equals: the farthest trained
        if wait and len(paused) < WAITING and outlooks[best].chance < LIKELY:
            return None
        end = next_level(paused[best], self.ladder)
        return Thaw(paused[best].number, end, f"promoted to {end:,} examples: {self._why(outlooks[best])}")

    def _is_audited(self, trial: Trial) -> bool:
        """A function of the study's seed and the trial's number alone."""
        rng = np.random.default_rng([self._setting.seed, _AUDITS, trial.number])
        return bool(rng.random() < self._audited)

    def _why(self, outlook: Outlook) -> str:
        text = f"{_percent(outlook)} chance to improve the front"
        primary = self._model.primary
        if primary is None or not np.isfinite(outlook.expected):
            return text
        figures = f"{describe(primary, self._plain(outlook.expected))} expected"
        if np.isfinite(outlook.needed):
            figures += f", {self._plain(outlook.needed):.3f} to beat"
        return f"{text} ({figures})"

    def _plain(self, minimised: float) -> float:
        primary = self._model.primary
        assert primary is not None
        value = primary.minimized(minimised)
        return float(np.expm1(value)) if primary.log else value


def ladder(setting: Setting) -> tuple[int, ...]:
    """The fidelities at which trials are judged: from the lowest that says anything, finer than the rungs."""
    first, full = setting.levels[0], setting.full
    # A lowest fidelity far below the first rung is not what the rungs were made from.
    unit = setting.lowest if setting.lowest * setting.eta > first else 1
    found = [unit if unit > 1 else first]
    while (further := max(found[-1] + unit, round(found[-1] * STEP / unit) * unit)) * STEP**0.5 < full:
        found.append(further)
    return tuple(found if found[-1] == full else [*found, full])


def _percent(outlook: Outlook) -> str:
    return f"{100 * outlook.chance:.0f} %"


def _not_yet(verdict: Verdict) -> str:
    if verdict.better is None:
        return f"{verdict.curves} finished curves cannot say yet whether the curve model may stop trials"
    return f"on {verdict.curves} finished curves the curve model does not surely beat the last value"
