"""A peer that speaks JSON from another process."""

import sys

import pytest
from helpers.recordings import recording

from autotune.bench.curves import RecordedCurves
from autotune.bench.peers.external import External
from autotune.bench.peers.flat import flatten, unflatten
from autotune.bench.prepared import identity, prepare
from autotune.bench.simulate import Run, drive
from autotune.bench.synthetic import Peft
from autotune.errors import AutotuneError

# Random proposals; every second trial goes on from a third of the training to its end.
SCRIPT = """
import json, random, sys
going, count = [], 0
for line in sys.stdin:
    message, answer = json.loads(line), {}
    if "start" in message:
        start = message["start"]; random.seed(start["seed"])
    elif "ask" in message and going:
        answer = going.pop()
    elif "ask" in message:
        values = {}
        for d in start["dimensions"]:
            if d["type"] == "choice": values[d["name"]] = random.randrange(d["options"])
            elif d["type"] == "int": values[d["name"]] = random.randint(d["low"], d["high"])
            else: values[d["name"]] = random.uniform(d["low"], d["high"])
        answer = {"trial": count, "values": values, "start": 0, "end": start["full"] // 3}
        count += 1
    else:
        told = message["tell"]
        assert told["row"] is None or len(told["row"]) == start["objectives"]
        if told["row"] is not None and told["end"] < start["full"] and told["trial"] % 2:
            going.append({"trial": told["trial"], "start": told["end"], "end": start["full"]})
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def script(tmp_path):
    file = tmp_path / "worker.py"
    file.write_text(SCRIPT)
    return [str(file)]


def test_it_asks_and_is_told(script):
    problem = prepare(Peft())
    with External(problem, 0, sys.executable, script) as peer:
        run = drive(problem, peer, Run("other", 0, 1000.0, 2))
    assert run.full
    assert run.pieces > run.trials > len(run.full)


def test_a_pool_gives_its_nearest_members(script):
    problem = prepare(RecordedCurves(recording(10), "made"))
    with External(problem, 0, sys.executable, script) as peer:
        run = drive(problem, peer, Run("other", 0, 1e5, 1), charge_thinking=False)
    assert run.trials == 10
    assert len({identity(f.config) for f in run.full}) == 5


def test_a_process_that_dies_is_an_error(tmp_path):
    file = tmp_path / "worker.py"
    file.write_text("raise SystemExit('no such package')")
    with pytest.raises(AutotuneError, match="went away"):
        External(prepare(Peft()), 0, sys.executable, [str(file)])
    with pytest.raises(AutotuneError, match="cannot be started"):
        External(prepare(Peft()), 0, str(tmp_path / "python"), [str(file)])


def test_a_flat_space_describes_every_configuration():
    space = prepare(Peft()).space
    dims = flatten(space)
    assert len(dims) == 1 + 1 + 5 + 5 * 12 + 3 + 1
    low = unflatten(space, {d["name"]: d.get("low", 0) for d in dims})
    space.validate(low)
    high = unflatten(space, {d["name"]: d.get("high", d.get("options", 1) - 1) for d in dims})
    space.validate(high)
    assert (low["method"], high["method"]) == ("lora", "bitfit")
    assert high["bitfit.layers"] == tuple(range(12))
