"""Every wrong value is refused with the value, a remedy and exit code 2, before anything is made."""

from pathlib import Path

import pytest

GOOD = {"--task": "glue/mrpc", "--budget": "5cpu-min"}


def flags(**changes):
    given = GOOD | {"--" + k.replace("_", "-"): v for k, v in changes.items()}
    return [text for name, value in given.items() if value is not None for text in (name, value)]


@pytest.mark.parametrize(
    ("changes", "value", "remedy"),
    [
        ({"task": None}, "no task", "--task glue/mrpc"),
        ({"task": "./nowhere.csv"}, "./nowhere.csv", "path"),
        ({"budget": None}, "no budget", "--budget 8gpu-h"),
        ({"budget": "0h"}, "0h", "--budget"),
        ({"budget": "1s"}, "1s", "--budget"),
        ({"budget": "8 bananas"}, "bananas", "--budget"),
        ({"model": "./nowhere"}, "./nowhere", "path"),
        ({"data_dir": "nowhere"}, "nowhere", "path"),
        ({"space": "quikc"}, "quikc", "quick"),
        ({"searcher": "tpee"}, "tpee", "did you mean tpe"),
        ({"scheduler": "hyperbnad"}, "hyperbnad", "did you mean hyperband"),
        ({"precision": "fp8"}, "fp8", "bf16"),
        ({"device": "gpu"}, "gpu", "cuda"),
        ({"constraint": "params is 3"}, "params is 3", "trainable_params<=100k"),
        ({"reserve": "1.5"}, "1.5", "0.9"),
        ({"reserve": "nan"}, "nan", "finite"),
        ({"seeds": "0"}, "seeds=0", "1 or more"),
        ({"eta": "1"}, "eta=1", "2 or more"),
        ({"workers": "0"}, "workers=0", "1 or more"),
        ({"threads": "-1"}, "threads=-1", "1 or more"),
        ({"seed": "-1"}, "seed=-1", "0 or more"),
        ({"max_epochs": "0"}, "max_epochs=0", "above 0"),
        ({"max_train": "0"}, "max_train=0", "2 examples"),
        ({"max_length": "0"}, "max_length=0", "4 tokens"),
        ({"task_kind": "ranking"}, "ranking", "regression"),
        ({"study": "a/b"}, "a/b", "letters"),
        ({"plugin": "no.such.module"}, "no.such.module", "PYTHONPATH"),
        ({"enqueue": "lora.rnk=4"}, "lora.rnk", "did you mean lora.rank"),
        ({"enqueue": "lora.rank=0"}, "lora.rank=0", "autotune spaces show"),
        ({"enqueue": "lora.lr=0"}, "lora.lr=0", "autotune spaces show"),
        ({"enqueue": "lora.lr=nan"}, "lora.lr=nan", "autotune spaces show"),
        ({"enqueue": "rank"}, "rank", "--enqueue"),
        ({"enqueue": "{broken"}, "broken", "JSON"),
        ({"enqueue": "lora.rank=4,ia3.lr=0.1"}, "ia3 and lora", "method=NAME"),
        ({"set": "bugdet=3"}, "bugdet", "did you mean budget"),
        ({"set": "seed"}, "seed", "KEY=VALUE"),
        ({"set": "seed=three"}, "three", "seed=<"),
        ({"set": "seed=1.5"}, "1.5", "whole number"),
        ({"set": "controls=haed"}, "haed", "did you mean head"),
        ({"set": "controls=head,head"}, "head", "once"),
        ({"set": "task.max_trian=4"}, "task.max_trian", "did you mean task.max_train"),
        ({"set": "space.lora.rnk.high=4"}, "lora.rnk", "lora.rank"),
        ({"set": "space.lora.rank.high=0"}, "lora.rank.high=0", "above"),
        ({"set": "text_columns=a,b,c"}, "a, b, c", "one or two"),
        ({"set": "space.method.options=[lora,loar]"}, "unknown method 'loar'", "did you mean lora"),
        ({"set": "space.lora.targets.options=[qv,foo]"}, "lora.targets=foo", "qkv"),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(run, changes, value, remedy):
    ran = run("search", *flags(**changes))
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert value in ran.err
    assert remedy in ran.err
    assert "unexpected" not in ran.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("task: glue/mrpc\nbugdet: 3\n", "bad.yaml:2: unknown setting 'bugdet'"),
        ("task: glue/mrpc\nseed: 1\nseed: 2\n", "bad.yaml:3"),
        ("task: [glue\n", "bad.yaml"),
        ("", "holds no settings"),
        ("- a\n", "holds no settings"),
        ("task:\n  name: glue/mrpc\n  kidn: regression\n", "bad.yaml:3: unknown setting 'task.kidn'"),
        ("task: glue/mrpc\nseed: [1]\nbudget: 1h\n", "seed=[1]"),
    ],
)
def test_a_mistake_in_a_study_file_is_refused_with_its_line(run, text, said):
    Path("bad.yaml").write_text(text)
    ran = run("search", "bad.yaml")
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("lora.rnak: {type: int, low: 1, high: 8}", "did you mean lora.rank"),
        ("lora.lr: {type: float, low: 0, high: 0.01}", "lora.lr=0.0 is not above 0"),
        ("ia3.lr: {type: float, low: 1e-4, high: 1e-2}", "ia3.lr belongs to the method ia3"),
        ("batch_size: {type: choice, options: [8, 0]}", "batch_size=0 is below 1"),
    ],
)
def test_a_space_file_that_no_method_understands_is_refused_with_its_line(run, parameter, said):
    Path("mine.yaml").write_text(f"parameters:\n  method: {{type: choice, options: [lora]}}\n  {parameter}\n")
    ran = run("search", *flags(space="mine.yaml"))
    assert ran.code == 2
    assert "mine.yaml:3: " in ran.err
    assert said in ran.err


def test_a_study_file_that_is_not_there(run):
    ran = run("search", "demoo")
    assert (ran.code, "did you mean demo" in ran.err) == (2, True)


def test_a_study_file_that_is_not_utf8(run):
    Path("bad.yaml").write_bytes(b"task: \xff\xfe\n")
    assert "not UTF-8" in run("search", "bad.yaml").err


def test_a_wrong_configuration_file(run, tmp_path):
    folder = tmp_path / "config" / "autotune"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('modle = "x"\n')
    ran = run("search", *flags())
    assert ran.code == 2
    assert "modle" in ran.err
    assert "did you mean model" in ran.err
    (folder / "config.toml").write_text("model = \n")
    assert "config.toml cannot be read" in run("search", *flags()).err


def test_a_wrong_variable_is_named(run, monkeypatch):
    monkeypatch.setenv("AUTOTUNE_OFFLINE", "perhaps")
    assert "AUTOTUNE_OFFLINE" in run("search", *flags()).err
    monkeypatch.setenv("AUTOTUNE_OFFLINE", "0")
    monkeypatch.setenv("AUTOTUNE_DATA_DIR", "/nowhere")
    assert "AUTOTUNE_DATA_DIR" in run("search", *flags()).err
