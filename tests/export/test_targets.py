"""What `--to` and `--merge` write, read back by the tools' own classes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.exported import FULL, OWN, PAUSED, WINNER, Made

from autotune import tasks
from autotune.errors import AutotuneError
from autotune.export import export_trial
from autotune.export.targets import TARGETS, find
from autotune.store import Store


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def held_out(made: Made) -> list[str]:
    return tasks.load(made.spec.task).held_out.texts


@pytest.fixture(scope="module")
def script(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Store.open(made.url, read_only=True) as store:
        return export_trial(store, "reviews", WINNER, tmp_path_factory.mktemp("out") / "script", to="script")


def run_script(folder: Path, *arguments: str, without: str = "nothing") -> subprocess.CompletedProcess[str]:
    """Run an exported script in a process in which a package cannot be imported."""
    block = f"import sys, runpy; sys.modules[{without!r}] = None; sys.argv[0] = 'train.py'; "
    code = f"{block}runpy.run_path({str(folder / 'train.py')!r}, run_name='__main__')"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_target_answers_to_the_protocol():
    for name in [*TARGETS, "merged"]:
        target = find(name)
        assert target.mark in target.writes


@pytest.mark.parametrize("name", ["trl", "axolotl", "llama-factory"])
def test_trainers_of_language_models_are_refused_with_the_reason(name):
    with pytest.raises(AutotuneError, match="cannot take a trial") as refused:
        find(name)
    assert "--to script" in refused.value.remedy


def test_an_unknown_target_is_met_with_the_nearest():
    with pytest.raises(AutotuneError, match="unknown target 'skript'") as refused:
        find("skript")
    assert "did you mean script?" in refused.value.remedy


def test_peft_s_files_alone_give_the_study_s_logits(made: Made, store: Store, tmp_path: Path):
    from peft import LoraConfig, PeftConfig, PeftModel
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = export_trial(store, "reviews", WINNER, tmp_path / "x", to="peft")
    assert names(folder) == {"adapter_config.json", "adapter_model.safetensors", "README.md"}
    config = PeftConfig.from_pretrained(str(folder))
    assert isinstance(config, LoraConfig)
    assert config.r == 4
    base = AutoModelForSequenceClassification.from_pretrained(made.model, num_labels=2)
    model = PeftModel.from_pretrained(base, str(folder)).eval()
    tokenizer = AutoTokenizer.from_pretrained(made.model)
    with torch.inference_mode():
        found = [model(**tokenizer(t, return_tensors="pt")).logits[0].numpy() for t in held_out(made)]
    studied = store.predictions(store.study("reviews").id, WINNER)
    np.testing.assert_allclose(np.stack(found), studied["logits"], atol=1e-5)


def test_peft_is_refused_what_it_has_no_method_for(store: Store, tmp_path: Path):
    with pytest.raises(AutotuneError, match="serial_adapter is autotune's own") as refused:
        export_trial(store, "reviews", OWN, tmp_path / "x", to="peft")
    assert "load_model" in refused.value.remedy
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("options", [{"to": "peft"}, {"merge": True}])
def test_what_is_not_trained_cannot_be_taken_as_weights(store: Store, tmp_path: Path, options):
    with pytest.raises(AutotuneError, match=r"has no trained adapter: the trial is paused"):
        export_trial(store, "reviews", PAUSED, tmp_path / "x", **options)


@pytest.mark.parametrize("trial", [WINNER, OWN, PAUSED])
def test_transformers_parses_the_arguments(store: Store, tmp_path: Path, trial):
    from transformers import HfArgumentParser, TrainingArguments

    folder = export_trial(store, "reviews", trial, tmp_path / "x", to="hf-args")
    (found,) = HfArgumentParser(TrainingArguments).parse_json_file(str(folder / "training_args.json"))
    told = json.loads((folder / "training_args.json").read_text())
    for key, value in told.items():
        assert getattr(found, key) == (["none"] if key == "report_to" and value == "none" else value) or key in (
            "report_to",
            "output_dir",
        )
    facts = store.study("reviews").facts["task"]
    batch = 8 if trial != OWN else 16
    epochs, rest = divmod(FULL, facts["train"])
    assert found.max_steps == epochs * -(-facts["train"] // batch) + -(-rest // batch)
    assert found.per_device_train_batch_size == batch
    assert found.learning_rate == (5e-3 if trial == OWN else 2e-2)
    assert found.lr_scheduler_type == "linear"
    assert found.warmup_steps == round(0.06 * found.max_steps)


@pytest.mark.slow
def test_the_script_trains_as_the_study_did_without_autotune(script: Path, store: Store, tmp_path: Path):
    done = run_script(script, "--out", str(tmp_path / "adapter"), without="autotune")
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout[done.stdout.index("{") :])
    trial = store.history(store.study("reviews").id).trials[WINNER]
    # The same examples in the same order with other dropout: the losses agree to about what a seed changes.
    assert scores["held_out"]["loss"] == pytest.approx(trial.held_out["loss"], abs=0.15)
    assert set(scores["held_out"]) == set(trial.held_out)
    assert set(scores) == {"selection", "held_out"}
    assert {"adapter_config.json", "adapter_model.safetensors", "metrics.json"} <= names(tmp_path / "adapter")


def test_the_script_says_every_field_of_peft_s_configuration(script: Path):
    from peft import LoraConfig

    text = (script / "train.py").read_text()
    assert "import autotune" not in text
    assert "from autotune" not in text
    for field in ("r", "lora_alpha", "lora_dropout", "target_modules", "bias", "use_rslora", "init_lora_weights"):
        assert field in LoraConfig.__dataclass_fields__
        assert f"    {field}=" in text


def test_the_script_s_data_are_the_study_s(script: Path, made: Made):
    task = tasks.load(made.spec.task)
    for name in ("train", "selection", "held_out"):
        rows = [json.loads(line) for line in (script / "data" / f"{name}.jsonl").read_text().splitlines()]
        split = getattr(task, name)
        assert [r["text"] for r in rows] == split.texts
        assert [r["label"] for r in rows] == split.labels.tolist()


@pytest.mark.slow
def test_a_method_of_our_own_has_a_script_that_imports_autotune_and_says_so(store: Store, tmp_path: Path):
    folder = export_trial(store, "reviews", OWN, tmp_path / "x", to="script")
    text = (folder / "train.py").read_text()
    assert "It needs autotune" in text.partition('"""\n\nfrom')[0]
    done = run_script(folder, "--all", "--out", str(tmp_path / "adapter"))
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout[done.stdout.index("{") :])) == {"held_out"}
    assert "autotune_adapter.json" in names(tmp_path / "adapter")


