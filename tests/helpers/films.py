"""A tiny synthetic task: is the film good or bad?"""

from __future__ import annotations

import numpy as np

from autotune.facts import TaskFacts
from autotune.tasks import Metric, Split, Task
from autotune.tasks.metrics import choose

TRAIN, SELECTION, HELD_OUT = 76, 24, 16
WORDS = ("the", "a", "is", "was", "not", "film", "cat", "dog", "red", "blue", "and", "or", "it", "very")


def make_split(name: str, size: int, seed: int, *, pairs: bool = False) -> Split:
    """Sentences of many lengths; the label is whether one holds ``good`` or ``bad``."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size)
    texts = []
    for label in labels:
        words = list(rng.choice(WORDS, int(rng.integers(1, 20))))
        words.insert(int(rng.integers(0, len(words) + 1)), ("bad", "good")[label])
        texts.append(" ".join(words))
    second = [str(w) for w in rng.choice(WORDS, size)] if pairs else None
    return Split(texts, second, labels.astype(np.int64), [f"{name}:{i}" for i in range(size)])


def make_task() -> Task:
    """76 training, 24 selection, 16 held-out examples and a further split of 10."""
    metrics: tuple[Metric, ...] = choose("classification", 2, ("accuracy",), None)[0]
    directions = {m.name: m.direction for m in metrics}
    facts = TaskFacts(
        "tiny", "classification", ("no", "yes"), TRAIN, SELECTION, HELD_OUT, directions, "accuracy", "0" * 64
    )
    return Task(
        facts,
        make_split("train", TRAIN, 0),
        make_split("train", SELECTION, 1),
        make_split("held_out", HELD_OUT, 2),
        metrics,
        {"other": make_split("other", 10, 3)},
    )
