"""What models look at of a long history, and that its length scales wait for a milestone."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.events import decide, result_of
from helpers.histories import control, history_of, small_setting, trial
from helpers.peft_like import PeftLike

from autotune.decision import Start
from autotune.history import MILESTONE, History, Returned
from autotune.strategies.mobo import FreezeThaw
from autotune.strategies.mobo.fitted import Fitted
from autotune.strategies.mobo.gp import Parameters
from autotune.strategies.mobo.view import MOST, View
from autotune.trial import CurvePoint, TrialState

PROBLEM = PeftLike(levels=(100, 300, 900))


def crowd(count=900, seed=0):
    """Random trials: most paused at the lowest rung, few complete."""
    rng = np.random.default_rng(seed)
    trials = [control(0, {900: 0.4}, 10.0)]
    for number in range(1, count):
        levels = (100, 300, 900)[: 1 + int(rng.random() < 0.4) + int(rng.random() < 0.2)]
        scores = {level: float(rng.random()) * (1 + level / 900) / 2 for level in levels}
        made = trial(number, scores, float(rng.integers(100, 10_000)), config=PROBLEM.space.sample(rng))
        made = replace(made, device_seconds=float(max(levels)), state=TrialState.PAUSED)
        trials.append(replace(made, state=TrialState.COMPLETE) if max(levels) == 900 else made)
    trials.append(trial(count, {}, state=TrialState.RUNNING, target=100, config=PROBLEM.space.sample(rng)))
    return trials


def test_a_short_history_is_looked_at_as_it_is():
    past = history_of(*crowd(MOST - 2))
    assert View(small_setting()).of(past) is past


def test_of_a_long_one_the_best_the_latest_and_what_runs_are_left():
    trials = crowd()
    best = trial(17, {100: 0.99, 300: 0.99, 900: 0.99}, 1.0, state=TrialState.COMPLETE)
    promising = trial(18, {100: 0.99}, 1.0)
    trials[17:19] = [best, promising]
    seen = View(small_setting()).of(history_of(*trials))
    assert MOST <= len(seen.trials) <= MOST + 2
    assert {0, 17, 18, 900} <= seen.trials.keys()
    assert list(seen.trials) == sorted(seen.trials)
    assert [t.number for t in seen.running] == [900]


def test_the_view_is_a_function_of_the_history_alone():
    used = View(small_setting())
    for seed in (1, 2):
        used.of(history_of(*crowd(seed=seed)))
    past = history_of(*crowd())
    assert used.of(past).trials.keys() == View(small_setting()).of(past).trials.keys()


def grown(results):
    """A history of so many trainings to the lowest rung, event by event."""
    past, rng = History(900), np.random.default_rng(3)
    for i in range(results):
        past = past.after(decide(past, Start(PROBLEM.space.sample(rng), 100, "more"), {"trainable_params": 10.0 + i}))
        point = CurvePoint(100, {"accuracy": float(rng.random())}, 1.0)
        past = past.after(Returned(result_of(past, i, curve=(point,))))
    return past


def test_parameters_are_found_at_milestones_only():
    fitted, asked = Fitted(), []

    def fit(past):
        asked.append(past)
        return {"it": Parameters(np.ones(1), np.ones(7))}

    early = grown(MILESTONE - 1)
    assert fitted.find("it", early, fit) == {}
    past = grown(MILESTONE + 3)
    assert fitted.find("it", past, fit) is fitted.find("it", past.at(7.0), fit)
    assert asked == [past.milestone]
    assert len(past.milestone.trials) == MILESTONE
    assert len(past.trials) == MILESTONE + 3


def test_what_cannot_be_fitted_at_a_milestone_is_fitted_at_each_decision():
    def fail(past):
        raise np.linalg.LinAlgError("not positive definite")

    assert Fitted().find("it", grown(MILESTONE), fail) == {}


@pytest.mark.slow
def test_a_decision_on_a_long_history_is_the_same_whatever_was_asked_before():
    past = replace(grown(MILESTONE), trials=history_of(*crowd(700)).trials)
    setting = small_setting()
    used = FreezeThaw(setting)
    used.next(grown(MILESTONE + 1), np.random.default_rng(5))
    answers = [s.next(past, np.random.default_rng(1)) for s in (used, FreezeThaw(setting), used)]
    assert answers[0] == answers[1] == answers[2]
