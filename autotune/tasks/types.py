"""What a task is: examples in splits, and how predictions on them are scored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune.facts import TaskFacts
from autotune.tasks.metrics import Metric, evaluate


@dataclass(frozen=True)
class Split:
    """Examples: one text each or a pair of texts, with a label."""

    texts: list[str]
    pairs: list[str] | None
    """The second texts of a pair task; None where an example is one text."""
    labels: NDArray[Any]
    """(n,) class numbers as int64, or scores as float32."""
    ids: list[str]
    """``train:17``: the part of the source and the row in it, counted from 0."""

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: Iterable[int]) -> Split:
        """The examples of these rows, in their order."""
        order = np.fromiter(rows, dtype=np.int64)
        return Split(
            [self.texts[i] for i in order],
            None if self.pairs is None else [self.pairs[i] for i in order],
            self.labels[order],
            [self.ids[i] for i in order],
        )

    def plus(self, other: Split) -> Split:
        """Both splits, this one first."""
        pairs = None if self.pairs is None or other.pairs is None else self.pairs + other.pairs
        labels = np.concatenate([self.labels, other.labels])
        return Split(self.texts + other.texts, pairs, labels, self.ids + other.ids)

    def keys(self) -> list[bytes]:
        """A 16-byte hash of each example's texts; equal for exact duplicates, whatever their labels."""
        seconds: Sequence[str] = self.pairs if self.pairs is not None else [""] * len(self.texts)
        return [
            hashlib.blake2b(f"{len(a)}:{a}{b}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
            for a, b in zip(self.texts, seconds, strict=True)
        ]


@dataclass(frozen=True)
class Task:
    """Data, splits and metrics of one task, ready for a model."""

    facts: TaskFacts
    train: Split
    """What a search trains on."""
    selection: Split
    """What ranks trials; cut from the training data."""
    held_out: Split
    """The task's own validation data, scored once at the end."""
    metrics: tuple[Metric, ...]
    """Every metric, ``loss`` last."""
    extra: Mapping[str, Split] = field(default_factory=dict)
    """More held-out splits by name, such as MNLI's ``mismatched``."""
    notes: tuple[str, ...] = ()
    """What a person should know about the data: rows left out, repeated or lopsided labels."""

    def score(self, logits: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        """Every metric of the task.

        Args:
            logits: (n, classes) for classification; (n,) or (n, 1) scores for regression.
            labels: (n,) as in a split.

        Returns:
            Metric by name; ``loss`` is the mean cross entropy or the mean squared error. Predictions that never vary
            give 0.0 for a correlation or an undefined F1. If any logit is not finite, the model diverged: all are NaN.

        Raises:
            ValueError: shapes do not match, or there is nothing to score.
        """
        return evaluate(self.metrics, logits, labels, classes=len(self.facts.labels))

    def all_training(self) -> Split:
        """Training and selection part together, for a final training."""
        return self.train.plus(self.selection)


@dataclass(frozen=True)
class TaskInfo:
    """One line of ``autotune tasks``."""

    name: str
    kind: str
    """``classification`` or ``regression``; empty where only loading tells."""
    metric: str
    """The metric that ranks; empty where only loading tells."""
    source: str
    licence: str
    description: str


def digest(splits: Mapping[str, Split], labels: Sequence[str]) -> str:
    """SHA-256 over label names, texts, labels and the splits they stand in."""
    total = hashlib.sha256("\0".join(labels).encode("utf-8", "surrogatepass"))
    for name, split in splits.items():
        total.update(f"\n{name}:{len(split)}:{split.labels.dtype.str}\n".encode())
        total.update(b"".join(split.keys()))
        total.update(np.ascontiguousarray(split.labels).tobytes())
    return total.hexdigest()
