"""Whether the finished curves bear the model out."""

import time

import numpy as np
import pytest
from helpers.curves import T, drawn, whole

from autotune.curves import Curve, beats_last_value


@pytest.mark.parametrize("n", [0, 1, 4])
def test_few_curves_say_nothing(n):
    verdict = beats_last_value([*whole(drawn(n)), Curve(T[:5], T[:5]), Curve([1.0], [0.5])])
    assert verdict.better is None
    assert verdict.curves == n


def test_curves_that_follow_a_law_are_foretold():
    verdict = beats_last_value(whole(drawn(30)))
    assert verdict.better is True
    assert verdict.gain > 3 * verdict.gain_error
    assert verdict.model.crps < verdict.last.crps
    assert 0.85 <= verdict.model.inside <= 1.0
    assert verdict.model.spearman >= verdict.last.spearman - 0.02
    assert verdict == beats_last_value(whole(drawn(30)))


@pytest.mark.parametrize("scale", [1.0, -50.0])
def test_what_cannot_be_foretold_is_not_claimed(scale):
    steps = np.random.default_rng(1).normal(size=(60, 20)).cumsum(axis=1)
    verdict = beats_last_value(whole(scale * steps))
    assert verdict.better is False
    assert verdict.model.inside > 0.8


@pytest.mark.filterwarnings("error")
def test_flat_curves_are_judged_too():
    verdict = beats_last_value(whole(np.full((8, 20), 0.5)))
    assert verdict.better is False
    assert np.isnan(verdict.model.spearman)


def test_different_points_are_judged_apart():
    half = [Curve(T[1::2], row[1::2]) for row in drawn(20)[:10]]
    verdict = beats_last_value([*whole(drawn(20)[10:]), *half])
    assert verdict.curves == 20
    assert np.isfinite(verdict.gain)


def test_a_hundred_curves_are_judged_quickly():
    curves = whole(drawn(100))
    start = time.process_time()
    beats_last_value(curves)
    assert time.process_time() - start < 5


def test_more_curves_than_are_looked_at():
    verdict = beats_last_value(whole(drawn(230)))
    assert verdict.better is True
    assert verdict.curves == 200
