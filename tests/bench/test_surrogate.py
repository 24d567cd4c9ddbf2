"""A model in place of the pool."""

import numpy as np
import pytest
from helpers.recordings import recording

from autotune.bench.prepared import prepare
from autotune.bench.surrogate import CurveSurrogate
from autotune.errors import AutotuneError


@pytest.fixture(scope="module")
def made():
    return CurveSurrogate(recording(40, failing=2), "made")


def test_any_configuration_is_answered_for_always_alike(made):
    again, space = CurveSurrogate(recording(40, failing=2), "made"), prepare(made).space
    for seed in range(3):
        config = space.sample(np.random.default_rng((9, seed)))
        values, cost = made.evaluate(config, 1000)
        assert 0.5 < values["accuracy"] < 1
        assert values == again.evaluate(config, 1000)[0]
        assert made.evaluate(config, 50)[0]["accuracy"] < values["accuracy"]
        assert 10 < cost < 20
        assert made.cost(config, 0, 500) + made.cost(config, 500, 1000) > cost
        assert made.known(config)["trainable_params"] > 0


def test_its_rank_correlation_is_told(made):
    assert set(made.correlation) == {"accuracy", "loss", "train_seconds"}
    assert 0.5 < made.correlation["accuracy"] <= 1
    assert f"accuracy {made.correlation['accuracy']:.2f}" in made.about


def test_too_few_trainings_are_refused():
    with pytest.raises(AutotuneError, match="10 whole trainings"):
        CurveSurrogate(recording(10))
