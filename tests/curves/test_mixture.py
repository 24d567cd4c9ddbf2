"""Mixtures of normal distributions."""

import numpy as np
import pytest

from autotune.curves import Posterior

GRID = np.linspace(-12, 14, 5001)
TWO = Posterior(
    np.array([[0.3, 0.7], [1.0, 0.0]]), np.array([[-1.0, 2.0], [0.5, 9.0]]), np.array([[0.5, 1.0], [2.0, 1.0]])
)


def everywhere(row, what):
    return np.array([what(row.rows([0]), x)[0] for x in GRID])


@pytest.mark.parametrize("which", [0, 1])
def test_its_figures_agree_with_each_other(which):
    row = TWO.rows([which])
    density = np.exp(everywhere(row, Posterior.log_density))
    step = GRID[1] - GRID[0]
    assert density.sum() * step == pytest.approx(1, abs=1e-4)
    assert (density * GRID).sum() * step == pytest.approx(row.mean[0], abs=1e-3)
    assert np.sqrt((density * (GRID - row.mean[0]) ** 2).sum() * step) == pytest.approx(row.sd[0], abs=1e-3)
    below = everywhere(row, Posterior.probability_below)
    np.testing.assert_allclose(np.cumsum(density) * step, below, atol=2e-2)
    for q in (0.01, 0.3, 0.5, 0.99):
        assert row.probability_below(row.quantile(q))[0] == pytest.approx(q, abs=1e-6)
    for truth in (-2.0, 1.5):
        integral = ((below - (truth <= GRID)) ** 2).sum() * step
        assert row.crps(truth)[0] == pytest.approx(integral, abs=1e-2)


def test_a_quantile_lies_between_none_and_all():
    for q in (0.0, 1.0):
        with pytest.raises(ValueError, match="between 0 and 1"):
            TWO.quantile(q)


def test_a_number_for_each_row():
    np.testing.assert_allclose(TWO.log_density([0.1, 0.2]), [TWO.log_density(0.1)[0], TWO.log_density(0.2)[1]])
    moved = TWO.scaled([1.0, 2.0], [3.0, 4.0])
    np.testing.assert_allclose(moved.mean, [1.0, 2.0] + TWO.mean * [3.0, 4.0])
