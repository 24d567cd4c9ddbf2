"""What an executor costs: measured where nothing else happens."""

import os
from pathlib import Path

from helpers.scripts import script

from autotune.executors.local import LocalExecutor

ray_cost = script("ray_cost")
FOLDER = Path(ray_cost.__file__).parent


def test_what_a_segment_takes_beyond_its_own_seconds(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FOLDER), os.environ.get("PYTHONPATH", "")]))
    found = ray_cost.measure(LocalExecutor(ray_cost.FACTORY, {}, 2), 2, segments=8, seconds=0.2, checkpoint=100_000)
    assert found["start"] > 0
    assert 0 < found["median"] <= found["p95"] < 5
    assert 0.1 < found["busy"] <= 1
    idle = ray_cost.measure(LocalExecutor(ray_cost.FACTORY, {}, 2), 2, segments=8, seconds=0.0, checkpoint=100_000)
    assert idle["busy"] < found["busy"]
