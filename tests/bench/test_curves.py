"""A recording as a pool."""

import pytest
from helpers.recordings import recording

from autotune.bench import simulate
from autotune.bench.curves import RecordedCurves
from autotune.bench.prepared import prepare
from autotune.bench.score import scale_of
from autotune.errors import AutotuneError


@pytest.fixture(scope="module")
def made():
    return RecordedCurves(recording(20, failing=2), "made")


def test_a_fidelity_between_points_is_trained_to_the_later_one(made):
    config = made.pool[0]
    assert made.evaluate(config, 301) == made.evaluate(config, 350)
    assert made.evaluate(config, 300)[0] != made.evaluate(config, 301)[0]
    assert {"accuracy", "loss", "train_loss", "latency_ms"} <= set(made.evaluate(config, 50)[0])


def test_a_piece_pays_for_attaching_its_training_and_one_evaluation(made):
    trial = made.recording.trials[0]
    whole = trial.seconds["train"]
    assert made.cost(trial.config, 0, 1000) == pytest.approx(0.5 + whole + 0.1)
    assert made.cost(trial.config, 0, 50) == pytest.approx(0.5 + whole / 20 + 0.1)
    assert made.cost(trial.config, 50, 1000) == pytest.approx(0.5 + whole * 19 / 20 + 0.1)


def test_a_training_that_failed_answers_until_then(made):
    trial = made.recording.trials[-1]
    assert made.evaluate(trial.config, 500)[0]
    values, cost = made.evaluate(trial.config, 1000)
    assert values == {}
    assert cost == pytest.approx(0.5 + trial.seconds["train"] + 0.1)


def test_only_recorded_configurations_are_answered_for(made):
    config = {**made.pool[0]}
    config[f"{config['method']}.lr"] = 0.00123
    with pytest.raises(AutotuneError, match="no training of"):
        made.evaluate(config, 100)


@pytest.mark.parametrize("strategy", ["random+fifo", "tpe+asha"])
def test_every_good_configuration_is_found_in_the_end(made, strategy):
    scale = scale_of(prepare(made))
    run = simulate(made, strategy, 60 * scale.one, 0, charge_thinking=False)
    assert scale.score([f.values for f in run.full]) == pytest.approx(1)
    assert len(run.full) == 18
    assert run.failed == 2


def test_the_objectives_are_the_metric_and_the_known_size(made):
    first, second = prepare(made).objectives
    assert (first.name, second.name) == ("accuracy", "trainable_params")
    assert second.known_before_training
    assert "18" in scale_of(prepare(made)).to
    assert "2 failed" in made.about
