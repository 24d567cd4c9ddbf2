"""Names, plugins and the task as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.examples import csv_text, split_of

from autotune import plugins
from autotune.errors import AutotuneError
from autotune.facts import TaskFacts
from autotune.spec import TaskSpec
from autotune.tasks import Metric, Raw, Task, available, build, load, metrics, register_metric, register_task
from autotune.tasks import registry as registry_module


@pytest.fixture(autouse=True)
def _fresh_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "_TASKS", dict(registry_module._TASKS))
    monkeypatch.setattr(metrics, "_METRICS", dict(metrics._METRICS))


def tickets(spec: TaskSpec) -> Task:
    """Tickets by urgency."""
    texts = [f"ticket {i}" for i in range(50)]
    return build(
        spec, Raw("classification", ("low", "high"), split_of(texts, [i % 2 for i in range(50)]), None, ["f1"])
    )


def balance(logits: np.ndarray, labels: np.ndarray) -> float:
    """Share of examples called positive."""
    return float(np.mean(logits.argmax(axis=1)))


def test_the_list_holds_glue_and_the_demo_with_source_and_licence() -> None:
    infos = {i.name: i for i in available()}
    assert len([n for n in infos if n.startswith("glue/")]) == 9
    assert infos["glue/mrpc"].metric == "f1_accuracy"
    assert infos["glue/stsb"].kind == "regression"
    assert all(i.source and i.licence and i.description for i in infos.values())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("glue/mrcp", "did you mean 'glue/mrpc'"),
        ("rte", "did you mean 'glue/rte'"),
        ("nothing at all", "known are demo/docstrings, glue/cola"),
        ("missing.csv", "no file or folder"),
        ("a/b/c", "no file or folder"),
        ("  ", "no task was named"),
    ],
)
def test_unknown_names_are_refused_with_what_is_near(name: str, said: str) -> None:
    with pytest.raises(AutotuneError, match=said):
        load(TaskSpec(name))


def test_a_path_may_be_relative_to_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(csv_text(), "utf-8")
    assert load(TaskSpec("mine.csv", data_dir=str(tmp_path))).facts.task == "mine.csv"


def test_a_users_task_and_metric_join_by_registration() -> None:
    register_task("mine/tickets", tickets)
    register_metric("balance", balance, "maximize", "binary")
    task = load(TaskSpec("mine/tickets", metric="balance"))
    assert task.facts.rank_metric == "balance"
    assert list(task.facts.metrics) == ["f1", "accuracy", "balance", "loss"]
    assert task.score(np.tile([0.0, 1.0], (4, 1)), np.array([0, 1, 1, 1]))["balance"] == 1.0
    assert {i.name: i.description for i in available()}["mine/tickets"] == "Tickets by urgency."


def test_names_that_are_taken_are_refused() -> None:
    with pytest.raises(AutotuneError, match="taken"):
        register_task("glue/mrpc", tickets)
    for name in ("accuracy", "loss", "trainable_params"):
        with pytest.raises(AutotuneError, match="taken"):
            register_metric(name, balance, "maximize")
    with pytest.raises(AutotuneError, match="direction"):
        register_metric("balance", balance, "up")  # type: ignore[arg-type]
    with pytest.raises(AutotuneError, match="identifier"):
        register_metric("my balance", balance, "maximize")


def test_installed_packages_join_by_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        dist = None
        module = "mypackage.tasks"

        def __init__(self, name: str, thing: object) -> None:
            self.name, self.thing = name, thing

        def load(self) -> object:
            if isinstance(self.thing, Exception):
                raise self.thing
            return self.thing

    offered = {
        "autotune.tasks": [Point("their/tickets", tickets)],
        "autotune.metrics": [Point("any", [Metric("balance", balance, "maximize", "binary")])],
    }
    monkeypatch.setattr(plugins, "entry_points", lambda group: offered[group])
    plugins.objects.cache_clear()
    try:
        assert load(TaskSpec("their/tickets", metric="balance")).facts.rank_metric == "balance"
        offered["autotune.tasks"] = [Point("broken", ImportError("no such thing"))]
        plugins.objects.cache_clear()
        with pytest.raises(AutotuneError, match=r"'broken' of package 'mypackage\.tasks'"):
            load(TaskSpec("anything"))
    finally:
        plugins.objects.cache_clear()


def test_facts_travel_as_plain_data_and_the_digest_tells_data_apart() -> None:
    task = tickets(TaskSpec("t"))
    assert TaskFacts.from_dict(task.facts.to_dict()) == task.facts
    assert len(task.all_training()) == task.facts.train + task.facts.selection
    other = split_of([f"ticket {i}" for i in range(50)], [(i + 1) % 2 for i in range(50)])
    assert build(TaskSpec("t"), Raw("classification", ("low", "high"), other, None, ["f1"])).facts.digest != (
        task.facts.digest
    )


def test_tasks_are_imported_without_heavy_libraries() -> None:
    heavy = {"torch", "pandas", "pyarrow", "datasets", "sklearn", "scipy"}
    code = f"import sys, autotune.tasks; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
