"""A command line without the machine's settings, and a store with a finished study."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from helpers.events import decide, result_of
from helpers.studies import INFO

from autotune.budget import Budget
from autotune.cli.app import main
from autotune.decision import Score, Start
from autotune.history import Charged, Extended, History, Returned
from autotune.space import SearchSpace
from autotune.spec import StudySpec, TaskSpec
from autotune.store import Store
from autotune.trial import CurvePoint, Failure, FailureKind, SegmentStatus, TrialKind

FULL, RUNG = 900, 300


@pytest.fixture(autouse=True)
def bare_machine(tmp_path, monkeypatch):
    """No settings of this machine reach a test, and the current folder is empty."""
    for name in list(os.environ):
        if name.startswith("AUTOTUNE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(capsys) -> Callable[..., Ran]:
    def call(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call


class Recorder:
    """Writes a study as a controller would."""

    def __init__(self, store: Store, name: str, **settings: Any) -> None:
        spec = StudySpec(
            TaskSpec("glue/mrpc"),
            "builtin/minilm",
            SearchSpace.load("quick").to_dict(),
            ("20cpu-min",),
            study=name,
            **settings,
        )
        self.store, self.history = store, History(FULL)
        self.id = store.create_study(
            name, spec.to_dict(), facts=INFO, levels=(RUNG, FULL), environment={}, space_digest="x"
        )
        self.add(Extended(Budget.parse("20cpu-min")))
        self.add(Charged("startup", 8.0, "worker-0"))

    def add(self, event: Any) -> None:
        assert self.store.append(self.id, event)
        self.history = self.history.after(event)

    def trial(
        self, config: dict, scores: dict[int, float], params: float, held_out: float | None = None, **start: Any
    ) -> int:
        """A trial trained to the last of the fidelities of its scores, and scored if so wished."""
        number, end = len(self.history.trials), max(scores)
        self.add(decide(self.history, Start(config, end, "because", **start), {"trainable_params": params}))
        curve = tuple(
            CurvePoint(n, {"f1_accuracy": s, "f1": s, "accuracy": s, "loss": 1 - s, "train_loss": 1 - s}, n / 10)
            for n, s in scores.items()
        )
        self.add(Returned(result_of(self.history, number, end, curve=curve, measured={"train_seconds": 90.0})))
        if held_out is not None:
            self.add(decide(self.history, Score(number, "a finalist")))
            told = {"f1_accuracy": held_out, "f1": held_out, "accuracy": held_out, "loss": 1 - held_out}
            self.add(Returned(result_of(self.history, number, curve=(), held_out=told)))
        return number

    def failing(self, config: dict) -> int:
        number = len(self.history.trials)
        self.add(decide(self.history, Start(config, RUNG, "because"), {"trainable_params": 5.0}))
        failure = Failure(FailureKind.DIVERGED, "the loss is NaN\nat step 3", "Traceback: made up")
        result = result_of(self.history, number, 16, curve=(), status=SegmentStatus.FAILED, failure=failure)
        self.add(Returned(result))
        return number


@pytest.fixture(scope="session")
def studied(tmp_path_factory) -> str:
    """A store with a finished study ``mrpc`` (controls 0-2, trials 3-6, repeats 7-8) and ``broken`` (only failures)."""
    path = str(tmp_path_factory.mktemp("store") / "studied.db")
    with Store.open(path) as store:
        made = Recorder(store, "mrpc")
        made.trial({"method": "head"}, {RUNG: 0.6, FULL: 0.7}, 0, 0.69, kind=TrialKind.CONTROL, label="head")
        made.trial({"method": "lora"}, {RUNG: 0.7, FULL: 0.80}, 73_728, 0.78, kind=TrialKind.CONTROL, label="lora")
        tuned = {"method": "lora", "lora.lr": 3e-3}
        made.trial(tuned, {FULL: 0.82}, 73_728, 0.81, kind=TrialKind.CONTROL, label="lora lr=0.003")
        best = {"method": "lora", "lora.rank": 2, "lora.layers": (0, 1, 2, 5), "lora.lr": 3e-3, "lora.targets": "qv"}
        made.trial(best, {RUNG: 0.75, FULL: 0.85}, 12_288, 0.84)
        made.trial({"method": "serial_adapter", "serial_adapter.size": 4}, {RUNG: 0.6, FULL: 0.79}, 20_000)
        made.trial({"method": "lora", "lora.rank": 1}, {RUNG: 0.66}, 9_216)
        made.failing({"method": "lora", "lora.lr": 1e-2})
        for seed, score in ((1, 0.83), (2, 0.87)):
            repeat = {"kind": TrialKind.REPEAT, "label": "repeat of 3", "repeat_of": 3, "seed": seed}
            made.trial(best, {FULL: score}, 12_288, score - 0.01, **repeat)
        store.set_status(made.id, "complete", "every finalist is trained and scored")
        broken = Recorder(store, "broken")
        broken.failing({"method": "lora"})
        store.set_status(broken.id, "failed", "no trial succeeded")
    return path
