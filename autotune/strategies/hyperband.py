"""Hyperband: brackets of successive halving that trade the number of trials against their training."""

from __future__ import annotations

from collections import defaultdict

from autotune.decision import Answer, Done, Stop, Thaw, Wait
from autotune.history import History
from autotune.strategies.asha import promotion
from autotune.strategies.base import Launch, Setting
from autotune.strategies.rungs import compare, level_points, next_level, violation
from autotune.trial import CurvePoint, Trial, TrialKind, TrialState


def bracket_sizes(rungs: int, eta: int) -> list[list[int]]:
    """How many trials each bracket trains to each of its rungs, the most exploratory bracket first.

    Table 1 of Li et al. (2018): for R = 81, eta = 3, so 5 rungs,
    ``[[81, 27, 9, 3, 1], [27, 9, 3, 1], [9, 3, 1], [6, 2], [5]]``; each row ends at the full fidelity.
    """
    most = rungs - 1
    starts = [((most + 1) // (s + 1)) * eta**s for s in range(most, -1, -1)]
    return [[n // eta**i for i in range(most - b + 1)] for b, n in enumerate(starts)]


class Hyperband:
    """Hyperband (Li et al. 2018) over several objectives, ranking as ``Asha`` does, but within a bracket.

    Brackets come in the paper's order, over and over; a trial carries the running number of its bracket. Inside a
    bracket halving is synchronous: a rung is decided once all its trials are scored or have failed. Failed trials
    have lost. While a bracket waits for its running trials, the next one begins, so that no device idles. What a rung
    gives up is stopped for good.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._sizes = bracket_sizes(len(setting.levels), setting.eta)

    def next(self, history: History, *, launching: bool = True) -> Answer | Launch:
        """Continue, stop, promote or launch in the oldest bracket that has something to do."""
        members: defaultdict[int, list[Trial]] = defaultdict(list)
        for trial in history.trials.values():
            if trial.kind is TrialKind.SEARCH and trial.bracket is not None:
                members[trial.bracket].append(trial)
        newest = max(members, default=-1)
        for number in range(newest + 2 if launching else newest + 1):
            answer = self._in_bracket(number, members.get(number, []), launching)
            if answer is not None:
                return answer
        return Wait("trials are running") if history.running else Done("every bracket is decided")

    def _in_bracket(self, number: int, trials: list[Trial], launching: bool) -> Answer | Launch | None:
        sizes = self._sizes[number % len(self._sizes)]
        levels = self._setting.levels[-len(sizes) :]
        filled = len(trials) >= sizes[0]
        paused = [t for t in trials if t.state is TrialState.PAUSED]
        if paused:
            points = {t.number: level_points(t, levels) for t in trials}
            for trial in paused:
                scored = points[trial.number]
                if not scored or scored[max(scored)].examples != trial.examples_seen:
                    end = next_level(trial, levels)
                    return Thaw(
                        trial.number, end, f"continued to {end:,} examples: interrupted at {trial.examples_seen:,}"
                    )
        if launching and not filled:
            return Launch(
                levels[0], f"bracket {number}: trial {len(trials) + 1} of {sizes[0]}, to {levels[0]:,} examples", number
            )
        if not paused:
            return None
        if not filled:  # no more trials will come: halve those there are
            sizes = [max(1, len(trials) // self._setting.eta**i) for i in range(len(sizes))]
        return self._halve(number, trials, points, sizes, levels)

    def _halve(
        self,
        number: int,
        entrants: list[Trial],
        points: dict[int, dict[int, CurvePoint]],
        sizes: list[int],
        levels: tuple[int, ...],
    ) -> Answer | None:
        """Stop the losers of the lowest undecided rung, then promote its winners, one at each call."""
        for index in range(len(levels) - 1):
            here = [(t, points[t.number].get(index)) for t in entrants]
            if any(t.state is TrialState.RUNNING and point is None for t, point in here):
                return None
            on_rung = {t.number for t, _ in here if t.state is TrialState.PAUSED and max(points[t.number]) == index}
            entrants = [t for t, point in here if point is not None and _went_on(t, points[t.number], index)]
            if not on_rung:
                continue
            # Costs measured later may change the order, never the number that goes on.
            places = max(0, sizes[index + 1] - len(entrants))
            setting = self._setting
            ranked = [
                (place, here[i])
                for place, i in enumerate(compare(here, setting.compared_by(index), setting.constraints).order(), 1)
            ]
            candidates = [
                (place, t, point) for place, (t, point) in ranked if t.number in on_rung and point is not None
            ]
            place, trial, _ = candidates[-1]
            if violation(trial, setting.constraints) > 0:
                return Stop(trial.number, f"bracket {number}: breaks a bound on costs, which no training changes")
            if len(candidates) > places:
                rank = f"rank {place} of {len(here)} at {levels[index]:,} examples"
                return Stop(trial.number, f"bracket {number}: {rank}; {sizes[index + 1]} go on")
            place, trial, point = candidates[0]
            return Thaw(
                trial.number,
                levels[index + 1],
                promotion(levels[index + 1], place, len(here), trial, point, setting, index),
            )
        return None


def _went_on(trial: Trial, points: dict[int, CurvePoint], index: int) -> bool:
    """Whether the trial was promoted from the rung: it stands higher, is under way, or failed on the way."""
    return max(points) > index or trial.state in (TrialState.RUNNING, TrialState.FAILED)
