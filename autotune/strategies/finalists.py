"""The end of a study: candidates trained to the end, the best with more seeds, each scored once on held-out data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autotune.decision import Answer, Done, Score, Start, Thaw, Wait
from autotune.history import History
from autotune.objectives import Objective
from autotune.pareto import front_mask
from autotune.standing import best_first, complete, ends, feasible, repeats, tuned_control, winner
from autotune.strategies.base import Setting
from autotune.strategies.cost import Costing
from autotune.strategies.rungs import compare, level_points
from autotune.trial import Trial, TrialKind, TrialState

CONTENDERS = 3
"""Search trials that may be trained with more seeds, budget permitting; the best first."""


@dataclass(frozen=True)
class Finalists:
    """Answers once the search is over."""

    setting: Setting
    seeds: int
    """Trainings of the winner and of the tuned control, each with a seed of its own."""
    costing: Costing

    def next(self, history: History, left: float) -> Answer:
        """The next finalist's segment, the most useful first.

        What the comparison of winner and tuned control rests on (their seeds, all of them scored) goes before the
        scores of the rest of the front, and those before everything else that could be trained.

        Args:
            history: with no search trial running.
            left: device seconds left of the whole budget.
        """
        needed, rest = self._unscored(history)
        left -= self.costing.running(history)
        seeds = left - self._scoring(needed)
        spare = seeds - self.costing.score_seconds * len(rest)
        answer = self._go_on(history, seeds) or self._complete(history, spare) or self._repeat(history, seeds, spare)
        if answer is not None:
            return answer
        for trial in [*needed, *(rest if left >= self.costing.score_seconds else [])]:
            if trial.target is None:
                return Score(trial.number, f"finalist scored once on the held-out split ({trial.label or 'front'})")
        if history.running:
            return Wait("finalists are under way")
        if rest:
            return Done(f"{len(rest)} finalists could not be scored any more")
        return Done("every finalist is trained and scored")

    def meanwhile(self, history: History, left: float) -> Answer | None:
        """While the search's last trials run: the tuned control with a further seed, which is wanted whoever wins.

        Args:
            history: with a search trial or a control running.
            left: device seconds left of the whole budget.

        Returns:
            None where the tuned control is not known yet, or the winner's seeds might not be affordable any more.
        """
        control = tuned_control(history, self._primary)
        if control is None or any(t.kind is TrialKind.CONTROL for t in history.running):
            return None
        left -= self.costing.running(history) + self._scoring(self._unscored(history)[0])
        left -= (self.seeds - 1) * max(t.device_seconds for t in complete(history, TrialKind.SEARCH, TrialKind.CONTROL))
        answers = (self._repeat_one(history, control, nth, left) for nth in range(1, self.seeds))
        return next((answer for answer in answers if answer is not None), None)

    def _scoring(self, needed: Sequence[Trial]) -> float:
        """To score these and the repeats of winner and control that are still to come."""
        return self.costing.score_seconds * (len(needed) + 2 * self.seeds)

    def _go_on(self, history: History, left: float) -> Answer | None:
        for trial in history.others:
            interrupted = trial.kind is TrialKind.REPEAT and trial.state is TrialState.PAUSED and trial.target is None
            if interrupted and self._remaining(trial) <= left:
                return Thaw(trial.number, self.setting.full, "an interrupted finalist goes on to its end")
        return None

    def _complete(self, history: History, left: float) -> Answer | None:
        """Thaw a paused candidate that could still join the front, while the repeats stay affordable."""
        leaders = best_first(history, self._finished(history), self._primary)[:1]
        control = tuned_control(history, self._primary)
        repeated = [*leaders, control] if leaders and control else leaders
        spare = left - sum((self.seeds - len(repeats(history, t.number))) * t.device_seconds for t in repeated)
        for trial in self._candidates(history):
            if trial.target is None and self._remaining(trial) <= spare:
                return Thaw(trial.number, self.setting.full, self._why_candidate(trial))
        return None

    def _candidates(self, history: History) -> list[Trial]:
        """Paused trials on the front of those compared at the highest rung that any of them reached."""
        scored = {t.number: level_points(t, self.setting.levels) for t in history.trials.values()}
        for index in reversed(range(len(self.setting.levels) - 1)):
            known = [t for t in history.trials.values() if t.kind is not TrialKind.REPEAT and index in scored[t.number]]
            paused = {t.number for t in known if t.kind is TrialKind.SEARCH and t.state is TrialState.PAUSED}
            if paused:
                entrants = [(t, scored[t.number][index]) for t in known]
                compared = compare(entrants, self.setting.compared_by(index), self.setting.constraints)
                front = set(np.flatnonzero(front_mask(compared.points) & (compared.violations == 0)))
                return [known[i] for i in compared.order() if i in front and known[i].number in paused]
        return []

    def _repeat(self, history: History, left: float, spare: float) -> Answer | None:
        """Train a finalist's configuration again with a seed that it has not had; winner and tuned control in turn.

        Args:
            history: with no search trial running.
            left: device seconds for these two.
            spare: device seconds for the other contenders.
        """
        search = best_first(history, self._finished(history), self._primary)[:CONTENDERS]
        control = tuned_control(history, self._primary)
        leaders = search[:1] + ([control] if control else [])
        for finalists, affordable in ((leaders, left), (search[1:], spare)):
            for nth in range(1, self.seeds):
                for trial in finalists:
                    answer = self._repeat_one(history, trial, nth, affordable)
                    if answer is not None:
                        return answer
        return None

    def _repeat_one(self, history: History, trial: Trial, nth: int, left: float) -> Answer | None:
        seed = self.setting.seed + nth
        if any(t.repeat_of == trial.number and t.seed == seed for t in history.trials.values()):
            return None
        if trial.device_seconds > left or len(repeats(history, trial.number)) >= self.seeds:
            return None
        reason = f"seed {nth + 1} of {self.seeds} for trial {trial.number} ({trial.label or 'a leader of the search'})"
        label = f"repeat of {trial.number}"
        return Start(trial.config, self.setting.full, reason, TrialKind.REPEAT, label, seed, trial.number)

    def _unscored(self, history: History) -> tuple[list[Trial], list[Trial]]:
        """Winner, tuned control and all that was trained again; and the rest of the front and of the controls."""
        controls = complete(history, TrialKind.CONTROL)
        trials = self._finished(history) + controls
        again = complete(history, TrialKind.REPEAT)
        repeated = [history.trials[n] for n in sorted({t.repeat_of for t in again if t.repeat_of is not None})]
        leaders = (winner(history, self._primary, self.setting.constraints), tuned_control(history, self._primary))
        first = {t.number: t for t in [*leaders, *repeated, *again] if t is not None}
        mask = front_mask(ends(trials, self.setting.objectives))
        front = [t for t, good in zip(trials, mask, strict=True) if good]
        rest = {t.number: t for t in [*controls, *front] if t.number not in first}
        return [t for t in first.values() if t.held_out is None], [t for t in rest.values() if t.held_out is None]

    def _finished(self, history: History) -> list[Trial]:
        """Search trials trained to the end that break no constraint."""
        return [t for t in complete(history, TrialKind.SEARCH) if feasible(t, self.setting.constraints)]

    def _remaining(self, trial: Trial) -> float:
        return self.costing.until(trial, self.setting.full)

    @property
    def _primary(self) -> Objective:
        return self.setting.objectives[0]

    def _why_candidate(self, trial: Trial) -> str:
        return f"candidate for the front: not dominated at {trial.examples_seen:,} examples"
