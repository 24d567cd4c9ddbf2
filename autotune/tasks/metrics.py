"""Metrics as plain functions of logits and labels, and the registry that a user's own join."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune import plugins
from autotune.errors import AutotuneError
from autotune.objectives import COSTS, Direction

Array = NDArray[Any]
MetricFunction = Callable[[Array, Array], float]
"""Takes logits (n, classes), or scores (n,) for regression, as float64, and labels (n,)."""

CLASSIFICATION, BINARY, REGRESSION = "classification", "binary", "regression"


@dataclass(frozen=True)
class Metric:
    """A score of predictions."""

    name: str
    function: MetricFunction
    direction: Direction
    kind: str
    """``classification`` (any number of classes), ``binary`` (two; the second is positive) or ``regression``."""

    def suits(self, kind: str, classes: int) -> bool:
        """Whether a task of that kind with that many classes can be scored by it."""
        return self.kind == kind or (self.kind == BINARY and kind == CLASSIFICATION and classes == 2)


def accuracy(logits: Array, labels: Array) -> float:
    """Share of examples whose highest logit is the label's."""
    return float(np.mean(logits.argmax(axis=1) == labels))


def cross_entropy(logits: Array, labels: Array) -> float:
    """Mean negative log-likelihood, in nats."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    return float(np.mean(log_sum - shifted[np.arange(len(labels)), labels]))


def squared_error(scores: Array, labels: Array) -> float:
    """Mean squared error."""
    return float(np.mean((scores - labels) ** 2))


def f1(logits: Array, labels: Array) -> float:
    """F1 of the second class; 0.0 where nothing is predicted or labelled positive."""
    return _f1_of(logits.argmax(axis=1) == 1, labels == 1)


def f1_macro(logits: Array, labels: Array) -> float:
    """Unweighted mean of every class's F1, over the classes that are labelled or predicted."""
    predicted = logits.argmax(axis=1)
    present = np.union1d(predicted, labels)
    return float(np.mean([_f1_of(predicted == c, labels == c) for c in present]))


def f1_accuracy(logits: Array, labels: Array) -> float:
    """Mean of F1 and accuracy: a model that always says yes has a high F1 on MRPC, but not a high mean."""
    return (f1(logits, labels) + accuracy(logits, labels)) / 2


def matthews_correlation(logits: Array, labels: Array) -> float:
    """Matthews correlation for any number of classes (Gorodkin 2004); 0.0 where either side never varies."""
    predicted = logits.argmax(axis=1)
    classes = logits.shape[1]
    table = np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    n, right = float(table.sum()), float(np.trace(table))
    true, said = table.sum(axis=1).astype(float), table.sum(axis=0).astype(float)
    scale = np.sqrt(n * n - said @ said) * np.sqrt(n * n - true @ true)
    return float((n * right - true @ said) / scale) if scale > 0 else 0.0


def pearson(scores: Array, labels: Array) -> float:
    """Linear correlation; 0.0 where either side never varies."""
    if np.ptp(scores) == 0 or np.ptp(labels) == 0:
        return 0.0
    a, b = scores - scores.mean(), labels - labels.mean()
    scale = float(np.sqrt(a @ a) * np.sqrt(b @ b))
    return float(np.clip(a @ b / scale, -1.0, 1.0)) if scale > 0 else 0.0


def spearman(scores: Array, labels: Array) -> float:
    """Correlation of ranks, ties sharing their mean rank; 0.0 where either side never varies."""
    return pearson(_ranks(scores), _ranks(labels))


def pearson_spearman(scores: Array, labels: Array) -> float:
    """Mean of both correlations, as GLUE averages STS-B."""
    return (pearson(scores, labels) + spearman(scores, labels)) / 2


def _f1_of(predicted: Array, true: Array) -> float:
    hits = int(np.sum(predicted & true))
    total = int(predicted.sum()) + int(true.sum())
    return 2 * hits / total if total else 0.0


def _ranks(values: Array) -> Array:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse.reshape(-1)]


