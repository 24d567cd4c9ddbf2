"""From raw splits to a task: checks, splits, metrics, digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from autotune.errors import AutotuneError
from autotune.facts import TaskFacts
from autotune.spec import TaskSpec
from autotune.tasks.metrics import CLASSIFICATION, choose
from autotune.tasks.splits import HELD_OUT_SHARE, pick, selection_size
from autotune.tasks.types import Split, Task, digest

FEWEST = 10
"""Training examples (training and selection part together) below which nothing can be learnt or told apart."""
_LOPSIDED = 0.8
"""Share of one class from which accuracy says little."""


@dataclass(frozen=True)
class Raw:
    """What a source gives: everything but the cut between training and selection."""

    kind: str
    """``classification`` or ``regression``."""
    labels: tuple[str, ...]
    """Label names in the order of their numbers; one empty name for regression."""
    training: Split
    held_out: Split | None
    """None where the source has no validation part: a fifth of the training data is held out then."""
    metrics: Sequence[str]
    """The task's own, the ranking one first."""
    extra: Mapping[str, Split] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def build(spec: TaskSpec, raw: Raw) -> Task:
    """Cut, check and describe a task.

    Args:
        spec: gives the seed of the split, the cap on training examples and the metric.
        raw: the examples.

    Raises:
        AutotuneError: the data cannot carry a search: too few examples or distinct texts of a class, one class only,
            scores that never vary, a metric that does not fit.
    """
    fewest = max(FEWEST, 2 * len(raw.labels))
    if spec.max_train is not None and spec.max_train < fewest:
        raise AutotuneError(f"max_train={spec.max_train} is too small", f"give a cap of at least {fewest} examples")
    metrics, rank = choose(raw.kind, len(raw.labels), raw.metrics, spec.metric)
    training, held_out, notes = raw.training, raw.held_out, list(raw.notes)
    _check_labels(spec, raw, training, parts=2 if held_out is not None else 3)
    if held_out is None:
        rows, rest = pick(training, _share(len(training), HELD_OUT_SHARE, raw), spec.split_seed, "held_out")
        training, held_out = training.take(rest), training.take(rows)
    else:
        notes += _overlap(training, held_out)
    if not len(held_out):
        raise AutotuneError(
            f"task {spec.name!r} has an empty validation part", "give it labelled examples, or remove it"
        )
    if spec.max_train is not None and spec.max_train < len(training):
        rows, _ = pick(training, spec.max_train, spec.split_seed, "cap", at_least=2)
        notes.append(f"a sample of {len(rows):,} of {len(training):,} training examples (max_train)")
        training = training.take(rows)
    size = selection_size(len(training), len(raw.labels))
    rows, rest = pick(training, size, spec.split_seed, "selection")
    train, selection = training.take(rest), training.take(rows)
    notes += _lopsided(raw, training) + _scale(raw, training)
    splits = {"train": train, "selection": selection, "held_out": held_out, **raw.extra}
    facts = TaskFacts(
        task=spec.name,
        kind=raw.kind,
        labels=raw.labels,
        train=len(train),
        selection=len(selection),
        held_out=len(held_out),
        metrics={m.name: m.direction for m in metrics},
        rank_metric=rank,
        digest=digest(splits, raw.labels),
    )
    return Task(facts, train, selection, held_out, metrics, dict(raw.extra), tuple(notes))


def _share(examples: int, share: float, raw: Raw) -> int:
    return max(round(examples * share), len(raw.labels))


def _check_labels(spec: TaskSpec, raw: Raw, training: Split, parts: int) -> None:
    name = spec.name
    keys = training.keys()
    if len(set(keys)) < FEWEST:
        raise AutotuneError(
            f"task {name!r} has {len(set(keys))} distinct training examples; at least {FEWEST} are needed",
            "add labelled examples, or name the right file with --task",
        )
    if raw.kind != CLASSIFICATION:
        if np.ptp(training.labels) == 0:
            raise AutotuneError(
                f"every example of task {name!r} has the score {training.labels[0]:g}",
                "name the column of scores with --label-column",
            )
        return
    classes = np.unique(training.labels)
    if len(classes) < 2:
        only = raw.labels[int(classes[0])]
        raise AutotuneError(
            f"every training example of task {name!r} has the label {only!r}; a task needs two classes",
            "add examples of another class, or name the right column with --label-column",
        )
    for number, label in enumerate(raw.labels):
        distinct = len({keys[i] for i in np.flatnonzero(training.labels == number)})
        if distinct < parts:
            raise AutotuneError(
                f"class {label!r} of task {name!r} has {distinct} distinct training example(s); {parts} are needed, "
                "one for each part of the split",
                f"add examples of {label!r}, or leave that class out of the data",
            )


def _overlap(training: Split, held_out: Split) -> list[str]:
    seen = set(training.keys())
    both = sum(key in seen for key in held_out.keys())  # noqa: SIM118 - keys() is a method of ours, not a dict's
    return [f"{both:,} of {len(held_out):,} held-out examples have the texts of a training example"] if both else []


def _lopsided(raw: Raw, training: Split) -> list[str]:
    if raw.kind != CLASSIFICATION or raw.metrics[0] != "accuracy":
        return []
    counts = np.bincount(training.labels, minlength=len(raw.labels))
    share = counts.max() / counts.sum()
    most = raw.labels[int(counts.argmax())]
    return [f"{share:.0%} of the labels are {most!r}: consider --metric f1_macro"] if share > _LOPSIDED else []


def _scale(raw: Raw, training: Split) -> list[str]:
    if raw.kind == CLASSIFICATION:
        return []
    spread, middle = float(training.labels.std()), float(training.labels.mean())
    if 0.05 <= spread <= 20 and abs(middle) <= 20:
        return []
    return [
        f"scores have mean {middle:.4g} and deviation {spread:.4g}: training is easier on scores scaled to about 0-5"
    ]
