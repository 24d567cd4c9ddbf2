"""A trial as a folder: what peft, a person and a script find in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from helpers.exported import ADAPTER, CONTROL, FAILED, FULL, LORA, OWN, PAUSED, REPEAT, WINNER, Made

from autotune import tasks
from autotune.errors import AutotuneError
from autotune.export import export_trial, load_model
from autotune.export.reading import read
from autotune.export.targets import autotune as target
from autotune.store import Store

PEFT = {"adapter_config.json", "adapter_model.safetensors", "training.yaml", "README.md"}


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def answers(model: Any, tokenizer: Any, made: Made) -> np.ndarray:
    """The logits on the held-out split, one example after another."""
    texts = tasks.load(made.spec.task).held_out.texts
    with torch.inference_mode():
        rows = [model(**tokenizer(t, return_tensors="pt")).logits[0].numpy() for t in texts]
    return np.stack(rows)


def studied(store: Store, trial: int) -> np.ndarray:
    found = store.predictions(store.study("reviews").id, trial)
    assert found is not None
    return np.array(found["logits"])


@pytest.fixture(scope="module")
def winner(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Store.open(made.url, read_only=True) as store:
        return export_trial(store, "reviews", None, tmp_path_factory.mktemp("out") / "winner")


@pytest.fixture(scope="module")
def own(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Store.open(made.url, read_only=True) as store:
        return export_trial(store, "reviews", OWN, tmp_path_factory.mktemp("out") / "own")


def test_peft_loads_the_winner_with_the_study_s_logits(winner: Path, made: Made, store: Store) -> None:
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    base = AutoModelForSequenceClassification.from_pretrained(made.model, num_labels=2)
    model = PeftModel.from_pretrained(base, str(winner)).eval()
    found = answers(model, AutoTokenizer.from_pretrained(made.model), made)
    assert names(winner) == PEFT
    np.testing.assert_allclose(found, studied(store, WINNER), atol=1e-5)
    assert np.abs(found - studied(store, REPEAT)).max() > 1e-3
    assert json.loads((winner / "adapter_config.json").read_text())["r"] == 4


def test_a_method_of_our_own_loads_with_the_study_s_logits(own: Path, made: Made, store: Store) -> None:
    model, tokenizer = load_model(own)
    assert names(own) == PEFT - {"adapter_config.json"} | {"autotune_adapter.json"}
    np.testing.assert_allclose(answers(model, tokenizer, made), studied(store, OWN), atol=1e-5)
    assert not any(p.requires_grad for p in model.parameters())


def test_load_model_loads_a_peft_method_as_well(winner: Path, made: Made, store: Store) -> None:
    np.testing.assert_allclose(answers(*load_model(winner), made), studied(store, WINNER), atol=1e-5)


def test_every_value_is_written_out(winner: Path, made: Made, store: Store) -> None:
    file = read(winner)
    trial = store.history(store.study("reviews").id).trials[WINNER]
    assert file.config == {
        **{k: v for k, v in LORA.items() if k != "lora.lr"},
        "lr": 2e-2,
        "lora.alpha_ratio": 2.0,
        "lora.targets": "qv",
        "lora.variant": "plain",
        "lora.init": "default",
        "lora.optimizer": "adamw",
        "lora.plus_ratio": 16.0,
        "lora.layers": (0, 1, 2),
        "weight_decay": 0.01,
        "warmup": 0.06,
        "schedule": "linear",
    }
    assert (file.study, file.trial, file.seed, file.model) == ("reviews", WINNER, 3, made.model)
    assert (file.precision, file.threads, file.device, file.max_grad_norm) == ("fp32", 1, "cpu", 1.0)
    assert file.task == replace(made.spec.task, text_columns=("words",))
    assert file.data is not None
    assert (file.data.labels, len(file.data.digest)) == (("No", "yes"), 64)
    assert file.epochs * file.data.train == FULL
    assert file.max_length == 66
    assert file.recorded is not None
    assert (file.recorded.examples, file.recorded.seeds, file.recorded.trained_on) == (FULL, 2, "train")
    assert dict(file.recorded.held_out) == dict(trial.held_out or {})
    assert {**file.recorded.selection, "train_loss": 0} == {**trial.curve[-1].metrics, "train_loss": 0}
    assert set(file.recorded.objectives) == {"accuracy", "trainable_params"}
    assert "torch" in file.versions


def test_the_readme_tells_figures_and_commands(winner: Path, own: Path) -> None:
    text = (winner / "README.md").read_text()
    rows = [line for line in text.splitlines() if "this configuration" in line or "control `head`" in line]
    assert len(rows) == 2
    assert re.search(r"\| 1,536 \| 1,602 \| 0\.\d{4} ± 0\.\d{4} \| 0\.\d{4}( ± 0\.\d{4})? \| 2 \|", rows[0]), rows[0]
    assert "| lora.rank | 4 | 8 |" in text
    assert text.startswith("# reviews/1: lora on reviews.csv\n")
    assert "The winner of study `reviews`" in text
    assert "A configuration from study `reviews`" in (own / "README.md").read_text()
    assert "the first of 2 seeds" in text
    assert f"autotune train {winner} --as-studied" in text
    assert "peft alone cannot load" not in text
    assert "peft alone cannot load" in (own / "README.md").read_text()


@pytest.mark.parametrize("which", ["winner", "own"])
def test_the_readme_s_python_runs(which: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture) -> None:
    text = (request.getfixturevalue(which) / "README.md").read_text()
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(code) == 1
    exec(code[0], {})
    label, _, shares = capsys.readouterr().out.strip().splitlines()[-1].partition(" ")
    assert label in ("No", "yes")
    assert sum(json.loads(shares)[0]) == pytest.approx(1.0, abs=1e-4)


def test_an_unfinished_trial_has_no_adapter_and_says_so(store: Store, tmp_path: Path) -> None:
    folder = export_trial(store, "reviews", PAUSED, tmp_path / "paused")
    text = (folder / "README.md").read_text()
    assert names(folder) == {"training.yaml", "README.md"}
    assert "There is none in this folder: the trial is paused" in text
    assert "The trial is paused after 56 examples; it has no final score" in text
    assert not read(folder).recorded.selection  # type: ignore[union-attr]
    with pytest.raises(AutotuneError, match="holds no trained adapter"):
        load_model(folder)


def test_a_failed_trial_and_a_dropped_checkpoint(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = export_trial(store, "reviews", FAILED, tmp_path / "failed")
    monkeypatch.setattr(Store, "checkpoint", lambda *_: None)
    dropped = export_trial(store, "reviews", CONTROL, tmp_path / "deep" / "dropped")
    assert "the trial failed (diverged)" in (failed / "README.md").read_text()
    assert "the study kept no checkpoint" in (dropped / "README.md").read_text()
    assert read(dropped).recorded.held_out  # type: ignore[union-attr]


def test_a_repeat_is_exported_with_its_own_seed(store: Store, tmp_path: Path) -> None:
    folder = export_trial(store, "reviews", REPEAT, tmp_path / "repeat")
    assert read(folder).seed == 8
    assert "It is one of 2 seeds" in (folder / "README.md").read_text()


def test_the_place_must_be_free_or_an_earlier_export(store: Store, tmp_path: Path) -> None:
    folder = export_trial(store, "reviews", PAUSED, tmp_path / "out")
    with pytest.raises(AutotuneError, match="earlier export") as caught:
        export_trial(store, "reviews", OWN, folder)
    assert "--overwrite" in str(caught.value.remedy)
    assert read(export_trial(store, "reviews", OWN, folder, overwrite=True)).trial == OWN
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(AutotuneError, match=r"notes\.txt"):
        export_trial(store, "reviews", OWN, folder, overwrite=True)
    assert names(tmp_path) - {"config"} == {"out"}
    with pytest.raises(AutotuneError, match="is a file"):
        export_trial(store, "reviews", OWN, folder / "notes.txt")


def test_an_empty_folder_is_filled(store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "training.yaml" in names(export_trial(store, "reviews", PAUSED, tmp_path / "empty"))


def test_nothing_is_left_of_an_export_that_fails(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = export_trial(store, "reviews", PAUSED, tmp_path / "out")
    text = (before / "training.yaml").read_text()

    def full_disk(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(target, "readme", full_disk)
    with pytest.raises(AutotuneError, match="out cannot be written: No space left on device"):
        export_trial(store, "reviews", OWN, tmp_path / "out", overwrite=True)
    assert (before / "training.yaml").read_text() == text
    assert names(tmp_path) - {"config"} == {"out"}


def test_what_does_not_exist_is_refused(store: Store, tmp_path: Path, made: Made) -> None:
    with pytest.raises(AutotuneError, match="no study 'review'") as caught:
        export_trial(store, "review", None, tmp_path / "out")
    assert "reviews" in str(caught.value.remedy)
    with pytest.raises(AutotuneError, match="has no trial 99"):
        export_trial(store, "reviews", 99, tmp_path / "out")
    with Store.open(tmp_path / "other.db") as other:
        row = store.study("reviews")
        more: dict[str, Any] = {"environment": {}, "space_digest": "", "levels": row.levels, "facts": row.facts}
        other.create_study("new", row.spec, **more)
        with pytest.raises(AutotuneError, match="has no winner yet") as caught:
            export_trial(other, "new", None, tmp_path / "out")
    assert "autotune resume new" in str(caught.value.remedy)
    assert not (tmp_path / "out").exists()


def test_our_own_adapter_s_file_names_its_layers(own: Path) -> None:
    said = json.loads((own / "autotune_adapter.json").read_text())["recipe"]["settings"]
    assert said["layers"] == list(ADAPTER["serial_adapter.layers"])
