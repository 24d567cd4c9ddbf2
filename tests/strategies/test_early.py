"""Ranking by losses below the top, and the one value that searchers see."""

from dataclasses import replace

import numpy as np
import pytest

from autotune.decision import Thaw
from autotune.history import History
from autotune.objectives import COSTS, Objective
from autotune.space import SearchSpace
from autotune.strategies import Setting
from autotune.strategies.asha import Asha
from autotune.strategies.early import EARLY, before_the_end, early_loss
from autotune.strategies.estimate import at_one_level
from autotune.trial import CurvePoint, Trial, TrialState

ACCURACY = Objective("accuracy", "maximize")
LEVELS = (10, 30, 90)


def setting(**options):
    space = SearchSpace.from_dict({"name": "s", "parameters": {"lr": {"type": "float", "low": 0.1, "high": 1.0}}})
    nothing = {"costs": lambda c: {}, "refuse": lambda c: None, "identity": str}
    return Setting(space, (ACCURACY,), LEVELS, 3, losses=True, **nothing, **options)


def trial(number, points, state=TrialState.PAUSED):
    """points: fidelity -> (accuracy, loss, train_loss)."""
    curve = tuple(
        CurvePoint(e, {"accuracy": a, "loss": loss, "train_loss": t}, 1.0) for e, (a, loss, t) in sorted(points.items())
    )
    return Trial(number, {"lr": 0.5 + number / 100}, state=state, examples_seen=max(points), curve=curve)


def test_the_early_loss_is_the_mean_of_what_there_is():
    assert early_loss(CurvePoint(1, {"loss": 1.0, "train_loss": 2.0}, 0)) == 1.5
    assert early_loss(CurvePoint(1, {"loss": 1.0}, 0)) == 1.0
    assert early_loss(CurvePoint(1, {"accuracy": 1.0}, 0)) is None


def test_only_the_primary_metric_gives_way_and_only_below_the_top():
    objectives = (ACCURACY, COSTS["trainable_params"])
    assert before_the_end(objectives) == (EARLY, COSTS["trainable_params"])
    assert setting().compared_by(0) == (EARLY,)
    assert setting().compared_by(2) == (ACCURACY,)
    assert replace(setting(), losses=False).compared_by(0) == (ACCURACY,)


def test_asha_promotes_the_lower_losses_whatever_the_accuracy():
    trials = [trial(i, {10: (0.9 - i / 10, 2.0 - i / 10, 2.0 - i / 10)}) for i in range(3)]
    answer = Asha(setting()).next(History(90, trials={t.number: t for t in trials}))
    assert isinstance(answer, Thaw)
    assert answer.trial == 2
    assert "losses 1.800, accuracy 0.700" in answer.reason


def test_a_model_learns_from_losses_until_enough_are_trained_in_full():
    trials = [trial(i, {10: (0.5, 9.0, 9.0), 30: (0.5, 2 - i / 10, 2 - i / 10)}) for i in range(4)]
    left_behind = trial(7, {10: (0.9, 0.1, 0.1)})
    unscored = Trial(8, {"lr": 0.5})
    values = at_one_level([*trials, left_behind, unscored], setting(), enough=4)[:, 0]
    assert values[:5] == pytest.approx([1.0, 2 / 3, 1 / 3, 0.0, 1.0])
    assert np.isnan(values[5])
    assert at_one_level(trials, setting(), enough=5) is None


def test_then_from_the_metric():
    trials = [trial(i, {30: (0.5, 1.0, 1.0), 90: (0.5 + i / 10, 1 + i, 1 + i)}, TrialState.COMPLETE) for i in range(3)]
    assert at_one_level(trials, setting(), enough=3)[:, 0] == pytest.approx([1.0, 0.5, 0.0])