def test_a_merged_model_answers_as_the_adapter_does(made: Made, store: Store, tmp_path: Path):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = export_trial(store, "reviews", WINNER, tmp_path / "x", merge=True)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        found = [model(**tokenizer(t, return_tensors="pt")).logits[0].numpy() for t in held_out(made)]
    studied = store.predictions(store.study("reviews").id, WINNER)
    assert np.abs(np.stack(found) - studied["logits"]).max() <= 1e-4
    assert model.config.id2label == {0: "No", 1: "yes"}


def test_a_bottleneck_adapter_does_not_merge(store: Store, tmp_path: Path):
    with pytest.raises(AutotuneError, match="serial_adapter does not merge") as refused:
        export_trial(store, "reviews", OWN, tmp_path / "x", merge=True)
    assert "export the adapter" in refused.value.remedy


def test_an_export_of_another_kind_is_never_replaced(store: Store, tmp_path: Path):
    out = tmp_path / "x"
    export_trial(store, "reviews", WINNER, out, to="hf-args")
    with pytest.raises(AutotuneError, match="an earlier export"):
        export_trial(store, "reviews", WINNER, out, to="hf-args")
    with pytest.raises(AutotuneError, match="does not write"):
        export_trial(store, "reviews", WINNER, out, to="script", overwrite=True)
    export_trial(store, "reviews", WINNER, out, to="hf-args", overwrite=True)
    assert names(out) == {"training_args.json", "README.md"}
