"""What the models of a study expect of full trainings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers.cube import LOSS, SIZE, TIME, complete, config, history, points, setting, trial
from helpers.histories import OBJECTIVES, history_of, small_setting
from helpers.histories import trial as peft_trial

from autotune.history import History
from autotune.objectives import Objective
from autotune.pareto import front_mask, hypervolume
from autotune.strategies.base import Setting
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.rivals import promised, settled
from autotune.strategies.mobo.surrogate import Surrogate, _reference
from autotune.trial import Config, Trial, TrialKind, TrialState

ACCURACY = Objective("accuracy", "maximize")


def bowl(x: float, y: float) -> dict[str, float]:
    return {"loss": 1.0 + (y - 0.5) ** 2 - 0.3 * x, "time": 2.0 + x + y}


def surrogate(past: History, made: Setting) -> Surrogate:
    return Surrogate(past, made, Basis(made))


def rivals(past, model):
    return settled(past, model) + promised(past, model)


def gains(past: History, made: Setting, configs: Sequence[Config], there: Sequence[Trial] | None = None) -> np.ndarray:
    model = surrogate(past, made)
    return model.gains(rivals(past, model) if there is None else there, configs, seed=0)


def test_means_are_near_what_was_seen_and_known_objectives_are_exact() -> None:
    at = points(20)
    made = setting((LOSS, SIZE))
    model = surrogate(history(*complete(at, bowl)), made)
    assert list(model.models) == [LOSS]
    found = model.means([config(*x) for x in at])
    assert found[:, 0] == pytest.approx([bowl(*x)["loss"] for x in at], abs=0.05)
    assert found[:, 1].tolist() == [x[0] for x in at]
    elsewhere = model.means([config(0.123456789, 0.9)])
    assert elsewhere[0, 1] == 0.123456789


def test_known_objectives_are_read_on_their_scale() -> None:
    size = Objective("size", "minimize", known_before_training=True, log=True)
    most = Objective("most", "maximize", known_before_training=True)
    made = setting((LOSS, size, most), costs=lambda c: {"size": 100 * float(c["x0"]), "most": float(c["x1"])})
    model = surrogate(history(*complete(points(8), bowl)), made)
    assert model.means([config(0.5, 0.25)])[0, 1:] == pytest.approx([np.log1p(50), -0.25])


def test_maximised_objectives_are_turned() -> None:
    made = setting((ACCURACY, SIZE))
    past = history(*complete(points(15), lambda x, y: {"accuracy": 1 - (y - 0.5) ** 2}))
    found = surrogate(past, made).means([config(0.5, 0.5), config(0.5, 0.0)])
    assert found[0, 0] == pytest.approx(-1, abs=0.05)
    assert found[1, 0] == pytest.approx(-0.75, abs=0.05)


def test_a_candidate_that_known_objectives_rule_out_gains_nothing() -> None:
    ends = [trial(i, x, {9: {"loss": 0.5}}) for i, x in enumerate([[0.1, 0.5], [0.1, 0.9]])]
    worse = [trial(2 + i, x, {9: {"loss": 0.6 + i / 100}}) for i, x in enumerate(points(10))]
    made = setting((LOSS, SIZE), costs=lambda c: {"size": 5.0 if c["x0"] > 0.5 else float(c["x0"])})
    past = history(*ends, *(replace(t, known=made.costs(t.config)) for t in worse))
    model = surrogate(past, made)
    model.reference = np.array([2.0, 1.0])  # sizes of 5 lie beyond it, whatever their loss
    found = model.gains(rivals(past, model), [config(0.9, 0.5), config(0.6, 0.1), config(0.05, 0.5)], seed=0)
    assert found[:2].tolist() == [0, 0]
    assert found[2] > 0


def test_all_objectives_known_need_no_model() -> None:
    other = Objective("other", "minimize", known_before_training=True)
    made = setting((SIZE, other), costs=lambda c: {"size": float(c["x0"]), "other": 1 - float(c["x0"])})
    past = history(*(replace(t, known=made.costs(t.config)) for t in complete([[0.2, 0.1], [0.6, 0.1]], bowl)))
    model = surrogate(past, made)
    assert model.models == {}
    assert model.gains(rivals(past, model), [config(0.6, 0.9)], seed=0) == pytest.approx([0.0])
    assert model.gains(rivals(past, model), [config(0.4, 0.9)], seed=0)[0] > 0.01


def test_one_objective_is_enough() -> None:
    past = history(*complete(points(12), bowl))
    found = gains(past, setting((LOSS,)), [config(1.0, 0.5), config(0.0, 0.0)])
    assert found[0] > 10 * found[1]


@pytest.mark.parametrize(
    "objectives", [(LOSS, TIME), (LOSS, TIME, SIZE), (LOSS, TIME, SIZE, Objective("sum", "minimize"))]
)
def test_several_objectives_are_weighed_together(objectives: tuple[Objective, ...]) -> None:
    past = history(*complete(points(10), lambda x, y: bowl(x, y) | {"sum": x + y}))
    found = gains(past, setting(objectives), [config(*x) for x in points(20, seed=5)])
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert found.max() > 0


def test_running_trials_lower_the_gain_near_them() -> None:
    seen = complete(points(12), bowl)
    near, far = config(0.5, 0.5), config(0.01, 0.1)
    under_way = trial(50, (0.5, 0.5), {}, state=TrialState.RUNNING, target=1)
    made = setting((LOSS, SIZE))
    before, after = (gains(history(*seen, *more), made, [near, far]) for more in ((), (under_way,)))
    assert after[0] < 0.3 * before[0]
    assert after[1] == pytest.approx(before[1], rel=0.5, abs=1e-3)


def test_paused_trials_lower_the_gain_near_them_but_not_their_own() -> None:
    seen = complete(points(12), bowl)
    paused = trial(50, (0.97, 0.5), {1: {"loss": 0.8}})
    past = history(*seen, paused)
    made = setting((LOSS, SIZE))
    model = surrogate(past, made)
    candidate = [config(0.97, 0.5)]
    assert model.gains(rivals(past, model), candidate, seed=0)[0] < 1e-6
    assert model.gains(settled(past, model), candidate, seed=0)[0] > 1e-3


def test_gains_are_a_function_of_their_seed() -> None:
    past = history(*complete(points(12), bowl))
    made = setting((LOSS, SIZE))
    model = surrogate(past, made)
    configs = [config(*x) for x in points(5, seed=3)]
    there = rivals(past, model)
    assert np.array_equal(model.gains(there, configs, 1), surrogate(past, made).gains(there, configs, 1))
    assert not np.array_equal(model.gains(there, configs, 1), model.gains(there, configs, 2))
    assert model.gains(there, configs, 1, draws=512) == pytest.approx(
        surrogate(past, made).gains(there, configs, 1, draws=512), abs=1e-12
    )
    # What else is asked for changes nothing.
    assert model.gains(there, configs[2:3], 1) == pytest.approx(model.gains(there, configs, 1)[2:3])


def test_gains_need_no_rivals() -> None:
    past = history(*complete(points(6), bowl))
    found = gains(past, setting((LOSS, SIZE)), [config(0.5, 0.5)], there=[])
    assert found[0] > 0


def test_known_draws_of_the_gain_are_those_of_its_definition() -> None:
    """Without a spread the gain is the hypervolume that the expected values add."""
    at = points(25)
    past = history(*complete(at, bowl))
    model = surrogate(past, setting((LOSS, SIZE)))
    candidate = [config(0.3, 0.5)]
    front = model.means([config(*x) for x in at])
    added = hypervolume(np.vstack((front, model.means(candidate))), model.reference)
    expected = added - hypervolume(front, model.reference)
    assert expected > 0
    assert model.gains(rivals(past, model), candidate, seed=0)[0] == pytest.approx(expected, rel=0.5, abs=3e-3)


def test_what_controls_outside_the_space_have_scored_has_to_be_beaten() -> None:
    seen = complete(points(10), bowl)
    head = replace(
        trial(90, (0.0, 0.0), {9: {"loss": 0.0}}, kind=TrialKind.CONTROL, label="head"), config={"method": "head"}
    )
    made = setting((LOSS, SIZE))
    model = surrogate(history(*seen, head), made)
    assert not model.holds(head)
    assert model.holds(seen[0])
    assert gains(history(*seen, head), made, [config(0.5, 0.5)]).tolist() == [0.0]
    assert gains(history(*seen), made, [config(0.5, 0.5)])[0] > 0


def test_nothing_observed_is_an_error_that_callers_expect() -> None:
    with pytest.raises(ValueError, match="no trial has given a number"):
        surrogate(history(), setting())
    with pytest.raises(ValueError, match="no trial has given a number"):
        surrogate(history(trial(0, (0.1, 0.1), {}, state=TrialState.RUNNING, target=1)), setting())


def test_values_that_span_orders_are_modelled_by_their_logarithm() -> None:
    def steep(x: float, y: float) -> dict[str, float]:
        return {"loss": float(np.exp(8 * y)), "time": 1 + y}

    model = surrogate(history(*complete(points(20), steep)), setting((LOSS, TIME)))
    assert model.models[LOSS].log
    assert not model.models[TIME].log
    found = model.means([config(0.5, y) for y in (0.1, 0.25, 0.4, 1.0)])[:, 0]
    assert found[:3] == pytest.approx(np.exp(8 * np.array([0.1, 0.25, 0.4])), rel=0.2)
    assert found[3] > found[2]


def test_values_that_come_near_zero_are_modelled_as_they_are() -> None:
    def arc(x: float, y: float) -> dict[str, float]:
        return {"loss": float(np.cos(np.pi / 2 * y)), "time": float(np.sin(np.pi / 2 * y))}

    seen = [*points(20), (0.5, 0.0), (0.5, 1.0)]
    model = surrogate(history(*complete(seen, arc)), setting((LOSS, TIME)))
    assert not model.models[LOSS].log
    assert not model.models[TIME].log
    found = model.means([config(0.5, y) for y in (0.2, 0.5, 0.8)])[:, 0]
    assert found == pytest.approx(np.cos(np.pi / 2 * np.array([0.2, 0.5, 0.8])), abs=0.05)


def test_the_volume_is_that_of_the_complete_trials() -> None:
    made = setting((LOSS, SIZE))
    paused = [trial(i, x, {1: bowl(*x)}) for i, x in enumerate(points(6))]
    assert surrogate(history(*paused), made).volume == 0
    one = trial(6, (0.1, 0.5), {9: {"loss": 0.2}})
    model = surrogate(history(*paused, one), made)
    assert model.volume == pytest.approx(np.prod(model.reference - np.array([0.2, 0.1])))


@pytest.mark.parametrize("width", [1, 2, 3])
def test_the_reference_is_beyond_the_front_and_before_the_worst_tenth(width: int) -> None:
    rng = np.random.default_rng(0)
    values = rng.random((200, width))
    found = _reference(values[:50], values)
    assert (found >= np.quantile(values, 0.9, axis=0) - 1e-12).all()
    front = values[:50][front_mask(values[:50])]
    assert (found > front.max(axis=0)).all()


@pytest.mark.parametrize("values", [[[1.0, 2.0]], [[1.0, 2.0]] * 4])
def test_the_reference_of_one_point_is_beyond_it(values: Any) -> None:
    assert _reference(np.array(values), np.array(values)).tolist() == [1.1, 2.1]


def test_an_outlier_does_not_move_the_reference() -> None:
    rng = np.random.default_rng(0)
    values = np.vstack((rng.random((100, 2)), [[1e6, 1e6]]))
    assert _reference(values, values).max() < 2


def test_the_reference_does_not_follow_where_the_search_looks() -> None:
    usual = np.random.default_rng(0).random((100, 2))
    gathered = np.column_stack((np.full(30, 0.9), np.linspace(0.0, 0.01, 30)))
    assert (_reference(np.vstack((usual[:10], gathered)), usual) >= np.quantile(usual, 0.9, axis=0)).all()


def test_partial_configurations_are_filled_with_defaults() -> None:
    made = small_setting()
    assert made.objectives == OBJECTIVES
    trials = [peft_trial(i, {100: 0.5 + i / 10, 300: 0.6 + i / 10}) for i in range(4)]
    short = replace(trials[0], number=9, config={k: v for k, v in trials[0].config.items() if k != "batch_size"})
    model = surrogate(history_of(*trials, short), made)
    assert model.completed([short])[0]["batch_size"] == made.space.default()["batch_size"]
    assert len(model.configs) == 5


def test_fronts_of_earlier_decisions_are_forgotten() -> None:
    made, past = setting((LOSS, SIZE)), history(*complete(points(12), bowl))
    model = surrogate(past, made)
    for seed in range(20):
        there = [t for t in past.trials.values() if t.number != seed % 12]
        first = model.gains(there, [config(0.9, 0.5)], seed)
        assert len(model._boxes) <= 4
        assert len(model._bases) <= 4
        assert model.gains(there, [config(0.9, 0.5)], seed) == pytest.approx(first)
