"""A small real study: a tiny encoder, a user's file, a worker in this process, a store."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from helpers.events import decide
from helpers.minilm import SPEED
from helpers.segments import never
from helpers.tiny import make_tiny

from autotune.decision import Action, Score, Start, Thaw
from autotune.facts import ModelFacts
from autotune.history import History, Returned
from autotune.methods import costs
from autotune.spec import StudySpec, TaskSpec
from autotune.store import Store
from autotune.training import create_worker
from autotune.training.worker import Worker
from autotune.trial import Segment, TrialKind

FULL, RUNG = 150, 50
LORA = {"method": "lora", "lora.rank": 4, "lora.dropout": 0.1, "lora.lr": 2e-2, "batch_size": 8}
ADAPTER = {"method": "serial_adapter", "serial_adapter.size": 8, "serial_adapter.layers": (0, 2), "lr": 5e-3}
HEAD = {"method": "head"}
BAD = {"method": "lora", "lora.lr": 1e30, "warmup": 0.0}
CONTROL, WINNER, OWN, PAUSED, REPEAT, FAILED = range(6)
"""The trials of the study."""
WORDS = ("the", "a", "is", "was", "not", "film", "cat", "dog", "red", "blue", "and", "or", "it", "very")


@dataclass
class Book:
    """Runs a study's segments on a worker in this process and records them."""

    store: Store
    study: int
    worker: Worker
    history: History

    def do(self, action: Action, trial: int | None = None) -> None:
        """Record a decision, carry it out, record what came of it."""
        known = {}
        if isinstance(action, Start):
            known = costs(action.config, ModelFacts.from_dict(self.worker.info["model"]))
        decision = decide(self.history, action, known)
        self._record(decision)
        now = self.history.trials[decision.trial]
        scoring = isinstance(action, Score)
        segment = Segment(
            number=decision.number,
            trial=now.number,
            attempt=now.attempt,
            config=now.config,
            seed=now.seed,
            start=now.examples_seen,
            end=now.examples_seen if scoring else action.end,
            full=FULL,
            checkpoint=None if isinstance(action, Start) else self.store.checkpoint(self.study, now.number),
            purpose="score" if scoring else "train",
        )
        self._record(Returned(self.worker.run(segment, never)))

    def _record(self, event: Any) -> None:
        assert self.store.append(self.study, event)
        self.history = self.history.after(event)


def write_data(path: Path, rows: int = 90, seed: int = 0) -> Path:
    """Sentences of many lengths; the label is whether one holds ``good`` or ``bad``."""
    rng = np.random.default_rng(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "words", "verdict"])
        for i in range(rows):
            words = list(rng.choice(WORDS, int(rng.integers(3, 12))))
            words.insert(int(rng.integers(0, len(words))), ("bad", "good")[i % 2])
            out.writerow([i, " ".join(words), ("No", "yes")[i % 2]])
    return path


@dataclass(frozen=True)
class Made:
    """The study that the tests export from."""

    url: str
    data: Path
    model: str
    spec: StudySpec


def make_study(folder: Path) -> Made:
    """Control, winner (two seeds), an adapter of our own, a paused and a failed trial."""
    data = write_data(folder / "reviews.csv")
    model = make_tiny(folder / "bert", "bert")
    task = TaskSpec(str(data), label_column="verdict")
    spec = StudySpec(
        task, model, {"name": "x"}, ("9trials",), study="reviews", precision="fp32", threads=1, device="cpu"
    )
    speed = replace(SPEED, precision="fp32", threads=1)
    worker = create_worker({**spec.to_dict(), "calibration": speed.to_dict()}, 0)
    with Store.open(folder / "studies.db") as store:
        study = store.create_study(
            "reviews",
            spec.to_dict(),
            facts=worker.info,
            levels=(RUNG, FULL),
            environment={"packages": {"torch": torch.__version__.split("+")[0]}},
            space_digest="x",
        )
        book = Book(store, study, worker, History(FULL))
        book.do(Start(HEAD, FULL, "control", TrialKind.CONTROL, "head"))
        book.do(Start(LORA, RUNG, "search", seed=3))
        book.do(Start(ADAPTER, FULL, "search", seed=3))
        book.do(Start({**LORA, "lora.rank": 2}, RUNG, "search", seed=3))
        book.do(Thaw(WINNER, FULL, "go on"))
        book.do(Start(LORA, FULL, "repeat", TrialKind.REPEAT, "repeat of 1", seed=8, repeat_of=WINNER))
        book.do(Start(BAD, FULL, "search", seed=3))
        for trial in (CONTROL, WINNER, OWN, REPEAT):
            book.do(Score(trial, "finalist"))
    return Made(str(folder / "studies.db"), data, model, spec)
