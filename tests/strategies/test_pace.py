"""What trainings cost, and a search by halving that plans with what is left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.cube import complete, config, history, points, setting, trial

from autotune.decision import Answer, Done, Start, Thaw, Wait
from autotune.history import History
from autotune.strategies.asha import Asha
from autotune.strategies.base import Suggestion
from autotune.strategies.composed import Composed
from autotune.strategies.mobo import Mobo
from autotune.strategies.pace import LAST_CHANCE, in_full, paid, to_finish
from autotune.trial import Trial, TrialState

RESUMES, ANEW = setting(), setting(resumes=False)


def paused(number: int, seconds: float = 1.0, level: int = 1) -> Trial:
    values = {at: {"loss": number / 10} for at in (1, 3) if at <= level}
    return trial(number, points(20)[number], values, device_seconds=seconds)


def test_a_trial_pays_for_what_it_trained_and_for_beginning_anew() -> None:
    twice = paused(0, 8.0, level=3)
    assert (paid(twice, RESUMES), paid(twice, ANEW)) == (3, 4)
    assert to_finish(twice, RESUMES) == pytest.approx(8 / 3 * 6)
    assert to_finish(twice, ANEW) == pytest.approx(8 / 4 * 9)


def test_a_new_training_costs_what_the_cheap_ones_do_once_some_are_known() -> None:
    trials = [paused(i, seconds) for i, seconds in enumerate((4.0, 1.0, 3.0, 2.0, 5.0))]
    assert in_full(trials[:3], RESUMES) == 0
    assert in_full(trials, RESUMES) == pytest.approx(9 * 2.0)
    assert in_full([paused(9, 0.0)] * 9, RESUMES) == 0


class Always:
    """A searcher with the same idea again and again."""

    def suggest(self, history: History, rng: np.random.Generator) -> Suggestion:
        return Suggestion(config(0.1, 0.1), "an idea")


def answer(past: History, left: float, *, plans: bool = True) -> Answer:
    made = setting(left=lambda _: left)
    return Composed(Always(), Asha(made), made, plans=plans).next(past, np.random.default_rng(0))


def test_what_cannot_reach_its_end_is_neither_promoted_nor_begun() -> None:
    past = history(*(paused(i, 1.0 + 4 * (i == 0)) for i in range(6)))  # the best is dear: 40 s to its end
    assert isinstance(promoted := answer(past, 100.0), Thaw)
    assert promoted.trial == 0
    assert isinstance(begun := answer(past, 39.0), Start)
    assert "does not fit into the budget" in begun.reason
    assert isinstance(thawed := answer(past, 8.5), Thaw)
    assert (thawed.trial, thawed.end, thawed.reason) == (1, 9, LAST_CHANCE)
    ended = trial(8, points(20)[8], {9: {"loss": 0.9}}, state=TrialState.COMPLETE, device_seconds=45.0)
    past = history(*past.trials.values(), ended)
    assert isinstance(thawed := answer(past, 8.5), Thaw)
    assert (thawed.trial, thawed.end) == (1, 3)
    assert "nothing else fits into the budget" in thawed.reason
    assert answer(past, 7.9) == Done("no training fits into the budget any more")
    running = trial(9, (0.5, 0.5), {}, state=TrialState.RUNNING, target=1)
    assert isinstance(answer(history(*past.trials.values(), running), 7.9), Wait)


def test_who_does_not_plan_takes_no_notice() -> None:
    past = history(*(paused(i) for i in range(6)))
    assert isinstance(answer(past, 0.5, plans=False), Thaw)


def test_a_searcher_that_thinks_ahead_is_told_of_every_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(Mobo, "look_ahead", lambda _, past: told.append(past))
    made = setting()
    past = history(*complete(points(6), lambda x, y: {"loss": x + y}, 1))
    assert isinstance(Composed(Mobo(made), Asha(made), made).next(past, np.random.default_rng(0)), Thaw)
    assert told == [past]
