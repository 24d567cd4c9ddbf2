"""Searches on real GLUE data with a real encoder, through the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real


@pytest.fixture
def call(tmp_path):
    data = Path(os.environ.get("AUTOTUNE_REAL_DATA", ""))
    environ = {**os.environ, "AUTOTUNE_DATA_DIR": str(data), "AUTOTUNE_STORE": str(tmp_path / "s.db")}

    def _call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "autotune", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=900)

    return _call


@pytest.mark.parametrize(
    ("task", "metric"),
    [("glue/mrpc", "f1_accuracy"), ("glue/rte", "accuracy"), ("glue/cola", "matthews_correlation")],
)
def test_a_search_finds_a_front_that_exports_and_repeats(call, tmp_path, task, metric):
    settings = ("--max-train", "600", "--max-epochs", "0.5", "--seeds", "2", "--set", "controls=head,lora")
    done = call(
        "search", "--task", task, "--model", "builtin/minilm", "--budget", "5trials", "--study", "real", *settings
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(call("pareto", "real", "--json").stdout)
    assert found["objectives"][0]["name"] == metric
    assert found["front"]
    assert all(metric in row["held_out"] for row in found["front"])
    assert call("replay", "real").returncode == 0
    assert call("export", "real", "--out", "out").returncode == 0
    again = call("train", "out", "--as-studied", "--out", "again")
    assert again.returncode == 0, again.stderr  # 1 where a score differs from the study's in any bit
    assert (tmp_path / "again" / "adapter_model.safetensors").is_file()
