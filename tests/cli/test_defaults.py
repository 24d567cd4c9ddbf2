"""Where a setting comes from, and which source wins."""

import json
from pathlib import Path

import pytest

from autotune.errors import AutotuneError
from autotune.settings import named, resolve

BASE = {"task": "glue/mrpc", "budget": ("5cpu-min",)}


def config(tmp_path, text):
    folder = tmp_path / "config" / "autotune"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)


def study_file(text, name="study.yaml"):
    path = Path(name)
    path.write_text(text)
    return path


def test_built_in_defaults():
    glue = resolve(BASE)
    assert (glue.model, glue.space["name"], glue.searcher, glue.scheduler) == (
        "roberta-base",
        "encoder",
        "auto",
        "auto",
    )
    demo = resolve({**BASE, "task": "demo/docstrings"})
    assert (demo.model, demo.space["name"]) == ("builtin/minilm", "quick")
    assert glue.study == ""


def test_each_source_is_beaten_by_the_ones_above_it(tmp_path, monkeypatch):
    """Flag, --set, study file, environment, configuration file: taken away one by one."""
    config(tmp_path, 'model = "from-config"\n')
    monkeypatch.setenv("AUTOTUNE_MODEL", "from-environment")
    file = study_file("task: glue/mrpc\nbudget: 5cpu-min\nmodel: from-file\n")
    assert resolve({"model": "from-flag"}, ["model=from-set"], file).model == "from-flag"
    assert resolve({}, ["model=from-set"], file).model == "from-set"
    assert resolve({}, [], file).model == "from-file"
    assert resolve(BASE).model == "from-environment"
    monkeypatch.delenv("AUTOTUNE_MODEL")
    assert resolve(BASE).model == "from-config"
    config(tmp_path, "")
    assert resolve(BASE).model == "roberta-base"


def test_a_machine_without_the_hub_needs_no_flags(tmp_path, monkeypatch):
    (tmp_path / "glue").mkdir()
    monkeypatch.setenv("AUTOTUNE_DATA_DIR", str(tmp_path / "glue"))
    monkeypatch.setenv("AUTOTUNE_MODEL", "builtin/minilm")
    monkeypatch.setenv("AUTOTUNE_OFFLINE", "1")
    spec = resolve({"task": "glue/mrpc", "budget": ("8gpu-h",)})
    assert spec.task.data_dir == str(tmp_path / "glue")
    assert spec.task.offline is True
    assert spec.model == "builtin/minilm"


def test_a_machines_glue_folder_is_not_for_other_data(tmp_path, monkeypatch):
    (tmp_path / "glue").mkdir()
    monkeypatch.setenv("AUTOTUNE_DATA_DIR", str(tmp_path / "glue"))
    assert resolve({**BASE, "task": "demo/docstrings"}).task.data_dir is None
    Path("mine.csv").write_text("text,label\n")
    mine = resolve({**BASE, "task": "mine.csv"})
    assert mine.task.data_dir is None
    assert mine.task.name == str(Path("mine.csv").resolve())


def test_a_model_folder_is_kept_absolute_so_that_a_study_resumes_from_anywhere():
    Path("models/mine").mkdir(parents=True)
    absolute = str(Path("models/mine").resolve())
    assert resolve({**BASE, "model": "models/mine"}).model == absolute
    assert resolve({**BASE, "model": "./models/mine"}).model == absolute
    Path("data").mkdir()
    assert (
        resolve({}, [], study_file("task: glue/mrpc\nbudget: 1h\nmodel: ../models/mine\n", "data/s.yaml")).model
        == absolute
    )
    assert resolve({**BASE, "model": "models/other"}).model == "models/other"


def test_set_reads_types_lists_and_nested_settings():
    sets = ["seed=3", "task.max_train=1000", "reserve=1e-1", "constraints=trainable_params<=1k,stored_bytes<=1M"]
    spec = resolve(BASE, [*sets, "controls=[head, full]", "offline=yes", "budget=30cpu-min,20trials"])
    assert (spec.seed, spec.task.max_train, spec.reserve) == (3, 1000, 0.1)
    assert spec.constraints == ("trainable_params<=1k", "stored_bytes<=1M")
    assert spec.controls == ("head", "full")
    assert spec.task.offline is True
    assert resolve({"task": "glue/mrpc"}, ["budget=30cpu-min,20trials"]).budget == ("30cpu-min", "20trials")
    assert spec.budget == ("5cpu-min",)
    assert resolve(BASE, ["controls=none"]).controls == ()
    assert resolve(BASE, ["controls=false"]).controls == ()


