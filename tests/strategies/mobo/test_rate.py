"""What trainings are expected to cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.cube import LOSS, SIZE, config, history, points, setting, trial

from autotune.history import History
from autotune.strategies.base import Setting
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.opening import opening
from autotune.strategies.mobo.rate import Rates
from autotune.trial import Trial, TrialKind, TrialState


def rates(past: History, made: Setting | None = None) -> Rates:
    made = made or setting((LOSS, SIZE))
    return Rates(past, made, Basis(made))


def at_rate(number: int, x: list[float], rate: float, seen: int = 3) -> Trial:
    return trial(number, x, {seen: {"loss": 1.0}}, device_seconds=rate * seen)


def test_without_any_trial_a_step_costs_one() -> None:
    assert rates(history()).full([config(0.1, 0.2), config(0.3, 0.4)]).tolist() == [9, 9]


def test_few_trials_cost_their_median() -> None:
    past = history(*(at_rate(i, x, r) for i, (x, r) in enumerate(zip(points(3), (1.0, 2.0, 50.0), strict=True))))
    assert rates(past).full([config(0.1, 0.2)]).tolist() == [18]


def test_equal_rates_need_no_model() -> None:
    past = history(*(at_rate(i, x, 2.0 + i / 1000) for i, x in enumerate(points(12))))
    assert rates(past).full([config(0, 0), config(1, 1)]) == pytest.approx([18, 18], rel=0.01)


def test_rates_that_differ_are_learnt() -> None:
    past = history(*(at_rate(i, x, float(np.exp(2 * x[0]))) for i, x in enumerate(points(25))))
    found = rates(past).full([config(0.1, 0.5), config(0.5, 0.1), config(0.9, 0.9)])
    assert found == pytest.approx(9 * np.exp(2 * np.array([0.1, 0.5, 0.9])), rel=0.1)


def test_a_trial_goes_on_at_its_own_rate() -> None:
    past = history(*(at_rate(i, x, 1.0) for i, x in enumerate(points(5))))
    slow = at_rate(9, [0.5, 0.5], 7.0)
    assert rates(past).to_finish(slow) == pytest.approx(6 * 7)


def test_a_trial_that_cannot_resume_is_trained_from_its_start() -> None:
    trials = [at_rate(i, x, 2.0) for i, x in enumerate(points(5))]
    assert rates(history(*trials), setting(resumes=False)).to_finish(trials[0]) == pytest.approx(18)


def test_where_each_step_begins_anew_its_seconds_paid_for_all_of_them() -> None:
    twice = trial(0, [0.5, 0.5], {1: {"loss": 1.0}, 3: {"loss": 0.9}}, device_seconds=4.0)
    assert rates(history(twice), setting(resumes=False)).to_finish(twice) == pytest.approx(9.0)
    assert rates(history(twice), setting()).to_finish(twice) == pytest.approx(8.0)


def test_a_trial_that_has_not_begun_costs_what_is_usual() -> None:
    past = history(*(at_rate(i, x, 2.0) for i, x in enumerate(points(5))))
    lost = trial(9, (0.5, 0.5), {}, state=TrialState.PAUSED, device_seconds=0.0)
    assert rates(past).to_finish(lost) == pytest.approx(18)


def test_free_trainings_cost_nearly_nothing_and_more_than_nothing() -> None:
    free = [replace(at_rate(i, x, 1.0), device_seconds=0.0) for i, x in enumerate(points(8))]
    made = rates(history(*free))
    assert 0 < made.to_finish(free[0]) < 1e-6
    assert np.isfinite(made.full([config(0.5, 0.5)])).all()


def test_repeats_and_strangers_say_nothing() -> None:
    usual = [at_rate(i, x, 1.0) for i, x in enumerate(points(3))]
    repeats = [replace(at_rate(5 + i, [0.1, 0.1], 90.0), kind=TrialKind.REPEAT) for i in range(5)]
    stranger = replace(at_rate(20, [0.1, 0.1], 90.0), config={"method": "head"})
    assert rates(history(*usual, *repeats, stranger)).full([config(0.1, 0.1)]).tolist() == [9]


def limited(left: float) -> Setting:
    return setting(left=lambda history: left)


@pytest.mark.parametrize(("dimensions", "expected"), [(1, 4), (6, 8), (40, 12)])
def test_more_dimensions_begin_with_more_trials(dimensions: int, expected: int) -> None:
    assert opening(history(), setting(), dimensions) == expected


def test_a_small_budget_begins_with_fewer() -> None:
    past = history(at_rate(0, [0.5, 0.5], 1.0))
    many, few, hardly = (opening(past, limited(left), 40) for left in (1e6, 60.0, 1.0))
    assert many == 12
    assert 4 <= few < 12
    assert hardly == 4


def test_free_trainings_begin_with_as_many_as_wanted() -> None:
    past = history(replace(at_rate(0, [0.5, 0.5], 1.0), device_seconds=0.0))
    assert opening(past, limited(5.0), 40) == 12


def test_trials_that_are_trained_in_full_are_begun_with_fewer_of() -> None:
    """Without halving a random trial costs many first levels."""
    halved, full = (history(*(at_rate(i, [0.1 * i, 0.5], 1.0, seen) for i in range(3))) for seen in (1, 9))
    assert opening(halved, limited(400.0), 40) == 12
    assert opening(full, limited(400.0), 40) == 4
