"""The Gaussian process, against its own definition and against GPyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gpytorch.distributions import MultivariateNormal
from gpytorch.kernels import Kernel
from gpytorch.likelihoods import GaussianLikelihood
from gpytorch.means import ZeroMean
from gpytorch.models import ExactGP
from scipy.optimize import approx_fprime

from autotune.strategies.mobo import gp
from autotune.strategies.mobo.gp import Inputs, Parameters, Posterior, fit, standard

GROUPS = np.array([0, 0, 1, 2])
PARAMETERS = Parameters(np.array([0.7, 1.3, 0.4]), np.array([1.1, 0.3, 0.6, 0.05, 0.2, 0.02, 0.3]))


def inputs(count: int, seed: int = 0, width: int = 4) -> Inputs:
    rng = np.random.default_rng(seed)
    return Inputs(rng.random((count, width)), rng.choice([0.0, 0.5, 1.0], count), rng.normal(size=(count, 2)))


def stacked(a: Inputs, b: Inputs) -> Inputs:
    assert a.hunches is not None
    assert b.hunches is not None
    return Inputs(np.vstack((a.rows, b.rows)), np.concatenate((a.depth, b.depth)), np.vstack((a.hunches, b.hunches)))


def covariance(a: Inputs, b: Inputs, parameters: Parameters = PARAMETERS, groups: np.ndarray = GROUPS) -> np.ndarray:
    """Entry by entry, as the module says it."""
    worth, drift, reach, luck, level, _, trust = parameters.scales
    found = np.empty((len(a.rows), len(b.rows)))
    for i, (x, s) in enumerate(zip(a.rows, a.depth, strict=True)):
        for j, (y, t) in enumerate(zip(b.rows, b.depth, strict=True)):
            r = np.sqrt((((x - y) / parameters.lengths[groups]) ** 2).sum())
            near = (1 + 5**0.5 * r + 5 / 3 * r**2) * np.exp(-(5**0.5) * r)
            gap = abs(s - t)
            found[i, j] = (
                worth * near
                + drift * near * np.exp(-gap / reach)
                + luck * np.allclose(x, y)
                + level * np.exp(-0.5 * (gap / 0.5) ** 2)
                + (0.0 if a.hunches is None or b.hunches is None else trust * a.hunches[i] @ b.hunches[j])
            )
    return found


def values_at(points: Inputs, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 3.0 + 2.0 * np.sin(4 * points.rows[:, 0]) - points.depth + 0.1 * rng.normal(size=len(points.depth))


def exact(known: Inputs, values: np.ndarray, points: Inputs) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of noise-free values given noisy ones, by the textbook."""
    shift, width = standard(values)
    noisy = covariance(known, known) + PARAMETERS.scales[5] * np.eye(len(values))
    cross = covariance(points, known)
    mean = shift + width * cross @ np.linalg.solve(noisy, (values - shift) / width)
    return mean, width**2 * (covariance(points, points) - cross @ np.linalg.solve(noisy, cross.T))


class Written(Kernel):
    """A covariance that is given as a matrix; inputs are its row numbers."""

    def __init__(self, matrix: np.ndarray) -> None:
        super().__init__()
        self.matrix = torch.from_numpy(matrix)

    def forward(self, x1: torch.Tensor, x2: torch.Tensor, diag: bool = False, **_: object) -> torch.Tensor:
        found = self.matrix[x1[..., 0].long()][:, x2[..., 0].long()]
        return found.diagonal() if diag else found


class Model(ExactGP):
    def __init__(self, x: torch.Tensor, y: torch.Tensor, kernel: Kernel, noise: float) -> None:
        likelihood = GaussianLikelihood().double()
        likelihood.noise = noise
        super().__init__(x, y, likelihood)
        self.mean_module, self.covar_module = ZeroMean(), kernel

    def forward(self, x: torch.Tensor) -> MultivariateNormal:
        return MultivariateNormal(self.mean_module(x), self.covar_module(x))


@pytest.mark.parametrize("seed", range(4))
def test_the_gradient_is_that_of_finite_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = inputs(12, seed)
    points.rows[5] = points.rows[2]  # the same configuration at two levels
    assert points.hunches is not None
    points.hunches[5] = points.hunches[2]
    values = values_at(points, seed)
    evidence = gp._Evidence(points, (values - values.mean()) / values.std(), GROUPS)
    theta = np.concatenate((rng.normal(0, 0.5, 3), gp._PRIOR[:, 0] + rng.normal(0, 0.3, 7)))
    value, gradient = evidence(theta)
    assert np.isfinite(value)
    near = approx_fprime(theta, lambda t: evidence(t)[0], 1e-6)
    assert gradient == pytest.approx(near, rel=1e-3, abs=1e-4)


