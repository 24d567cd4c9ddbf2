"""Over peft's methods: the exported script's own ``load`` makes the adapter that the study would train."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.exported import WINNER, Made

from autotune.errors import AutotuneError
from autotune.export.chosen import choose
from autotune.export.script import script
from autotune.export.script_parts import metric_functions
from autotune.export.snippets import by_peft
from autotune.export.targets import find
from autotune.methods import catalogue
from autotune.store import Store
from autotune.tasks import metrics
from autotune.tasks.metrics import all_metrics

ALONE = sorted(name for name, method in catalogue().items() if by_peft(method))
OTHERS = sorted(set(catalogue()) - set(ALONE))
NEED_US = {"adalora", "kasa"}
"""Methods of peft's whose training is more than a plain loop: their scripts import autotune."""


@pytest.fixture(scope="module")
def chosen(made: Made):
    with Store.open(made.url, read_only=True) as store:
        found = choose(store, "reviews", WINNER)
    # Room for a prompt before an input: the tiny model has 66 positions.
    return replace(found, study=replace(found.study, spec={**found.study.spec, "max_length": 24}))


@pytest.fixture(scope="module")
def base(chosen):
    return chosen.base()


def with_config(chosen, config):
    return replace(chosen, trial=replace(chosen.trial, config=config))


def load_of(text: str, folder: Path):
    path = folder / "train.py"
    path.write_text(text)
    return runpy.run_path(str(path))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", ALONE)
def test_the_script_makes_the_same_adapter(chosen, base, method, tmp_path):
    subject = with_config(chosen, {"method": method})
    text = script(subject, base)
    found = load_of(text, tmp_path)
    assert ("from autotune" in text) == (method in NEED_US)
    if method in NEED_US:
        return
    model, _ = found["load"](3, torch.device("cpu"))
    trained = sorted(tuple(p.shape) for p in model.parameters() if p.requires_grad)
    with base.attach(subject.recipe, 3) as attachment:
        assert trained == sorted(tuple(p.shape) for p in attachment.trainable.values())
        targets = getattr(attachment.peft.peft_config["default"], "target_modules", None)
    config = model.peft_config["default"]
    assert set(getattr(config, "target_modules", None) or ()) == set(targets or ())


@pytest.mark.parametrize("method", OTHERS)
def test_other_methods_get_a_script_that_attaches_them_by_autotune(chosen, base, method, tmp_path):
    text = script(with_config(chosen, {"method": method}), base)
    assert "It needs autotune" in text
    compile(text, "train.py", "exec")


@pytest.mark.parametrize(
    ("settings", "needs"),
    [
        ({"lora.optimizer": "lora_plus", "lora.plus_ratio": 4.0}, False),
        ({"lora.optimizer": "lora_fa"}, True),
        ({"lora.init": "pissa"}, True),
        ({"lora.init": "eva"}, True),
        ({"lora.init": "mica"}, True),
        ({"lora.init": "gaussian"}, False),
        ({"lora.variant": "dora", "lora.layers": (1,), "lora.targets": "all"}, False),
        ({"lora.variant": "rslora"}, False),
    ],
)
def test_what_peft_s_lora_cannot_say_is_left_to_autotune(chosen, base, settings, needs, tmp_path):
    text = script(with_config(chosen, {"method": "lora", **settings}), base)
    assert ("from autotune" in text) == needs
    if settings.get("lora.optimizer") == "lora_plus":
        assert 'RATES = {"lora_B": 4.0}' in text


def test_lora_plus_s_rates_reach_the_optimizer(chosen, base, tmp_path):
    config = {"method": "lora", "lora.optimizer": "lora_plus", "lora.plus_ratio": 4.0}
    found = load_of(script(with_config(chosen, config), base), tmp_path)
    model, _ = found["load"](3, torch.device("cpu"))
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    optimizer = found["optimizer_of"](trained)
    factors = {id(p): group["factor"] for group in optimizer.param_groups for p in group["params"]}
    assert {n: factors[id(p)] for n, p in trained.items()} == {n: 4.0 if "lora_B" in n else 1.0 for n in trained}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"method": "lora", "lora.optimizer": "lora_fa"}, "changed before each step"),
        ({"method": "lora", "lora.optimizer": "lora_plus"}, "a learning rate of their own"),
        ({"method": "adalora"}, "a term of its own in the loss"),
        ({"method": "beft"}, "weight decay"),
    ],
)
def test_arguments_refuse_what_they_cannot_say(chosen, config, said, tmp_path):
    with pytest.raises(AutotuneError, match=said) as refused:
        find("hf-args").write(with_config(chosen, config), tmp_path, tmp_path)
    assert "--to script" in refused.value.remedy


def test_arguments_take_every_plain_method(chosen, tmp_path):
    for method in ("loha", "prefix", "bitfit", "head"):
        find("hf-args").write(with_config(chosen, {"method": method, "weight_decay": 0.0}), tmp_path, tmp_path)
        assert (tmp_path / "training_args.json").is_file()


@pytest.mark.parametrize("name", [*all_metrics(), "cross_entropy", "squared_error"])
def test_every_metric_s_source_runs_by_itself(name):
    source, entries, left_out = metric_functions([name])
    assert left_out == []
    room: dict = {"np": np}
    exec(f"from __future__ import annotations\n{source}\nMETRICS = {{\n{entries[0]}\n}}", room)
    (function,) = room["METRICS"].values()
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 50)
    real = name in ("pearson", "spearman", "pearson_spearman", "squared_error")
    logits = rng.normal(size=50) if real else rng.normal(size=(50, 2))
    own = all_metrics()[name].function if name in all_metrics() else getattr(metrics, name)
    assert function(logits, labels) == own(logits, labels)


def constant(logits, labels):
    return 0.0


def test_a_plugin_s_metric_is_left_out_and_said(monkeypatch):
    monkeypatch.setitem(metrics._METRICS, "mine", metrics.Metric("mine", constant, "maximize", "binary"))
    assert metric_functions(["mine"]) == ("", [], ["mine"])


def test_arguments_in_bf16_parse_on_a_machine_without_a_gpu(chosen, tmp_path):
    from transformers import HfArgumentParser, TrainingArguments

    speed = {**chosen.study.facts["calibration"], "precision": "bf16"}
    subject = replace(chosen, study=replace(chosen.study, facts={**chosen.study.facts, "calibration": speed}))
    find("hf-args").write(subject, tmp_path, tmp_path)
    (found,) = HfArgumentParser(TrainingArguments).parse_json_file(str(tmp_path / "training_args.json"))
    assert found.bf16
    assert found.use_cpu
