"""Posteriors of the ends of learning curves."""

import numpy as np
import pytest
from helpers.curves import cut, drawn, equal, whole

from autotune.curves import extrapolate, last_value


@pytest.mark.parametrize("known", [0, 2, 12])
@pytest.mark.parametrize("k", [2, 7])
@pytest.mark.parametrize(("shift", "factor"), [(3.0, 10.0), (-1.0, 0.01), (0.5, -2.0)])
def test_rescaled_values_give_a_rescaled_posterior(known, k, shift, factor):
    values = drawn(16)
    one = extrapolate(cut(values[12:], k), whole(values[:known]))
    values = shift + factor * values
    two = extrapolate(cut(values[12:], k), whole(values[:known]))
    np.testing.assert_allclose(two.mean, shift + factor * one.mean, rtol=1e-5, atol=1e-6 * abs(factor))
    np.testing.assert_allclose(two.sd, abs(factor) * one.sd, rtol=1e-5)
    if factor > 0:
        np.testing.assert_allclose(two.quantile(0.2), shift + factor * one.quantile(0.2), rtol=1e-5)


@pytest.mark.parametrize("known", [0, 12])
def test_a_batch_equals_one_by_one(known):
    values = drawn(30)
    curves = [c for i, row in enumerate(values[12:]) for c in cut([row], 1 + 2 * (i % 6))]
    together = extrapolate(curves, whole(values[:known]))
    for i, curve in enumerate(curves):
        equal(together.rows([i]), extrapolate([curve], whole(values[:known])))


def test_the_same_again():
    values = drawn(20)
    first, second = (extrapolate(cut(values[10:], 6), whole(values[:10])) for _ in range(2))
    assert np.array_equal(first.means, second.means)
    assert np.array_equal(first.weights, second.weights)


@pytest.mark.parametrize(("known", "k"), [(0, 3), (0, 10), (20, 1), (20, 4), (20, 10)])
def test_intervals_hold_what_they_promise_and_beat_the_last_value(known, k):
    values = drawn(220)
    posterior = extrapolate(cut(values[20:], k), whole(values[:known]))
    truth = values[20:, -1]
    inside = (posterior.quantile(0.05) <= truth) & (truth <= posterior.quantile(0.95))
    assert inside.mean() >= 0.85
    baseline = last_value(cut(values[20:], k), whole(values[:known]))
    assert posterior.log_density(truth).mean() > baseline.log_density(truth).mean()