def test_the_evidence_is_that_of_the_multivariate_normal() -> None:
    points = inputs(9)
    values = values_at(points)
    theta = np.log(np.concatenate((PARAMETERS.lengths, PARAMETERS.scales)))
    matrix = covariance(points, points) + (PARAMETERS.scales[5] + 1e-8) * np.eye(9)
    expected = 0.5 * values @ np.linalg.solve(matrix, values) + 0.5 * np.linalg.slogdet(matrix)[1]
    assert gp._Evidence(points, values, GROUPS)(theta)[0] == pytest.approx(expected)


def test_the_posterior_is_the_one_of_gpytorch() -> None:
    known, points = inputs(14), inputs(6, seed=1)
    values = values_at(known)
    shift, width = standard(values)
    everything = stacked(known, points)
    places = torch.arange(20, dtype=torch.float64)[:, None]
    model = Model(
        places[:14],
        torch.from_numpy((values - shift) / width),
        Written(covariance(everything, everything)),
        float(PARAMETERS.scales[5]),
    ).eval()
    with torch.no_grad():
        theirs = model(places[14:])
    posterior = Posterior(known, values, GROUPS, PARAMETERS)
    assert posterior.mean(points) == pytest.approx(shift + width * theirs.mean.numpy(), rel=1e-5)
    joint = posterior.given(posterior.base(points.at(np.array([0]))), points)
    assert joint.mean == pytest.approx(shift + width * theirs.mean.numpy(), rel=1e-5)
    spread = width**2 * theirs.covariance_matrix.numpy()
    assert joint.variance[1:] + joint.pull[1:, 0] ** 2 * spread[0, 0] == pytest.approx(np.diag(spread)[1:], rel=1e-4)


def test_what_a_point_is_given_a_base_is_the_exact_conditional() -> None:
    known, base, points = inputs(10), inputs(4, seed=1), inputs(5, seed=2)
    values = values_at(known)
    posterior = Posterior(known, values, GROUPS, PARAMETERS)
    jointly = posterior.base(base)
    joint = posterior.given(jointly, points)
    both = stacked(base, points)
    mean, spread = exact(known, values, both)
    assert jointly.mean == pytest.approx(mean[:4], rel=1e-6)
    assert joint.mean == pytest.approx(mean[4:], rel=1e-6)
    assert (jointly.vectors * jointly.spectrum) @ jointly.vectors.T == pytest.approx(spread[:4, :4], abs=1e-5)
    pull = np.linalg.solve(spread[:4, :4], spread[:4, 4:]).T
    assert joint.pull == pytest.approx(pull, rel=1e-3, abs=1e-4)
    left = np.diag(spread)[4:] - (pull * spread[4:, :4]).sum(axis=1)
    assert joint.variance == pytest.approx(left, rel=1e-3, abs=1e-5)


def test_a_point_of_the_base_is_certain_once_the_base_is_known() -> None:
    known, base = inputs(10), inputs(4, seed=1)
    posterior = Posterior(known, values_at(known), GROUPS, PARAMETERS)
    joint = posterior.given(posterior.base(base), base)
    assert joint.pull == pytest.approx(np.eye(4), abs=1e-3)
    assert (joint.variance < 1e-4).all()


def test_without_a_base_nothing_is_given() -> None:
    known, points = inputs(10), inputs(3, seed=1)
    values = values_at(known)
    posterior = Posterior(known, values, GROUPS, PARAMETERS)
    joint = posterior.given(posterior.base(known.at(np.array([], dtype=np.int64))), points)
    _, spread = exact(known, values, points)
    assert joint.pull.shape == (3, 0)
    assert joint.variance == pytest.approx(np.diag(spread), rel=1e-5)


def test_values_without_noise_are_interpolated() -> None:
    known = inputs(12)
    values = values_at(known)
    quiet = Parameters(PARAMETERS.lengths, np.array([1.0, 0.3, 0.5, 1e-3, 0.1, 1e-9, 0.1]))
    assert Posterior(known, values, GROUPS, quiet).mean(known) == pytest.approx(values, abs=1e-3)


def test_far_from_everything_nothing_is_known() -> None:
    known = Inputs(np.random.default_rng(0).random((12, 4)), np.zeros(12))
    values = values_at(known)
    far = Inputs(np.full((1, 4), 40.0), np.zeros(1))
    posterior = Posterior(known, values, GROUPS, PARAMETERS)
    joint = posterior.given(posterior.base(known.at(np.array([0]))), far)
    worth, drift, _, luck, *_ = PARAMETERS.scales
    assert joint.mean[0] == pytest.approx(values.mean(), abs=0.5)
    assert joint.variance[0] >= values.var() * (worth + drift + luck)


