"""Commands that say what there is, and the state of the machine."""

import pytest

from autotune.space import SearchSpace


def test_tasks(run):
    data = run("tasks", "--json").data
    assert {"glue/mrpc", "glue/stsb", "demo/docstrings"} <= {d["name"] for d in data}
    assert "glue/mrpc" in run("tasks").out


def test_methods_have_the_promised_keys(run):
    data = run("methods", "--json").data
    keys = ["name", "family", "origin", "paper", "trainable_params", "mergeable", "experimental"]
    assert all(list(d)[: len(keys)] == keys for d in data)
    assert {d["name"] for d in data} >= {"lora", "ia3", "bitfit", "serial_adapter", "parallel_adapter", "head", "full"}
    assert run("methods", "lora", "--json").data in data


def test_methods_count_for_the_model_asked_for(run):
    minilm = {d["name"]: d["trainable_params"] for d in run("methods", "--json", "--model", "builtin/minilm").data}
    assert minilm["lora"] == 73_728
    assert minilm["head"] == 0


def test_one_method_lists_its_settings(run):
    out = run("methods", "lora").out
    assert "lora.rank" in out
    assert "1 to 64, log" in out
    assert "arXiv:2106.09685" in out


@pytest.mark.parametrize(("arguments", "said"), [(["lroa"], "lora"), (["--model", "./nowhere"], "nowhere")])
def test_methods_refuse_what_is_not_there(run, arguments, said):
    ran = run("methods", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_spaces(run):
    data = run("spaces", "--json").data
    assert {"quick", "lora", "encoder"} <= {d["name"] for d in data}
    assert all(d["description"] and d["parameters"] for d in data)
    assert "quick" in run("spaces").out


def test_a_shown_space_is_one_that_can_be_passed(run, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(run("spaces", "show", "quick").out)
    assert SearchSpace.load(path).digest == SearchSpace.load("quick").digest
    data = run("spaces", "show", str(path), "--json").data
    assert data["digest"] == SearchSpace.load("quick").digest
    assert "lora.rank" in data["parameters"]
    assert run("spaces", "show", "quikc").code == 2
