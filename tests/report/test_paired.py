"""Differences on the same examples."""

from __future__ import annotations

import numpy as np
import pytest

from autotune.report.gathered import Predictions
from autotune.report.paired import paired
from autotune.tasks import metrics


def answers(right: np.ndarray, labels: np.ndarray) -> Predictions:
    """Logits of a model that is right on those examples."""
    said = np.where(right, labels, 1 - labels)
    return Predictions(np.eye(2)[said] * 3.0, labels.astype(float))


@pytest.fixture
def labels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, 400)


def test_the_interval_holds_what_a_binomial_would_say(labels):
    rng = np.random.default_rng(1)
    first, second = rng.random(400) < 0.9, rng.random(400) < 0.8
    found = paired([answers(first, labels)], [answers(second, labels)], metrics.accuracy)
    each = first.astype(float) - second
    assert found.difference == pytest.approx(each.mean())
    half = 1.96 * each.std(ddof=1) / 20
    assert found.low == pytest.approx(each.mean() - half, abs=0.008)
    assert found.high == pytest.approx(each.mean() + half, abs=0.008)
    assert found.sure
    assert (found.only_first, found.only_second) == (np.sum(first & ~second), np.sum(second & ~first))


def test_pairing_cancels_what_is_hard_about_an_example(labels):
    """Two models that differ on few examples are told apart, which two independent scores could not be."""
    rng = np.random.default_rng(2)
    second = rng.random(400) < 0.7
    first = second | (rng.random(400) < 0.05)
    found = paired([answers(first, labels)], [answers(second, labels)], metrics.accuracy)
    assert found.sure
    assert found.high - found.low < 0.04


def test_seeds_are_averaged(labels):
    rng = np.random.default_rng(3)
    runs = [answers(rng.random(400) < share, labels) for share in (0.8, 0.9, 0.7)]
    found = paired(runs[:2], runs[2:], metrics.accuracy)
    scores = [metrics.accuracy(r.logits, r.labels) for r in runs]
    assert found.difference == pytest.approx(np.mean(scores[:2]) - scores[2])


def test_equal_answers_differ_by_nothing(labels):
    same = answers(labels == 1, labels)
    found = paired([same], [same], metrics.f1_accuracy)
    assert (found.difference, found.low, found.high, found.sure) == (0, 0, 0, False)


def test_other_examples_cannot_be_compared(labels):
    one = answers(labels == 1, labels)
    assert paired([one], [answers(labels == 1, labels[::-1].copy())], metrics.accuracy) is None
    assert paired([one], [], metrics.accuracy) is None


def test_scores_are_compared_too():
    rng = np.random.default_rng(4)
    labels = rng.normal(size=200)
    close = Predictions((labels + rng.normal(size=200) * 0.2)[:, None], labels)
    far = Predictions((labels + rng.normal(size=200))[:, None], labels)
    found = paired([close], [far], metrics.pearson)
    assert found.sure
    assert found.only_first is None


def test_many_examples_are_quick():
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 2, 8_000)
    runs = [answers(rng.random(8_000) < share, labels) for share in (0.80, 0.79)]
    found = paired(runs[:1], runs[1:], metrics.accuracy)
    assert found.low < found.difference < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.sqrt((0.16 + 0.166) / 8_000), rel=0.15)
