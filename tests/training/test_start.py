"""How a worker starts, on files of a user's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from helpers.segments import never, segment
from helpers.tiny import make_tiny

from autotune.errors import AutotuneError
from autotune.facts import Calibration, ModelFacts, TaskFacts
from autotune.spec import StudySpec, TaskSpec
from autotune.training import create_worker
from autotune.trial import SegmentStatus


@pytest.fixture(scope="module")
def spec(model: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("data") / "films.jsonl"
    words = ("the", "film", "is", "was", "a", "very", "cat")
    rows = [
        {"text": f"{' '.join(words[i % 5 : 3 + i % 5])} {i} {('bad', 'good')[i % 2]}", "label": ("no", "yes")[i % 2]}
        for i in range(120)
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    task = TaskSpec(str(path), offline=True)
    study = StudySpec(task, model, {}, ("4trials",), device="cpu", threads=1, max_length=32)
    return json.loads(json.dumps(study.to_dict()))


@pytest.fixture(autouse=True)
def same_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_worker_tells_what_it_holds_and_trains(spec: dict[str, Any]) -> None:
    worker = create_worker(spec, 0)
    info = json.loads(json.dumps(worker.info))
    calibration = Calibration.from_dict(info["calibration"])
    assert TaskFacts.from_dict(info["task"]).labels == ("no", "yes")
    assert ModelFacts.from_dict(info["model"]).architecture == "bert"
    assert (calibration.device, calibration.threads) == ("cpu", 1)
    assert set(calibration.details) == {"train_fp32", "train_bf16"}
    assert calibration.train_examples_per_second == calibration.details[f"train_{calibration.precision}"]
    assert calibration.train_examples_per_second == max(calibration.details.values())
    assert calibration.evaluate_examples_per_second > 0
    assert calibration.seconds > 0
    result = worker.run(segment({"method": "lora"}, 32), never)
    assert result.status is SegmentStatus.DONE, result.failure
    assert "latency_ms" not in result.measured


def test_a_fixed_precision_is_kept_and_measured(spec: dict[str, Any]) -> None:
    worker = create_worker({**spec, "precision": "bf16", "constraints": ["latency_ms<=50"]}, 0)
    assert set(worker.info["calibration"]["details"]) == {"train_bf16"}
    assert worker.info["calibration"]["precision"] == "bf16"
    result = worker.run(segment({"method": "parallel_adapter"}, 32), never)
    assert result.measured["latency_ms"] > 0


def test_a_model_with_fused_queries_that_bf16_breaks_is_measured_in_fp32(spec: dict[str, Any], tmp_path: Path) -> None:
    deberta = {**spec, "model": make_tiny(tmp_path / "deberta", "deberta")}
    calibration = create_worker(deberta, 0).info["calibration"]
    assert calibration["precision"] == "fp32"
    assert set(calibration["details"]) == {"train_fp32"}
    with pytest.raises(AutotuneError, match="cannot be trained in bf16") as caught:
        create_worker({**deberta, "precision": "bf16"}, 0)
    assert caught.value.remedy == "pass --precision fp32"


def test_a_recorded_calibration_is_taken_over(spec: dict[str, Any]) -> None:
    recorded = Calibration("cpu", "bf16", 4, 123.0, 456.0, 5.0, 9.0, {"train_bf16": 123.0}).to_dict()
    told = Calibration.from_dict(create_worker({**spec, "calibration": recorded}, 0).info["calibration"])
    assert (told.precision, told.train_examples_per_second, told.threads, told.seconds) == ("bf16", 123.0, 1, 0.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"plugins": ["no_such_module_here"]}, "plugin 'no_such_module_here' cannot be imported"),
        ({"device": "cuda:7"}, "cuda:7"),
        ({"device": "toaster"}, "unknown device 'toaster'"),
        ({"precision": "fp8"}, "unknown precision 'fp8'"),
    ],
)
def test_what_cannot_be_had_is_named(spec: dict[str, Any], changes: dict[str, Any], message: str) -> None:
    with pytest.raises(AutotuneError, match=message) as caught:
        create_worker(spec | changes, 0)
    assert caught.value.remedy


def test_plugins_are_imported(spec: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_plugin.py").write_text("LOADED = True")
    monkeypatch.syspath_prepend(str(tmp_path))
    recorded = Calibration("cpu", "fp32", 1, 1.0, 1.0, 0.0, 0.0, {}).to_dict()
    create_worker({**spec, "plugins": ["a_plugin"], "calibration": recorded}, 0)
    import sys

    assert sys.modules["a_plugin"].LOADED
