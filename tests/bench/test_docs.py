"""What docs/benchmarking.md shows runs."""

import re
from pathlib import Path

from autotune.bench.names import load
from autotune.errors import AutotuneError

TEXT = (Path(__file__).parents[2] / "docs" / "benchmarking.md").read_text()


def test_its_python_runs(capsys):
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks[0].splitlines()) == 10
    names: dict = {}
    for block in blocks:
        exec(block, names)
    assert names["spent"] > 27 * 60 * 9
    assert 0 < float(capsys.readouterr().out.splitlines()[0]) < 2


def test_the_benchmarks_it_names_are_known():
    for name in re.findall(r"`((?:synthetic|lcbench|peft-curves|taskset)/[\w-]+)`", TEXT):
        try:
            load(name)
        except AutotuneError as error:
            assert "--data DIR" in str(error), name  # noqa: PT017
