"""Benchmarks by name."""

import sys

import pytest
from helpers.recordings import recording

from autotune.bench import load
from autotune.bench.names import expand
from autotune.errors import AutotuneError


@pytest.mark.parametrize("name", ["synthetic/peft", "synthetic/zdt1", "synthetic/dtlz2"])
def test_synthetic_problems(name):
    assert load(name).name == name


def test_recordings_lie_in_a_folder_or_are_files(tmp_path):
    file = tmp_path / "peft-curves" / "made.csv.gz"
    recording(30).save(file)
    for name, data in (("peft-curves/made", tmp_path), ("peft-curves/made", file.parent), (str(file), None)):
        made = load(name, data)
        assert made.pool is not None
        assert len(made.pool) == 30
    assert load("peft-curves/made-surrogate", tmp_path).pool is None


def test_a_class_a_function_and_an_object_of_ones_own(tmp_path, monkeypatch):
    (tmp_path / "my_bench.py").write_text(
        "class Mine:\n"
        "    space = {'parameters': {'x': {'type': 'float', 'low': 0, 'high': 1}}}\n"
        "    objectives = {'y': 'minimize'}\n"
        "    full = 3\n"
        "    def evaluate(self, config, fidelity): return {'y': config['x']}, fidelity\n"
        "made = Mine()\n"
        "def make(): return made\n"
        "def broken(): raise RuntimeError('no such data')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("Mine", "made", "make"):
        assert load(f"my_bench:{name}").full == 3
    with pytest.raises(AutotuneError, match="no such data"):
        load("my_bench:broken")
    with pytest.raises(AutotuneError, match="nothing"):
        load("my_bench:nothing")
    del sys.modules["my_bench"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("synthetic/zdt9", "zdt1"),
        ("nonsense", "package.module:Class"),
        (":Class", "package.module:Class"),
        ("os:path", "has no space"),
        ("lcbench/3945", "--data"),
        ("taskset/some", "--data"),
        ("peft-curves/none", "--data"),
        ("nowhere.csv.gz", "nowhere"),
    ],
)
def test_what_there_is_not_is_refused(name, said):
    with pytest.raises(AutotuneError) as caught:
        load(name)
    assert said in str(caught.value)


def test_a_name_may_stand_for_several():
    chosen, reported = expand("lcbench/choose-on"), expand("lcbench/instances")
    assert len(chosen) == len(reported) == 8
    assert not set(chosen) & set(reported)
    assert expand("lcbench/3945") == ["lcbench/3945"]
