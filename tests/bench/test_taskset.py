"""TaskSet from a small file of its form."""

import gzip
import json

import pytest

from autotune.bench.prepared import prepare
from autotune.bench.score import scale_of
from autotune.bench.taskset import TaskSet
from autotune.errors import AutotuneError


def _run(lr, beta, losses):
    return {"hp": {"lr": lr, "beta": beta}, "train": {"loss": [1.0] * 6}, "valid": {"loss": losses}}


@pytest.fixture
def data(tmp_path):
    (tmp_path / "taskset").mkdir()
    runs = [_run(lr, 0.1 * i, [2.0 - i * k for k in range(6)]) for i, lr in enumerate((1e-4, 1e-3, 1e-2))]
    runs.append(_run(1.0, 0.5, [2.0, 1.0, float("nan"), 1.0, 1.0, 1.0]))
    (tmp_path / "taskset" / "words.json.gz").write_bytes(gzip.compress(json.dumps(runs).encode()))
    return tmp_path


def test_its_runs_are_a_pool(data):
    made = prepare(TaskSet("words", data))
    assert (made.full, len(made.pool)) == (5, 4)
    config = made.pool[1]
    assert made.evaluate(config, 3)[0]["valid_loss"] == -1.0
    assert made.cost(config, 2, 5) == 3
    assert list(made.curve(config, 1, 4)) == [2, 3]
    assert scale_of(made).one == 5


def test_a_run_that_diverges_fails_from_there_on(data):
    made = prepare(TaskSet("words", data))
    assert made.evaluate(made.pool[3], 1)[0]["valid_loss"] == 1.0
    assert made.evaluate(made.pool[3], 2)[0] == {}
    assert made.evaluate(made.pool[3], 3)[0] == {}


def test_another_task_is_refused_with_those_that_there_are(data):
    with pytest.raises(AutotuneError, match="words"):
        TaskSet("other", data)
