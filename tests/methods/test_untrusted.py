"""Model folders and adapters come from anybody: none of their code runs unless it is asked for by name."""

from __future__ import annotations

import ast
import json
import pickle
from pathlib import Path

import pytest
import torch
from helpers.tiny import make_tiny

import autotune
from autotune.errors import AutotuneError
from autotune.facts import TaskFacts
from autotune.methods import load_base
from autotune.methods.loading import model_facts
from autotune.training.checkpoint import read_checkpoint

TASK = TaskFacts("made/up", "classification", ("no", "yes"), 1, 1, 1, {"accuracy": "maximize"}, "accuracy", "")
CODE = """
from pathlib import Path
from transformers import BertConfig, BertForSequenceClassification
Path({marker!r}).touch()

class OwnConfig(BertConfig):
    model_type = "own"

class OwnModel(BertForSequenceClassification):
    config_class = OwnConfig
"""


class Bomb:
    """Unpickled, it leaves a mark."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self._marker,)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "code has run"


@pytest.fixture
def own_code(tmp_path: Path, marker: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder with an architecture, and a tokenizer, that it brings itself."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder = Path(make_tiny(tmp_path / "model"))
    (folder / "own.py").write_text(CODE.format(marker=str(marker)))
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = "own"
    config["auto_map"] = {"AutoConfig": "own.OwnConfig", "AutoModelForSequenceClassification": "own.OwnModel"}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_model_s_own_code_is_not_run_unless_it_is_trusted(own_code: Path, marker: Path) -> None:
    for load in (lambda: model_facts(str(own_code), 2), lambda: load_base(str(own_code), TASK)):
        with pytest.raises(AutotuneError) as caught:
            load()
        assert "--trust-remote-code" in str(caught.value)
        assert not marker.exists()
    assert model_facts(str(own_code), 2, trust_remote_code=True).layers == 3
    assert marker.exists()


def test_a_tokenizer_s_own_code_is_not_run(own_code: Path, marker: Path) -> None:
    config = json.loads((own_code / "config.json").read_text()) | {"model_type": "bert"}
    del config["auto_map"]
    (own_code / "config.json").write_text(json.dumps(config))
    settings = json.loads((own_code / "tokenizer_config.json").read_text())
    settings |= {"tokenizer_class": "OwnTokenizer", "auto_map": {"AutoTokenizer": ["own.OwnConfig", None]}}
    (own_code / "tokenizer_config.json").write_text(json.dumps(settings))
    load_base(str(own_code), TASK)  # with the tokenizer that goes with the architecture
    assert not marker.exists()


def test_pickled_weights_are_not_unpickled(tmp_path: Path, marker: Path) -> None:
    folder = Path(make_tiny(tmp_path / "model"))
    (folder / "model.safetensors").unlink()
    torch.save({"weights": Bomb(marker)}, folder / "pytorch_model.bin")
    with pytest.raises(AutotuneError):
        load_base(str(folder), TASK)
    assert not marker.exists()


def test_a_pickle_is_no_checkpoint(marker: Path) -> None:
    with pytest.raises(AutotuneError):
        read_checkpoint(pickle.dumps(Bomb(marker)))
    assert not marker.exists()
    pickle.loads(pickle.dumps(Bomb(marker)))
    assert marker.exists()


def test_nothing_in_the_package_unpickles() -> None:
    """What speaks pickle is a pipe to processes of our own (``multiprocessing.connection``, Ray's own)."""
    unsafe = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
    calls = {("torch", "load"), ("yaml", "load"), ("yaml", "unsafe_load")}
    found = []
    for file in Path(autotune.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found += [(file.name, a.name) for a in node.names if a.name.split(".")[0] in unsafe]
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in unsafe:
                found.append((file.name, str(node.module)))
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and (node.value.id, node.attr) in calls
            ):
                found.append((file.name, f"{node.value.id}.{node.attr}"))
    assert found == []
