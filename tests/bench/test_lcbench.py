"""LCBench, with a formula in place of its surrogate."""

import json
import sys

import numpy as np
import pytest

from autotune.bench import lcbench, simulate
from autotune.bench.lcbench import LCBench
from autotune.bench.prepared import prepare
from autotune.bench.score import scale_of
from autotune.errors import AutotuneError


class Session:
    """Answers as the surrogate would: (time, accuracy, ...) from epoch and learning rate."""

    def run(self, names, inputs):
        epoch, lr, code = inputs["x_cont"][:, 0], inputs["x_cont"][:, 2], inputs["x_cat"][:, 0]
        columns = (epoch * (1 + lr), 50 + epoch * lr + code, epoch, epoch, epoch, epoch)
        return [np.stack(columns, axis=1)]


@pytest.fixture
def data(tmp_path, monkeypatch):
    (tmp_path / "lcbench").mkdir()
    (tmp_path / "lcbench" / "encoding.json").write_text(json.dumps({"OpenML_task_id": {"3945": 7}}))
    monkeypatch.setattr(LCBench, "_open", lambda self: Session())
    return tmp_path


def test_costs_are_epochs_and_curves_are_free(data):
    made = prepare(LCBench("3945", data))
    config = made.space.default()
    values, cost = made.evaluate(config, 52)
    assert cost == 52
    assert made.cost(config, 10, 52) == 42
    assert values["val_accuracy"] == pytest.approx(57 + 52 * config["learning_rate"], rel=1e-5)
    assert list(made.curve(config, 49, 52)) == [50, 51]
    assert scale_of(made).one == 52
    assert scale_of(made).to == "800 random full trainings"


def test_a_search_on_it(data):
    run = simulate(LCBench("3945", data), "random+asha", 10 * 52, 0)
    assert 9 * 52 < run.spent <= 10 * 52


def test_the_sample_is_the_protocols():
    rng = np.random.default_rng(999)
    first = lcbench._draw(rng)
    again = np.random.default_rng(999)
    assert first["batch_size"] == round(np.exp(again.uniform(np.log(16), np.log(512))))
    assert first["learning_rate"] == float(np.exp(again.uniform(np.log(1e-4), np.log(1e-1))))
    assert first["momentum"] == again.uniform(0.1, 0.99)
    assert first["weight_decay"] == again.uniform(1e-5, 1e-1)
    assert first["num_layers"] == int(again.uniform(1, 6))


def test_what_there_is_not_is_refused(data, tmp_path):
    with pytest.raises(AutotuneError, match="3945"):
        LCBench("1", data)
    with pytest.raises(AutotuneError, match="--data DIR"):
        LCBench("3945", tmp_path / "nowhere")


def test_without_onnxruntime_it_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "lcbench").mkdir()
    (tmp_path / "lcbench" / "encoding.json").write_text(json.dumps({"OpenML_task_id": {"3945": 7}}))
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(AutotuneError, match=r"autotune\[bench\]"):
        LCBench("3945", tmp_path)
