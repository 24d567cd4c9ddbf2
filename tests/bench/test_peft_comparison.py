"""Hugging Face's comparison from a small file of its form."""

import gzip
import json

import pytest

from autotune.bench.names import load
from autotune.bench.score import scale_of
from autotune.bench.simulate import simulate
from autotune.errors import AutotuneError


def _run(method, lr, end, params, optimizer="AdamW", points=4, **settings):
    training = {"optimizer_kwargs": {"lr": lr}, "optimizer_type": optimizer}
    metrics = [
        {"train time": 8.0, "eval time": 2.0, "train loss": 1.0 / k, "valid accuracy": 0.1 * k}
        for k in range(1, points + 1)
    ]
    metrics.append({"test accuracy": end, "train loss": 0.2})
    peft = {"peft_type": method, **settings} if method else None
    return {
        "run_info": {"train_config": training, "peft_config": peft},
        "train_info": {"metrics": metrics, "num_trainable_params": params},
    }


RUNS = {
    "a": _run("LORA", 1e-4, 0.50, 800, r=8, lora_alpha=16, target_modules=["q", "v"], use_dora=False),
    "b": _run("LORA", 1e-4, 0.55, 1600, r=16, lora_alpha=32, target_modules=["v", "q"], use_dora=False),
    "c": _run("LORA", 1e-3, 0.45, 800, "lora-fa", r=8, lora_alpha=16, target_modules=["q", "v"], use_dora=True),
    "d": _run("IA3", 1e-3, 0.40, 50, target_modules=["v"]),
    "e": _run("PROMPT_TUNING", 1e-2, 0.30, 100, num_virtual_tokens=20, task_type="CAUSAL_LM"),
    "f": _run(None, 1e-5, 0.60, 100_000),
}


@pytest.fixture
def write(tmp_path):
    def to(runs):
        folder = tmp_path / "peft-sums"
        folder.mkdir(exist_ok=True)
        (folder / "results.json.gz").write_bytes(gzip.compress(json.dumps(runs).encode()))
        return tmp_path

    return to


@pytest.fixture
def made(write):
    return load("peft-comparison/sums", write(RUNS))


def test_its_space_has_what_the_runs_differ_in(made):
    parameters = made.benchmark.space["parameters"]
    assert set(parameters) == {
        "method", "lr", "rank", "tokens", "lora.lora_alpha", "lora.optimizer", "lora.use_dora"
    }  # fmt: skip
    assert parameters["rank"] == {"type": "int", "low": 8, "high": 16, "log": True, "when": {"method": ["lora"]}}
    assert parameters["lora.lora_alpha"]["type"] == "int"
    assert parameters["lora.use_dora"]["options"] == ["false", "true"]
    assert made.space.conditional
    assert len(made.pool) == 6


def test_it_answers_what_was_recorded(made):
    config = made.pool[1]
    assert made.evaluate(config, 2) == ({"accuracy": 0.2, "train_loss": 0.5}, 20.0)
    assert made.evaluate(config, 4)[0]["accuracy"] == 0.55, "the end is that of the test split"
    assert made.cost(config, 1, 4) == 30
    assert made.costs(config) == {"params": 1600.0}
    assert list(made.curve(config, 1, 4)) == [2, 3]


@pytest.mark.parametrize("strategy", ["auto", "mobo+freeze-thaw", "random+asha"])
def test_it_can_be_searched(made, strategy):
    scale = scale_of(made)
    run = simulate(made, strategy, 6 * scale.one, 0, charge_thinking=False)
    assert run.full
    assert scale.score([full.values for full in run.full]) > 0.3


def test_what_is_no_comparison_is_refused(write, tmp_path):
    with pytest.raises(AutotuneError, match="peft-sums"):
        load("peft-comparison/sums", tmp_path)
    data = write(RUNS)
    with pytest.raises(AutotuneError, match="sums"):
        load("peft-comparison/other", data)
    with pytest.raises(AutotuneError, match="equally often"):
        load("peft-comparison/sums", write({**RUNS, "g": _run("IA3", 1e-2, 0.4, 60, points=5)}))
    for broken in ({}, [], {"a": {}}, {"a": {"run_info": 3}}):
        with pytest.raises(AutotuneError):
            load("peft-comparison/sums", write(broken))