_LOSSES = {
    CLASSIFICATION: Metric("loss", cross_entropy, "minimize", CLASSIFICATION),
    REGRESSION: Metric("loss", squared_error, "minimize", REGRESSION),
}
_METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("accuracy", accuracy, "maximize", CLASSIFICATION),
        Metric("f1", f1, "maximize", BINARY),
        Metric("f1_macro", f1_macro, "maximize", CLASSIFICATION),
        Metric("f1_accuracy", f1_accuracy, "maximize", BINARY),
        Metric("matthews_correlation", matthews_correlation, "maximize", CLASSIFICATION),
        Metric("pearson", pearson, "maximize", REGRESSION),
        Metric("spearman", spearman, "maximize", REGRESSION),
        Metric("pearson_spearman", pearson_spearman, "maximize", REGRESSION),
    )
}


def register_metric(name: str, function: MetricFunction, direction: Direction, kind: str = CLASSIFICATION) -> None:
    """Add a metric that ``--metric NAME`` can choose. An installed package can list ``Metric`` objects as entry points.

    The entry-point group is ``autotune.metrics``; the entry point's object is a ``Metric``, or a list of them.

    Args:
        name: an identifier that no other metric or cost has.
        function: logits (n, classes) or scores (n,), and labels (n,), to a finite number.
        direction: ``maximize`` or ``minimize``.
        kind: ``classification``, ``binary`` or ``regression``.

    Raises:
        AutotuneError: name, direction or kind is not usable.
    """
    if not name.isidentifier():
        raise AutotuneError(f"metric name {name!r} is no identifier", "use letters, digits and _")
    if direction not in ("maximize", "minimize"):
        raise AutotuneError(f"metric {name!r} has direction {direction!r}", "use maximize or minimize")
    if kind not in (CLASSIFICATION, BINARY, REGRESSION):
        raise AutotuneError(f"metric {name!r} has kind {kind!r}", f"use {CLASSIFICATION}, {BINARY} or {REGRESSION}")
    known = _METRICS.get(name)
    if name == "loss" or name in COSTS or (known is not None and known.function is not function):
        raise AutotuneError(f"the name {name!r} is taken", "register the metric under another name")
    _METRICS[name] = Metric(name, function, direction, kind)


def all_metrics() -> Mapping[str, Metric]:
    """Every metric by name, those of installed plugins included; ``loss`` is not among them, every task has it."""
    for found in plugins.objects("autotune.metrics").values():
        for metric in found if isinstance(found, list | tuple) else [found]:
            if metric.name not in _METRICS:
                register_metric(metric.name, metric.function, metric.direction, metric.kind)
    return _METRICS


def choose(kind: str, classes: int, own: Sequence[str], wanted: str | None) -> tuple[tuple[Metric, ...], str]:
    """The metrics of a task, and the name of the one that ranks.

    Args:
        kind: ``classification`` or ``regression``.
        classes: how many.
        own: the task's metrics, the ranking one first.
        wanted: the metric the user named; None for the task's own.

    Raises:
        AutotuneError: there is no such metric for this kind of task.
    """
    known = all_metrics()
    fitting = {name: m for name, m in known.items() if m.suits(kind, classes)}
    if wanted is not None and wanted not in (*fitting, "loss"):
        why = f"does not fit {kind} with {classes} classes" if wanted in known else "is unknown"
        raise AutotuneError(f"metric {wanted!r} {why}", f"choose --metric from: {', '.join([*fitting, 'loss'])}")
    names = dict.fromkeys([*own, *(["accuracy"] if kind == CLASSIFICATION else []), *([wanted] if wanted else [])])
    names.pop("loss", None)
    return (*(fitting[n] for n in names), _LOSSES[kind]), wanted or own[0]


def evaluate(metrics: Sequence[Metric], logits: Array, labels: Array, classes: int) -> dict[str, float]:
    """Every metric by name; see ``Task.score``."""
    regression = any(m.kind == REGRESSION for m in metrics)
    logits = np.asarray(logits, dtype=np.float64)
    labels = np.asarray(labels, dtype=np.float64 if regression else np.int64).reshape(-1)
    shape = (len(labels),) if regression else (len(labels), classes)
    if regression and logits.shape == (len(labels), 1):
        logits = logits[:, 0]
    if logits.shape != shape or not len(labels):
        raise ValueError(
            f"cannot score logits of shape {logits.shape} against {len(labels)} labels of {classes} classes"
        )
    if not np.isfinite(logits).all():
        return {m.name: float("nan") for m in metrics}
    return {m.name: float(m.function(logits, labels)) for m in metrics}
