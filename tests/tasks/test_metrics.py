"""Metrics agree with the reference implementations, and stay finite where those do not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.errors import AutotuneError
from autotune.tasks import metrics as m


@st.composite
def predictions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    classes = draw(st.integers(2, 5))
    n = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    return rng.normal(size=(n, classes)), rng.integers(0, classes, n)


@settings(deadline=None)
@given(predictions())
@pytest.mark.filterwarnings("ignore:A single label was found")
def test_classification_agrees_with_sklearn(case: tuple[np.ndarray, np.ndarray]) -> None:
    from sklearn import metrics as reference

    logits, labels = case
    said = logits.argmax(axis=1)
    assert m.accuracy(logits, labels) == pytest.approx(reference.accuracy_score(labels, said))
    assert m.matthews_correlation(logits, labels) == pytest.approx(reference.matthews_corrcoef(labels, said), abs=1e-12)
    assert m.f1_macro(logits, labels) == pytest.approx(
        reference.f1_score(labels, said, average="macro", zero_division=0)
    )
    assert m.cross_entropy(logits, labels) == pytest.approx(
        -np.mean((logits - np.log(np.exp(logits).sum(1, keepdims=True)))[np.arange(len(labels)), labels])
    )
    if logits.shape[1] == 2:
        assert m.f1(logits, labels) == pytest.approx(reference.f1_score(labels, said, zero_division=0))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 5)), min_size=3, max_size=40))
def test_correlations_agree_with_scipy_ties_included(rows: list[tuple[int, int]]) -> None:
    from scipy import stats

    scores, labels = (np.array(x, dtype=float) for x in zip(*rows, strict=True))
    if np.ptp(scores) == 0 or np.ptp(labels) == 0:
        assert m.pearson(scores, labels) == m.spearman(scores, labels) == 0.0
    else:
        assert m.pearson(scores, labels) == pytest.approx(stats.pearsonr(scores, labels).statistic, abs=1e-9)
        assert m.spearman(scores, labels) == pytest.approx(stats.spearmanr(scores, labels).statistic, abs=1e-9)


def test_a_model_that_always_says_the_same_scores_zero_not_nan() -> None:
    labels = np.array([0, 1, 1, 0, 1])
    always_no = np.tile([1.0, 0.0], (5, 1))
    assert m.matthews_correlation(always_no, labels) == 0.0
    assert m.f1(always_no, labels) == 0.0
    assert m.f1_accuracy(always_no, labels) == pytest.approx(0.2)
    assert m.pearson_spearman(np.full(5, 2.5), labels.astype(float)) == 0.0


def test_always_yes_on_labels_as_lopsided_as_mrpc_is_not_crowned_by_the_combined_score() -> None:
    labels = np.array([1] * 68 + [0] * 32)
    always_yes = np.tile([0.0, 1.0], (100, 1))
    assert m.f1(always_yes, labels) > 0.8
    assert m.f1_accuracy(always_yes, labels) < 0.75


def test_cross_entropy_of_huge_logits_does_not_overflow() -> None:
    logits = np.array([[1e6, 0.0], [0.0, 1e6]])
    assert m.cross_entropy(logits, np.array([0, 1])) == 0.0
    assert m.cross_entropy(logits, np.array([1, 0])) == pytest.approx(1e6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_logits_that_are_not_finite_make_every_metric_nan(bad: float) -> None:
    chosen, _ = m.choose("classification", 2, ["accuracy"], None)
    scores = m.evaluate(chosen, np.array([[0.0, bad], [1.0, 0.0]]), np.array([0, 1]), 2)
    assert set(scores) == {"accuracy", "loss"}
    assert all(math.isnan(v) for v in scores.values())


def test_evaluate_takes_regression_logits_of_one_column_and_refuses_other_shapes() -> None:
    chosen, rank = m.choose("regression", 1, ["pearson_spearman", "pearson", "spearman"], None)
    column = np.array([[1.0], [2.0], [4.0]], dtype=np.float32)
    labels = np.array([0.0, 1.0, 3.0], dtype=np.float32)
    scores = m.evaluate(chosen, column, labels, 1)
    assert rank == "pearson_spearman"
    assert scores == pytest.approx({"pearson_spearman": 1.0, "pearson": 1.0, "spearman": 1.0, "loss": 1.0})
    with pytest.raises(ValueError, match="shape"):
        m.evaluate(chosen, np.zeros((3, 2)), labels, 1)


def test_choose_puts_the_tasks_own_metrics_first_and_adds_accuracy_and_the_wanted_one() -> None:
    chosen, rank = m.choose("classification", 2, ["matthews_correlation"], "f1_macro")
    assert [x.name for x in chosen] == ["matthews_correlation", "accuracy", "f1_macro", "loss"]
    assert rank == "f1_macro"
    chosen, rank = m.choose("classification", 3, ["accuracy"], "loss")
    assert rank == "loss"
    assert chosen[-1].direction == "minimize"


@pytest.mark.parametrize(
    ("kind", "classes", "wanted", "said"),
    [
        ("classification", 2, "bleu", "unknown"),
        ("classification", 2, "pearson", "does not fit"),
        ("classification", 3, "f1", "does not fit"),
    ],
)
def test_a_metric_that_does_not_fit_is_refused_with_those_that_do(
    kind: str, classes: int, wanted: str, said: str
) -> None:
    with pytest.raises(AutotuneError, match=said) as caught:
        m.choose(kind, classes, ["accuracy"], wanted)
    assert "--metric" in str(caught.value.remedy)
    assert "accuracy" in str(caught.value.remedy)
