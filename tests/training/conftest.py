"""A tiny encoder and a tiny synthetic task, resident for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.tiny import make_tiny

from autotune.facts import TaskFacts
from autotune.methods import load_base
from autotune.tasks import Metric, Split, Task
from autotune.tasks.metrics import choose
from autotune.training.resident import Resident
from autotune.training.worker import Worker

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


@pytest.fixture(scope="session")
def task() -> Task:
    return make_task()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_tiny(tmp_path_factory.mktemp("models") / "bert", "bert")


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def shared_room(model: str, task: Task) -> Resident:
    base = load_base(model, task.facts, max_length=64, offline=True)
    return Resident(base, task, torch.device("cpu"))


@pytest.fixture
def room(shared_room: Resident) -> Iterator[Resident]:
    """The resident base; a test that leaves it changed fails."""
    before = fingerprint(shared_room)
    yield replace(shared_room)
    assert fingerprint(shared_room) == before


@pytest.fixture
def worker(room: Resident) -> Worker:
    return Worker(room, {})


def fingerprint(room: Resident) -> dict[str, bytes]:
    """Everything the base holds, and what it answers."""
    state = {name: t.numpy().tobytes() for name, t in room.base.model.state_dict().items()}
    ids = torch.arange(5, 21).reshape(2, 8)
    training = room.base.model.training
    room.base.model.eval()
    with torch.inference_mode():
        logits = room.base.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    room.base.model.train(training)
    return state | {"logits": logits.numpy().tobytes(), "folder": str(Path(room.base.facts.model).name).encode()}
