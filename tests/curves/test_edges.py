"""Curves that are short, broken, constant or over."""

import numpy as np
import pytest
from helpers.curves import T, cut, drawn, equal, whole

from autotune.curves import Curve, extrapolate


def proper(posterior):
    for found in (posterior.mean, posterior.sd, posterior.median, posterior.quantile(0.05), posterior.quantile(0.95)):
        assert np.isfinite(found).all()
    assert (posterior.sd > 0).all()
    assert (posterior.quantile(0.05) <= posterior.quantile(0.95)).all()
    np.testing.assert_allclose(posterior.weights.sum(axis=1), 1)


KNOWN = {
    "none": [],
    "one": whole(drawn(1)),
    "three": whole(drawn(3)),
    "three alike": whole(np.tile(drawn(1), (3, 1))),
    "flat": whole(np.full((6, 20), 0.5)),
    "nothing": whole(np.zeros((6, 20))),
    "many": whole(drawn(300)),
    "diverged": whole(np.concatenate((drawn(8), drawn(4) * 10.0 ** np.arange(1, 21)))),
    "elsewhere": [Curve([0.3, 1.0], [1.0, 0.4]), Curve([0.1, 0.2, 1.0], [1.2, 1.0, 0.5]), Curve([1.0], [0.3])] * 2,
}
BEGUN = {
    "one value": Curve([0.05], [0.9]),
    "nothing": Curve([0.05], [0.0]),
    "constant": Curve(T[:6], np.full(6, 0.7)),
    "constant nothing": Curve(T[:6], np.zeros(6)),
    "two": Curve([0.01, 0.02], [1.0, 0.9]),
    "almost over": Curve(T[:19], drawn(1)[0, :19]),
    "diverged": Curve(T[:6], 10.0 ** (3 * np.arange(6))),
    "a leap": Curve(T[:6], [1, 1, 1, 1, 1, 1e-6]),
    "close": Curve([0.5, 0.5 + 1e-12], [1.0, 1.1]),
}


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("begun", BEGUN)
@pytest.mark.filterwarnings("error")
def test_every_beginning_gets_a_proper_posterior(known, begun):
    proper(extrapolate([BEGUN[begun]], KNOWN[known]))


def test_points_are_cleaned():
    curve = Curve([0.5, 0.1, 0.1, 0.2, 0.3, 0.4, 0.0, 1.5], [1.0, 2.0, 4.0, np.nan, np.inf, -np.inf, 7.0, 8.0])
    np.testing.assert_allclose(curve.fractions, [0.1, 0.5])
    np.testing.assert_allclose(curve.values, [3.0, 1.0])
    assert not curve.finished
    assert len(curve.until(0.3)) == len(curve.until(0.01)) == 1
    with pytest.raises(ValueError, match="as many values"):
        Curve([0.1], [1.0, 2.0])


def test_nothing_is_known_of_a_curve_without_points():
    curves = [Curve(T[:5], drawn(1)[0, :5]), Curve([0.1, 0.2], [np.nan, np.inf]), Curve([], [])]
    posterior = extrapolate(curves)
    assert np.isfinite(posterior.mean[0])
    for found in (posterior.mean, posterior.sd, posterior.median, posterior.probability_below(0.5)):
        assert np.isnan(found[1:]).all()
    assert len(extrapolate([])) == len(extrapolate([]).mean) == 0


@pytest.mark.parametrize("known", [0, 12])
def test_an_end_that_has_been_seen_counts(known):
    values = drawn(13, noise=0.05)
    posterior = extrapolate(whole(values[12:]), whole(values[:known]))
    assert posterior.mean[0] == pytest.approx(values[12, -1])
    assert posterior.sd[0] < 0.02


def test_unfinished_and_empty_ones_do_not_count_as_finished():
    values = drawn(12)
    extra = [*cut(values[:4], 10), Curve([], [])]
    asked = cut(values[10:], 5)
    equal(extrapolate(asked, whole(values[:10])), extrapolate(asked, [*extra, *whole(values[:10])]))


def test_rows_come_in_the_order_of_the_curves():
    values = drawn(30)
    lengths = [(7 * i) % 19 + 1 for i in range(10)]
    curves = [cut([row], k)[0] for row, k in zip(values[20:], lengths, strict=True)]
    order = np.random.default_rng(0).permutation(10)
    known = whole(values[:20])
    equal(extrapolate(curves, known).rows(order), extrapolate([curves[i] for i in order], known))


def test_a_flat_curve_may_still_do_what_the_finished_ones_did():
    late = 0.7 - 0.4 / (1 + np.exp(-(T - 0.6) * 20)) * np.linspace(0.5, 1, 12)[:, None]
    posterior = extrapolate([Curve(T[:4], late[0, :4])], whole(late[1:]))
    assert posterior.quantile(0.05)[0] < 0.4
    assert posterior.probability_below(0.6)[0] > 0.8


@pytest.mark.parametrize("k", [1, 2, 10])
def test_a_constant_may_still_move(k):
    posterior = extrapolate([Curve(T[:k], np.full(k, 0.675))])
    assert posterior.median[0] == pytest.approx(0.675, abs=0.01)
    assert posterior.quantile(0.95)[0] - posterior.quantile(0.05)[0] > 0.03
