"""``training.yaml``: what is written comes back, and what a person may get wrong is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.minilm import TASK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autotune.errors import AutotuneError
from autotune.export.reading import read
from autotune.export.training_file import Recorded, TrainingFile
from autotune.facts import TaskFacts
from autotune.spec import TaskSpec

GOOD = "model: builtin/minilm\ntask: glue/mrpc\nconfig: {method: lora}\n"

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
tricky = st.sampled_from(
    [
        "no",
        "1e-3",
        "null",
        "~",
        "010",
        "2020-01-01",
        "a: b",
        "- a",
        "#x",
        " x ",
        "1",
        ".nan",
        "",
        "é\n",
        "\x85",
        "\ufeff",
    ]
)
numbers = st.floats(allow_nan=False)
figures = st.dictionaries(st.sampled_from(["accuracy", "loss", "f1"]), numbers)


@st.composite
def files(draw: st.DrawFn) -> TrainingFile:
    facts = {**TASK.to_dict(), "labels": draw(st.lists(words | tricky, min_size=2, max_size=4))}
    return TrainingFile(
        model=draw(st.sampled_from(["roberta-base", "/a b/ü", "org/1e-3"])),
        task=TaskSpec(
            "glue/mrpc", label_column=draw(st.none() | words | tricky), max_train=draw(st.none() | st.just(50))
        ),
        config={"method": "lora", "lr": draw(numbers), "lora.layers": (0, 3), "lora.targets": draw(words | tricky)},
        study=draw(st.sampled_from(["mrpc", "1e-3", "no", "2020-01-01"])),
        trial=7,
        seed=draw(st.integers(0, 2**40)),
        epochs=draw(st.floats(1e-3, 1e3)),
        data=TaskFacts.from_dict(facts),
        recorded=Recorded(9, seeds=2, objectives=draw(figures), selection=draw(figures), held_out=draw(figures)),
        versions={"torch": "2.13.0", "autotune": "0.1"},
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=files())
def test_what_is_written_comes_back(file: TrainingFile, tmp_path: Path) -> None:
    path = tmp_path / "training.yaml"
    path.write_text(file.to_yaml(), encoding="utf-8")
    assert read(path) == file


def test_defaults_of_a_file_written_by_hand(tmp_path: Path) -> None:
    (tmp_path / "training.yaml").write_text(GOOD)
    file = read(tmp_path)
    assert (file.seed, file.epochs, file.precision, file.max_length) == (0, 3.0, "auto", 128)
    assert file.task == TaskSpec("glue/mrpc")
    assert (file.study, file.trial, file.data, file.recorded) == ("", None, None, None)


def test_paths_are_looked_for_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("x")
    (tmp_path / "model").mkdir()
    (tmp_path / "training.yaml").write_text("model: ./model\ntask: mine.csv\nconfig: {method: lora}\n")
    file = read(tmp_path / "training.yaml")
    assert file.model == str(tmp_path / "model")
    assert file.task.name == str(tmp_path / "mine.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no settings"),
        ("- 1\n- 2\n", "holds no settings"),
        ("just words", "holds no settings"),
        ("model: [1\ntask: x", "training.yaml:2"),
        ("model: !!python/object/apply:os.system ['touch owned']\n", "tag"),
        (GOOD + "sede: 3\n", r"training.yaml:4: unknown key 'sede'"),
        (GOOD + "seed: three\n", r"seed='three' \(.*training.yaml:4\)"),
        (GOOD + "epochs: -1\n", "training.yaml:4: epochs=-1 is not a number above 0"),
        (GOOD + "epochs: .nan\n", "epochs=nan"),
        (GOOD + "epochs: true\n", "epochs=True"),
        (GOOD + "threads: 0\n", "threads=0"),
        (GOOD + "precision: fp8\n", "unknown precision 'fp8'"),
        (GOOD + "data: 3\n", "training.yaml:4: data is damaged"),
        (GOOD + "recorded: {examples: many}\n", "recorded is damaged"),
        (GOOD + "recorded: {examples: 9, trained_on: moon}\n", "trained_on is 'moon'"),
        (GOOD + "autotune_training: 9\n", "format 9 is not known"),
        ("model: x\nconfig: {method: lora}\n", "names no task"),
        ("model: x\ntask: glue/mrpc\n", "names no config"),
        ("task: glue/mrpc\nconfig: {method: lora}\n", "names no model"),
        ("model: x\ntask: {data_dir: /tmp}\nconfig: {method: lora}\n", "the task has no name"),
        ("model: x\ntask: {nam: glue/mrpc}\nconfig: {method: lora}\n", "training.yaml:2.*nam"),
        ("model: x\ntask: glue/mrpc\nconfig: lora\n", "training.yaml:3: config is no mapping"),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "training.yaml").write_text(text)
    with pytest.raises(AutotuneError, match=message) as caught:
        read(tmp_path)
    assert caught.value.remedy
    assert [p.name for p in tmp_path.iterdir()] == ["training.yaml"]


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(AutotuneError, match=r"holds no training\.yaml") as caught:
        read(tmp_path)
    assert "autotune export" in str(caught.value.remedy)
    with pytest.raises(AutotuneError, match="no file or folder"):
        read(tmp_path / "nothing")
    (tmp_path / "training.yaml").write_bytes(b"model: \xff\n")
    with pytest.raises(AutotuneError, match="not UTF-8"):
        read(tmp_path)