def test_set_changes_the_space():
    space = resolve({**BASE, "space": "quick"}, ["space.lora.lr.high=0.005", "space.method=lora"]).space
    assert space["parameters"]["lora.lr"]["high"] == 0.005
    assert "serial_adapter.lr" not in space["parameters"]


def test_an_override_for_another_space_is_left_alone():
    file = study_file("task: glue/mrpc\nbudget: 5cpu-min\nspace: quick\nspace.serial_adapter.size.high: 64\n")
    assert resolve({}, [], file).space["parameters"]["serial_adapter.size"]["high"] == 64
    assert resolve({"space": "lora"}, [], file).space["name"] == "lora"


def test_a_study_file_may_nest_and_holds_its_own_space():
    Path("data").mkdir()
    Path("data/train.csv").write_text("text,label\n")
    text = """
task:
  name: train.csv
  max_train: 50
  text_columns: [a, b]
budget: [5cpu-min, 10trials]
space:
  name: mine
  parameters:
    method: {type: choice, options: [lora]}
    lora.rank: {type: int, low: 1, high: 4, when: {method: lora}}
"""
    spec = resolve({}, ["space.lora.rank.high=3"], study_file(text, "data/mine.yaml"))
    assert spec.task.name == str(Path("data/train.csv").resolve())
    assert (spec.task.max_train, spec.task.text_columns) == (50, ("a", "b"))
    assert spec.budget == ("5cpu-min", "10trials")
    assert spec.space["parameters"]["lora.rank"]["high"] == 3


@pytest.mark.parametrize("name", ["demo", "demo.yaml", "studies/demo.yaml"])
def test_shipped_studies_are_found_by_name_and_path(name):
    spec = resolve({}, [], name)
    assert (spec.task.name, spec.model, spec.space["name"]) == ("demo/docstrings", "builtin/minilm", "quick")


def test_every_shipped_study_is_valid():
    from autotune.settings.studyfile import shipped

    assert set(shipped()) == {"demo", "mrpc-minilm"}
    for path in shipped().values():
        assert resolve({}, ["budget=30cpu-min"], path).budget == ("30cpu-min",)


def test_enqueue_takes_pairs_json_and_files():
    pairs = {"method": "lora", "lora.rank": 4, "lora.lr": 3e-3, "lora.layers": [0, 5]}
    Path("one.json").write_text(json.dumps({"config": pairs}))
    Path("list.json").write_text(json.dumps([pairs, {"method": "bitfit"}]))
    texts = ("lora.rank=4,lora.lr=3e-3,lora.layers=[0, 5]", json.dumps(pairs), "one.json", "list.json")
    spec = resolve({**BASE, "enqueue": texts})
    assert spec.enqueue == (pairs, pairs, pairs, pairs, {"method": "bitfit"})


def test_specifications_survive_json():
    from autotune.spec import StudySpec

    spec = resolve({**BASE, "enqueue": ("lora.rank=4",), "constraint": ("trainable_params<=100k",)})
    assert StudySpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_a_name_is_made_from_task_and_model():
    spec = resolve({**BASE, "model": "builtin/minilm"})
    assert named(spec, []).study == "mrpc-minilm"
    assert named(spec, ["mrpc-minilm"]).study == "mrpc-minilm-2"
    assert named(spec, ["mrpc-minilm", "mrpc-minilm-2", "other"]).study == "mrpc-minilm-3"
    Path("My Data.csv").write_text("")
    odd = resolve({**BASE, "task": "My Data.csv", "model": "FacebookAI/roberta-base"})
    assert named(odd, []).study == "my-data-roberta-base"


def test_a_given_name_is_never_changed():
    spec = resolve({**BASE, "study": "mine"})
    assert named(spec, ["other"]).study == "mine"
    with pytest.raises(AutotuneError, match="autotune resume mine"):
        named(spec, ["mine"])
