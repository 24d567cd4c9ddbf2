"""Hypervolume improvements, against brute force and against BoTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from botorch.acquisition.multi_objective.monte_carlo import qNoisyExpectedHypervolumeImprovement
from botorch.models.model import Model
from botorch.posteriors import GPyTorchPosterior, Posterior
from botorch.sampling.normal import SobolQMCNormalSampler
from gpytorch.distributions import MultitaskMultivariateNormal
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.pareto import hypervolume
from autotune.strategies.mobo.acquisition import cells, normal_draws, within


def by_difference(front: np.ndarray, points: np.ndarray, reference: np.ndarray) -> np.ndarray:
    before = hypervolume(front, reference) if len(front) else 0.0
    return np.array([hypervolume(np.vstack((front, point)), reference) - before for point in points])


def front_of(kind: str, width: int, rng: np.random.Generator) -> np.ndarray:
    points = rng.random((9, width))
    return {
        "empty": points[:0],
        "one": points[:1],
        "many": points,
        "duplicates": np.vstack((points[:3], points[:3], points[2:3])),
        "ties": np.round(points * 4) / 4,
        "beyond": np.vstack((points[:3], points[3:6] + 1.5)),
        "all beyond": points + 2.0,
        "on the reference": np.vstack((points[:2], np.ones((1, width)))),
        "infinite": np.vstack((points[:3], np.full((1, width), np.inf))),
    }[kind]


KINDS = ["empty", "one", "many", "duplicates", "ties", "beyond", "all beyond", "on the reference", "infinite"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_improvements_are_differences_of_hypervolumes(kind: str, width: int) -> None:
    rng = np.random.default_rng(width)
    front, reference = front_of(kind, width, rng), np.full(width, 1.0)
    points = np.vstack((rng.random((12, width)), rng.random((3, width)) + 0.8, front[:3], rng.random((2, width)) - 1.0))
    points = points[np.isfinite(points).all(axis=1)]
    gained = within(cells(front[None], reference), points[None])
    assert gained[0] == pytest.approx(by_difference(front, points, reference), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(0, 12), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_improvements_of_lattices_are_differences_of_hypervolumes(
    width: int, count: int, steps: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    front = rng.integers(-steps, steps + 1, (count, width)) / steps
    points = rng.integers(-steps, steps + 1, (5, width)) / steps
    reference = rng.integers(0, steps + 1, width) / steps
    gained = within(cells(front[None], reference), points[None])
    assert gained[0] == pytest.approx(by_difference(front, points, reference), abs=1e-9)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_cells_are_disjoint_and_hold_all_that_is_not_dominated(width: int) -> None:
    rng = np.random.default_rng(0)
    front, reference = rng.random((7, width)), np.full(width, 1.0)
    (low, high), *_ = cells(front[None], reference)
    points = rng.random((4000, width)) * 1.2
    inside = ((points[:, None] > low) & (points[:, None] < high)).all(axis=2).sum(axis=1)
    dominated = (front[None] <= points[:, None]).all(axis=2).any(axis=1) | (points >= reference).any(axis=1)
    assert inside.tolist() == (~dominated).astype(int).tolist()


def test_every_draw_has_its_own_front_and_points() -> None:
    rng = np.random.default_rng(0)
    fronts = rng.random((3, 5, 2))
    fronts[0] += 1.0  # beyond the reference
    fronts[1, 1:] = fronts[1, 0] + 0.1
    points, reference = rng.random((3, 4, 2)), np.ones(2)
    gained = within(cells(fronts, reference), points)
    assert gained.shape == (3, 4)
    for draw in range(3):
        assert gained[draw] == pytest.approx(by_difference(fronts[draw], points[draw], reference))


@pytest.mark.parametrize("width", [1, 7, 60])
def test_draws_are_standard_normal_and_finite(width: int) -> None:
    drawn = normal_draws(256, width, seed=3)
    assert drawn.shape == (256, width)
    assert np.isfinite(drawn).all()
    assert drawn.mean(axis=0) == pytest.approx(np.zeros(width), abs=0.1)
    assert drawn.std(axis=0) == pytest.approx(np.ones(width), abs=0.1)
    assert np.array_equal(drawn, normal_draws(256, width, seed=3))
    assert not np.array_equal(drawn, normal_draws(256, width, seed=4))


class Given(Model):
    """Two objectives with a joint posterior that is known; inputs are numbers of points."""

    num_outputs = 2

    def __init__(self, mean: torch.Tensor, spread: torch.Tensor) -> None:
        super().__init__()
        self.mean, self.spread = mean, spread

    def posterior(self, X: torch.Tensor, *_: object, **__: object) -> Posterior:  # noqa: N803
        flat = X[..., 0].long()
        mean = self.mean[flat]
        one = self.spread[flat[..., :, None], flat[..., None, :]] + 1e-9 * torch.eye(flat.shape[-1])
        zero = torch.zeros_like(one)
        both = torch.cat((torch.cat((one, zero), -1), torch.cat((zero, one), -1)), -2)
        return GPyTorchPosterior(MultitaskMultivariateNormal(mean, both, interleaved=False))


@pytest.mark.filterwarnings("ignore:qNoisyExpected")
def test_the_expected_gain_is_that_of_botorch() -> None:
    """The noisy expected hypervolume improvement (Daulton et al. 2021) of three points beside five known ones."""
    rng = np.random.default_rng(1)
    x = rng.random(8)
    spread = 0.04 * np.exp(-((x[:, None] - x[None]) ** 2) / 0.1)
    mean = np.column_stack((x, (1 - x) ** 2)) + 0.05 * rng.normal(size=(8, 2))
    mean[:5] += 0.1
    reference = np.full(2, 1.2)
    factor = np.linalg.cholesky(spread + 1e-9 * np.eye(8))
    drawn = mean + np.einsum("sjk,ij->sik", normal_draws(2048, 16, seed=0).reshape(2048, 8, 2), factor)
    ours = within(cells(drawn[:, :5], reference), drawn[:, 5:]).mean(axis=0)
    acquisition = qNoisyExpectedHypervolumeImprovement(
        model=Given(-torch.from_numpy(mean), torch.from_numpy(spread)),
        ref_point=(-reference).tolist(),
        X_baseline=torch.arange(5, dtype=torch.float64)[:, None],
        sampler=SobolQMCNormalSampler(torch.Size([512]), seed=0),
        prune_baseline=False,
        cache_root=False,
    )
    with torch.no_grad():
        theirs = acquisition(torch.arange(5, 8, dtype=torch.float64)[:, None, None]).numpy()
    assert (theirs > 1e-3).all()
    assert ours == pytest.approx(theirs, rel=0.05)
    assert np.argsort(ours).tolist() == np.argsort(theirs).tolist()
