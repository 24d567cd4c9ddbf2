"""A tiny encoder and a tiny synthetic task, resident for all tests of this folder."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers.films import make_task
from helpers.tiny import make_tiny

from autotune.methods import load_base
from autotune.tasks import Task
from autotune.training.resident import Resident
from autotune.training.worker import Worker


@pytest.fixture(scope="session")
def task() -> Task:
    return make_task()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_tiny(tmp_path_factory.mktemp("models") / "bert", "bert", hidden=128)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def shared_room(model: str, task: Task) -> Resident:
    base = load_base(model, task.facts, max_length=64, offline=True)
    gc.collect()
    gc.freeze()  # as a worker does: every segment collects, and need not walk what has been loaded
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