def test_length_scales_tell_what_matters_from_what_does_not() -> None:
    rng = np.random.default_rng(0)
    points = Inputs(rng.random((60, 3)), np.zeros(60))
    values = np.sin(6 * points.rows[:, 0]) + 0.3 * points.rows[:, 1] + 0.02 * rng.normal(size=60)
    found = fit(points, (values - values.mean()) / values.std(), np.arange(3))
    assert found.lengths[0] < 0.5 * found.lengths[1]
    assert found.lengths[0] < 0.2 * found.lengths[2]
    assert found.scales[5] < 0.1


def test_length_scales_that_values_were_drawn_with_are_found_again() -> None:
    rng = np.random.default_rng(2)
    points = Inputs(rng.random((150, 2)), np.zeros(150))
    true = Parameters(np.array([0.25, 1.0]), np.array([1.0, 1e-6, 0.5, 1e-6, 1e-6, 1e-4, 1e-6]))
    groups = np.arange(2)
    matrix = covariance(points, points, true, groups) + 1e-4 * np.eye(150)
    values = np.linalg.cholesky(matrix) @ rng.normal(size=150)
    found = fit(points, (values - values.mean()) / values.std(), groups, steps=200)
    assert 0.5 < found.lengths[0] / 0.25 < 2
    assert 2 < found.lengths[1] / found.lengths[0] < 8


def test_columns_of_one_group_share_their_length_scale() -> None:
    found = fit(inputs(20), standardised(values_at(inputs(20))), GROUPS)
    assert found.lengths.shape == (3,)
    assert found.scales.shape == (7,)
    assert (found.lengths > 0).all()


def standardised(values: np.ndarray) -> np.ndarray:
    shift, width = standard(values)
    return (values - shift) / width


@pytest.mark.parametrize(
    ("points", "values"),
    [
        (Inputs(np.full((1, 4), 0.5), np.zeros(1)), np.array([3.0])),
        (Inputs(np.full((8, 4), 0.5), np.zeros(8)), np.arange(8.0)),
        (Inputs(np.full((8, 4), 0.5), np.zeros(8)), np.full(8, 2.0)),
        (inputs(8), np.full(8, -7.0)),
        (Inputs(np.repeat(inputs(4).rows, 5, axis=0), np.tile(np.linspace(0, 1, 5), 4)), np.arange(20.0) ** 3),
        (inputs(30), values_at(inputs(30)) * 1e12),
        (inputs(30), values_at(inputs(30)) * 1e-9),
        (Inputs(inputs(20).rows * 1e-9, np.zeros(20)), np.arange(20.0)),
    ],
    ids=["one", "all the same place", "all the same", "constant", "curves", "huge", "tiny", "nearly the same place"],
)
def test_odd_data_are_fitted_and_predicted(points: Inputs, values: np.ndarray) -> None:
    found = fit(points, standardised(values), GROUPS)
    posterior = Posterior(points, values, GROUPS, found)
    base = posterior.base(points)
    joint = posterior.given(base, inputs(6, seed=9))
    for part in (posterior.mean(points), joint.mean, joint.pull, joint.variance, base.mean, base.spectrum):
        assert np.isfinite(part).all()
    assert (joint.variance >= 0).all()
    assert values.min() - 3 * np.ptp(values) - 1e-9 <= posterior.mean(points).min()


def test_a_fit_is_a_function_of_its_data() -> None:
    points = inputs(25)
    a, b = (fit(points, standardised(values_at(points)), GROUPS) for _ in range(2))
    assert np.array_equal(a.lengths, b.lengths)
    assert np.array_equal(a.scales, b.scales)


def test_what_cannot_be_factorised_even_with_jitter_is_an_error() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        gp._factor(np.array([[1.0, 5.0], [5.0, 1.0]]))
    assert gp._factor(np.ones((3, 3))).shape == (3, 3)


@pytest.mark.parametrize(
    ("values", "expected"), [([1.0, 3.0], (2.0, 1.0)), ([5.0, 5.0], (5.0, 1.0)), ([5.0], (5.0, 1.0))]
)
def test_values_are_standardised(values: list[float], expected: tuple[float, float]) -> None:
    assert standard(np.array(values)) == expected


def test_what_is_left_out_is_foretold_by_the_others() -> None:
    known = inputs(12)
    values = 7.0 + 3.0 * values_at(known)
    rows = np.array([2, 5, 11])
    posterior = Posterior(known, values, GROUPS, PARAMETERS)
    shift, width = values.mean(), values.std()
    prior = posterior._covariance(known, known) + PARAMETERS.scales[5] * np.eye(12)
    expected = 0.0
    for row in rows:
        others = np.delete(np.arange(12), row)
        pull = np.linalg.solve(prior[np.ix_(others, others)], prior[others, row])
        mean = shift + pull @ (values[others] - shift)
        variance = width**2 * (prior[row, row] - pull @ prior[others, row])
        expected -= 0.5 * (np.log(2 * np.pi * variance) + (values[row] - mean) ** 2 / variance)
    assert posterior.left_out(rows) == pytest.approx(expected, rel=1e-4)
