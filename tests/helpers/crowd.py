"""A made-up study of any size, written into a store: for pages and commands that have to bear many trials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from helpers.events import decide
from helpers.studies import INFO, spec
from helpers.synthetic import quality

from autotune.budget import Budget
from autotune.decision import Score, Start, Thaw
from autotune.history import Charged, Event, Extended, History, Returned
from autotune.space import SearchSpace
from autotune.store import Store
from autotune.store.writing import record
from autotune.trial import CurvePoint, Failure, FailureKind, SegmentResult, SegmentStatus, TrialKind

FULL, RUNG = 2400, 800
SPACE = SearchSpace.load("quick").bind(6)
CONTROLS = (
    ("head", {"method": "head"}),
    ("lora", {"method": "lora"}),
    ("lora lr=0.003", {"method": "lora", "lr": 3e-3}),
)


def params(config: dict) -> float:
    """A plausible count of trained parameters."""
    if config["method"] == "head":
        return 0.0
    method = config["method"]
    width = config.get(f"{method}.rank", config.get(f"{method}.size", 1))
    return float(768 * width * len(config.get(f"{method}.layers", range(6))))


def metrics(config: dict, noise: float, examples: int) -> dict[str, float]:
    """What a configuration scores after so many examples; ``noise`` is its own luck."""
    end = 0.55 + 0.35 * quality(config) + 0.02 * noise
    value = float(np.clip(end - 0.25 * np.exp(-4 * examples / FULL), 0, 1))
    return {"f1_accuracy": value, "f1": value, "accuracy": value, "loss": 1 - value, "train_loss": 1.1 - value}


class Crowd:
    """A study that grows trial by trial."""

    def __init__(self, points: int = 3, workers: int = 2, seed: int = 0) -> None:
        self.history = History(FULL)
        self._points, self._workers = points, workers
        self._rng = np.random.default_rng(seed)
        self._clock = 1_700_000_000.0

    def begin(self) -> Iterator[Event]:
        """The budget, the start-up and the controls."""
        yield self._kept(Extended(Budget(device_seconds=400_000.0, device="cpu")))
        yield self._kept(Charged("startup", 12.0, "worker-0"))
        for label, config in CONTROLS:
            yield from self._trained(config, FULL, kind=TrialKind.CONTROL, label=label)

    def trial(self, fate: str | None = None) -> Iterator[Event]:
        """One more trial of the search: ``complete``, ``paused``, ``failed``, ``running`` or, by chance, any."""
        fate = fate or str(self._rng.choice(["complete", "paused", "failed"], p=[0.7, 0.26, 0.04]))
        yield from self._trained(SPACE.sample(self._rng), FULL if fate == "complete" else RUNG, fate)

    def thaw(self, number: int, *, done: bool = True) -> Iterator[Event]:
        """A paused trial goes on, and comes to its end."""
        yield self._kept(decide(self.history, Thaw(number, FULL, "thawed: expected to enlarge the front most")))
        if done:
            yield self._kept(self._result(number, "complete"))

    def score(self, number: int) -> Iterator[Event]:
        """A finalist is scored on the held-out split."""
        yield self._kept(decide(self.history, Score(number, "finalist scored once on the held-out split")))
        trial = self.history.trials[number]
        scored = {k: v - 0.01 for k, v in trial.curve[-1].metrics.items()}
        result = SegmentResult(
            self.history.decisions - 1, number, trial.attempt, SegmentStatus.DONE, trial.examples_seen,
            device_seconds=2.0, held_out=scored, worker="worker-0", started_at=self._clock, ended_at=self._clock + 2,
        )  # fmt: skip
        yield self._kept(Returned(result))

    def _trained(
        self, config: dict, end: int, fate: str = "complete", kind: TrialKind = TrialKind.SEARCH, label: str = ""
    ) -> Iterator[Event]:
        number = len(self.history.trials)
        start = Start(config, end, f"nothing to promote: a new trial, to {end:,} examples", kind, label)
        known = {"trainable_params": params(config), "stored_bytes": 4 * params(config) + 6200}
        yield self._kept(decide(self.history, start, known))
        if fate != "running":
            yield self._kept(self._result(number, fate))

    def _result(self, number: int, fate: str) -> Returned:
        trial = self.history.trials[number]
        start, end = trial.examples_seen, trial.target
        assert end is not None
        luck = float(np.random.default_rng(number).normal())
        seconds = 30.0 * (end - start) / FULL
        places = np.unique(np.linspace(start, end, self._points + 1)[1:].astype(int))
        curve = tuple(
            CurvePoint(int(e), metrics(dict(trial.config), luck, int(e)), seconds * (e - start) / (end - start))
            for e in places
        )
        failure = None
        if fate == "failed":
            kind = FailureKind.OUT_OF_MEMORY if number % 2 else FailureKind.DIVERGED
            failure, curve = Failure(kind, "the loss <b>is</b> not finite", "Traceback:\n  File <train.py>"), ()
        status = SegmentStatus.FAILED if failure else SegmentStatus.DONE
        begin = self._clock
        self._clock += seconds / self._workers
        return Returned(
            SegmentResult(
                self.history.decisions - 1, number, trial.attempt, status, start if failure else end, curve, seconds,
                measured={} if failure else {"train_seconds": 30.0 + number % 7}, failure=failure,
                worker=f"worker-{number % self._workers}", started_at=begin, ended_at=begin + seconds,
            )
        )  # fmt: skip

    def _kept(self, event: Event) -> Event:
        self.history = self.history.after(event)
        return event


def create(store: Store, name: str = "crowd") -> int:
    """An empty study of the crowd's space."""
    return store.create_study(
        name, spec(name, budget=("400000cpu-min",)).to_dict(), facts=INFO, levels=(RUNG, FULL),
        environment={"python": "3.11"}, space_digest=SPACE.digest,
    )  # fmt: skip


def fill(path: Path | str, trials: int, *, name: str = "crowd", points: int = 3, seed: int = 0) -> Crowd:
    """Write a study of so many search trials in one transaction; the Crowd goes on from there."""
    crowd = Crowd(points, seed=seed)
    with Store.open(path) as store:
        study = create(store, name)
        with store._write(study) as connection:
            for event in crowd.begin():
                record(connection, study, event)
            for _ in range(trials):
                for event in crowd.trial():
                    record(connection, study, event)
    return crowd
