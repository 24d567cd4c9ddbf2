"""What models are told of a history."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers.cube import LEVELS, LOSS, SIZE, TIME, history, points, setting, trial

from autotune.objectives import COSTS, Objective
from autotune.strategies.mobo.encoding import Encoding
from autotune.strategies.mobo.gp import Inputs
from autotune.strategies.mobo.observed import Observed, depth, observe
from autotune.trial import CurvePoint, Failure, FailureKind, Trial, TrialKind, TrialState

ACCURACY = Objective("accuracy", "maximize")


def seen(*trials: Trial, learnt: tuple[Objective, ...] = (LOSS,), **more: Any) -> Observed:
    made = setting(learnt, **more)
    return observe(history(*trials), made, Encoding(made.space), learnt)


def failed(number: int, kind: FailureKind = FailureKind.DIVERGED, **scores: Any) -> Trial:
    return trial(number, (0.9, 0.9), {}, state=TrialState.FAILED, failure=Failure(kind, "made up"), **scores)


@pytest.mark.parametrize(("level", "expected"), [(27, 0.0), (9, 1 / 3), (3, 2 / 3), (1, 1.0)])
def test_the_depth_of_a_level_is_its_place_in_the_logarithm(level: int, expected: float) -> None:
    assert depth(level, (1, 3, 9, 27)) == pytest.approx(expected)
    assert depth(5, (5,)) == 0


def test_each_trial_has_a_row_for_each_level_it_reached() -> None:
    found = seen(
        trial(4, (0.1, 0.2), {1: {"loss": 3.0}, 3: {"loss": 2.0}}),
        trial(7, (0.5, 0.6), {1: {"loss": 4.0}, 3: {"loss": 1.0}, 9: {"loss": 0.5}}),
        trial(8, (0.7, 0.7), {}, state=TrialState.RUNNING, target=1),
    )
    assert found.trials == [4, 7]
    assert found.owner.tolist() == [0, 0, 1, 1, 1]
    assert found.inputs.depth == pytest.approx([1, 0.5, 1, 0.5, 0])
    assert found.inputs.rows == pytest.approx(np.array([[0.1, 0.2]] * 2 + [[0.5, 0.6]] * 3))
    assert found.values[:, 0] == pytest.approx([3, 2, 4, 1, 0.5])


def test_what_is_maximised_is_turned() -> None:
    found = seen(trial(0, (0.1, 0.2), {9: {"accuracy": 0.75}}), learnt=(ACCURACY,))
    assert found.values.tolist() == [[-0.75]]


def test_points_between_levels_count_for_the_level_they_passed() -> None:
    found = seen(trial(0, (0.1, 0.2), {2: {"loss": 3.0}, 4: {"loss": 2.0}, 5: {"loss": 1.0}}))
    assert found.inputs.depth == pytest.approx([1, 0.5])
    assert found.values[:, 0] == pytest.approx([3, 2])


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf"), None])
def test_values_that_are_no_numbers_are_left_out_or_made_the_worst(bad: float | None) -> None:
    good = [trial(i, x, {9: {"loss": 1.0 + i}}) for i, x in enumerate(points(5))]
    odd = trial(9, (0.5, 0.5), {9: {} if bad is None else {"loss": bad}})
    found = seen(*good, odd)
    assert np.isfinite(found.values).all()
    left_out = bad is None or np.isnan(bad)
    assert len(found.values) == (5 if left_out else 6)
    if not left_out:
        assert found.values[5, 0] == 5.0


def test_a_trial_without_one_of_two_values_is_left_out() -> None:
    two = [trial(i, x, {9: {"loss": 1.0, "time": 2.0}}) for i, x in enumerate(points(3))]
    found = seen(*two, trial(3, (0.5, 0.5), {9: {"loss": 1.0}}), learnt=(LOSS, TIME))
    assert found.values.shape == (3, 2)
    assert found.owner.tolist() == [0, 1, 2]


def test_what_failed_by_its_own_fault_gets_the_worst_value_of_its_level() -> None:
    good = [trial(i, x, {1: {"loss": 1.0 + i}, 3: {"loss": 0.5 + i}}) for i, x in enumerate(points(3))]
    found = seen(*good, failed(5), failed(6, FailureKind.LOST))
    assert found.trials == [0, 1, 2, 5]
    assert found.inputs.depth[-1] == 1
    assert found.values[-1, 0] == 3.0
    later = replace(failed(5), curve=(CurvePoint(1, {"loss": 0.1}, 1.0),), examples_seen=1)
    found = seen(*good, later)
    assert found.values[-2:, 0].tolist() == [0.1, 2.5]
    assert found.inputs.depth[-1] == pytest.approx(0.5)


def test_failures_alone_are_observed_as_equally_bad() -> None:
    found = seen(failed(0), failed(1))
    assert found.values.tolist() == [[0.0], [0.0]]


def test_repeats_and_strangers_teach_nothing() -> None:
    known = trial(0, (0.1, 0.2), {9: {"loss": 1.0}})
    repeat = trial(1, (0.1, 0.2), {9: {"loss": 9.0}}, kind=TrialKind.REPEAT, repeat_of=0)
    stranger = replace(trial(2, (0.1, 0.2), {9: {"loss": 9.0}}, kind=TrialKind.CONTROL), config={"method": "head"})
    control = trial(3, (0.3, 0.2), {9: {"loss": 2.0}}, kind=TrialKind.CONTROL)
    assert seen(known, repeat, stranger, control).trials == [0, 3]


def test_nothing_observed_is_no_rows() -> None:
    found = seen()
    assert found.values.shape == (0, 1)
    assert found.inputs.rows.shape == (0, 2)


def test_outliers_are_brought_near() -> None:
    losses = [1.0, 1.1, 1.2, 1.3, 1e9]
    found = seen(*(trial(i, x, {9: {"loss": v}}) for i, (x, v) in enumerate(zip(points(5), losses, strict=True))))
    assert found.values[:4, 0].tolist() == losses[:4]
    assert 1.3 < found.values[4, 0] < 3
    better = seen(*(trial(i, x, {9: {"loss": -v}}) for i, (x, v) in enumerate(zip(points(5), losses, strict=True))))
    assert better.values[:, 0].min() == -1e9  # what is far better is no outlier


def test_levels_are_bounded_by_themselves() -> None:
    low = [trial(i, x, {1: {"loss": 100.0 + i}}) for i, x in enumerate(points(5))]
    high = [trial(5 + i, x, {9: {"loss": 1.0 + i}}) for i, x in enumerate(points(5))]
    found = seen(*low, *high)
    assert found.values[:5, 0].tolist() == [100, 101, 102, 103, 104]


def losses(value: float, early: float) -> dict[str, float]:
    return {"accuracy": value, "loss": early, "train_loss": early}


def test_before_the_end_losses_stand_in_the_metrics_place_on_its_scale() -> None:
    early = [trial(i, x, {1: losses(0.5, 2.0 + 0.1 * i)}) for i, x in enumerate(points(6))]
    ends = [trial(6 + i, x, {9: losses(0.7 + 0.05 * i, 9.0)}) for i, x in enumerate(points(4, seed=1))]
    learnt = (ACCURACY,)
    found = seen(*early, *ends, learnt=learnt, losses=True).values[:, 0]
    assert found[6:] == pytest.approx([-0.7, -0.75, -0.8, -0.85])
    assert (np.diff(found[:6]) > 0).all()
    assert np.median(found[:6]) == pytest.approx(-0.5)
    assert found[:6].std() == pytest.approx(np.std([0.7, 0.75, 0.8, 0.85]), rel=0.2)
    assert seen(*early, *ends, learnt=learnt).values[:6, 0] == pytest.approx([-0.5] * 6)


@pytest.mark.parametrize("missing", ["few", "one without losses", "equal losses"])
def test_losses_that_say_too_little_leave_the_metric(missing: str) -> None:
    count = 3 if missing == "few" else 6
    step = 0.0 if missing == "equal losses" else 0.1
    early = [trial(i, x, {1: losses(0.5 + i / 100, 2.0 - step * i)}) for i, x in enumerate(points(count))]
    if missing == "one without losses":
        early[2] = trial(2, (0.5, 0.5), {1: {"accuracy": 0.52}})
    found = seen(*early, learnt=(ACCURACY,), losses=True).values[:, 0]
    assert found == pytest.approx([-0.5 - i / 100 for i in range(count)])


def test_costs_are_not_replaced_by_losses() -> None:
    learnt = (COSTS["latency_ms"],)
    trials = [trial(i, x, {1: {"latency_ms": 5.0 + i, "loss": 2.0 - i / 10}}) for i, x in enumerate(points(6))]
    assert seen(*trials, learnt=learnt, losses=True).values[:, 0] == pytest.approx([5, 6, 7, 8, 9, 10])


def observed(owner: list[int], depths: list[float]) -> Observed:
    inputs = Inputs(np.zeros((len(owner), 1)), np.array(depths))
    return Observed(sorted(set(owner)), np.array(owner), inputs, np.zeros((len(owner), 1)))


def test_all_rows_are_telling_where_they_are_few() -> None:
    assert observed([0, 0, 1], [1, 0.5, 1]).most_telling(3).tolist() == [0, 1, 2]


def test_the_highest_row_of_each_trial_is_the_most_telling() -> None:
    made = observed([0, 0, 0, 1, 1, 2, 3], [1, 0.5, 0, 1, 0.5, 1, 1])
    assert made.most_telling(1).tolist() == [2]
    assert made.most_telling(2).tolist() == [2, 4]
    assert made.most_telling(4).tolist() == [2, 4, 5, 6]
    assert made.most_telling(5).tolist() == [1, 2, 4, 5, 6]
    assert made.most_telling(3).tolist() == [2, 4, 6]  # of equals the latest


def test_known_objectives_are_not_observed() -> None:
    made = setting((LOSS, SIZE), LEVELS)
    found = observe(history(trial(0, (0.1, 0.2), {9: {"loss": 1.0}})), made, Encoding(made.space), [LOSS])
    assert found.values.shape == (1, 1)
