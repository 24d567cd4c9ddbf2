"""Our search and early stopping under a real ``Tuner``, and after it was killed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ray import cloudpickle

from autotune.errors import AutotuneError

TESTS = Path(__file__).parent.parent
DOCS = TESTS.parent / "docs" / "ray_tune.md"


def environment(folder):
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ADDRESS": "local",  # not the cluster of another test
        "HOME": str(folder),
    }


def start(folder, *more):
    command = [sys.executable, "-m", "helpers.tuned", str(folder), *more]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(folder),
        start_new_session=True,
    )


def told(process):
    said, _ = process.communicate(timeout=300)
    lines = [line for line in said.splitlines() if line.startswith("tuned:")]
    assert lines, said[-3000:]
    return json.loads(lines[0].removeprefix("tuned:"))


def state(folder):
    return json.loads(max(folder.glob("made/autotune-search-*.json")).read_text())


def decisions(folder):
    return [
        e["action"] for e in state(folder)["events"] if e["event"] == "decision" and e["action"]["action"] != "stop"
    ]


def reached(folder):
    """Decisions in the newest snapshot; none while it is being copied."""
    try:
        return len(decisions(folder))
    except ValueError:
        return 0


@pytest.mark.slow
def test_a_tuner_is_driven_its_failures_counted_and_after_a_kill_it_goes_on(tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for folder in (whole, cut):
        folder.mkdir()
    said = told(start(whole, "0"))
    assert len(said["trials"]) == 18
    for _, config, _, _ in said["trials"]:
        assert ("b.z" in config) == (config["kind"] == "b")
        assert set(config["layers"]) <= {0, 1, 2, 3}
        assert config["pace"] == 0, "param_space holds constants"
    failed = [c for _, c, _, _ in said["trials"] if 0.1 < c["x"] < 0.4]
    raised = [c for _, c, _, error in said["trials"] if error]
    assert all(0.1 < c["x"] < 0.2 for c in raised)
    counted = [e for e in state(whole)["events"] if e["event"] == "returned" and e["status"] == "failed"]
    assert len(counted) == len(failed), "each bad configuration is one failed trial, and the run went on"
    assert len(said["front"]) >= 1
    for _, config, values, epoch, ran in said["front"]:
        assert epoch == 9
        assert values == {"score": pytest.approx(config["x"] - 1 / 9), "layers": len(config["layers"])}
        assert ran == config | {"pace": 0}
    stopped_early = [epoch for _, _, epoch, _ in said["trials"] if epoch and epoch < 9]
    assert len(stopped_early) > 9

    process = start(cut, "0.15")
    until = time.monotonic() + 200
    while reached(cut) < 6:
        assert time.monotonic() < until
        time.sleep(0.1)
    time.sleep(0.5)  # Tune copies a snapshot file by file, and not atomically
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = decisions(cut)
    said = told(start(cut, "0", "restore"))
    assert decisions(cut)[: len(before)] == before
    assert len(said["trials"]) == 18
    assert len(said["front"]) >= 1
    assert all(epoch == 9 for _, _, _, epoch, _ in said["front"])


@pytest.mark.slow
def test_the_example_of_the_docs_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(blocks[-1].replace("num_samples=10", "num_samples=6"))
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env=environment(tmp_path), timeout=900, check=False
    )
    found = re.findall(r"^(0\.\d+) +([\d,]+) params  (\{.*)$", done.stdout, re.MULTILINE)
    assert found, done.stdout[-2000:] + done.stderr[-2000:]
    assert all(int(params.replace(",", "")) <= 40_000 for _, params, _ in found)


@pytest.mark.parametrize(
    ("metric", "mode", "spec", "message"),
    [
        (None, None, {"num_samples": 1}, "num_samples=1 is no search"),
        (None, None, {"num_samples": sys.maxsize}, "nothing ends this search"),
        ("f1", "max", {"num_samples": 8}, "is no objective of this search"),
        ("score", "min", {"num_samples": 8}, "is no objective of this search"),
    ],
)
def test_what_cannot_be_meant_is_refused(metric, mode, spec, message):
    from autotune.integrations.tune import Scheduler, Search

    search = Search({"name": "s", "parameters": {"x": {"type": "bool"}}}, {"score": "maximize"}, full=9)
    with pytest.raises(AutotuneError, match=message):
        Scheduler(search).set_search_properties(metric, mode, **spec)


@pytest.mark.parametrize(
    ("given", "message"),
    [("not json", "holds no state"), ("{}", "holds no state"), ('{"autotune_search": 99}', "by a newer autotune")],
)
def test_a_state_that_is_none_is_refused(tmp_path, given, message):
    from autotune.integrations.tune import Search

    (tmp_path / "state").write_text(given)
    search = Search({"name": "s", "parameters": {"x": {"type": "bool"}}}, {"score": "maximize"}, full=9)
    with pytest.raises(AutotuneError, match=message):
        search.restore(str(tmp_path / "state"))


def test_a_strategy_that_pauses_takes_our_scheduler():
    from autotune.integrations.tune import Scheduler, Search

    made = {"name": "s", "parameters": {"x": {"type": "float", "low": 0, "high": 1}}}
    search = Search(made, {"score": "maximize"}, full=9, strategy="random+asha")
    with pytest.raises(AutotuneError, match="pauses trials, which takes a scheduler"):
        search.suggest("a")
    Scheduler(search)
    assert search.suggest("a") == {"x": 0.5}
    assert Search(made, {"score": "maximize"}, full=9, strategy="random+fifo").suggest("a") == {"x": 0.5}


def test_so_few_trials_climb_a_low_ladder():
    from autotune.integrations.tune import Scheduler, Search

    search = Search({"name": "s", "parameters": {"x": {"type": "bool"}}}, {"score": "maximize"}, full=27)
    Scheduler(search)
    for trials, levels in ((2, (27,)), (8, (9, 27)), (9, (3, 9, 27)), (100, (1, 3, 9, 27))):
        search.begin(None, None, {"num_samples": trials})
        assert search.book.optimizer.setting.levels == levels


def test_what_tune_pickled_goes_on_with_the_saved_state(tmp_path):
    from autotune.integrations.tune import Scheduler, Search

    made = {"name": "s", "parameters": {"x": {"type": "float", "low": 0, "high": 1}}}
    search = Search(made, {"score": "maximize"}, full=9, strategy="random+asha", known=lambda c: {"size": c["x"]})
    scheduler = Scheduler(search)
    pickled = cloudpickle.dumps((search, scheduler))
    scheduler.set_search_properties(None, None, num_samples=12)
    first = search.suggest("a")
    search.book.report("a", {"score": 0.3, "training_iteration": 1})
    search.save(str(tmp_path / "state"))
    again, scheduler = cloudpickle.loads(pickled)
    scheduler.set_search_properties(None, None, num_samples=1)  # Tune forgets the number when it restores
    again.restore(str(tmp_path / "state"))
    assert again.book.optimizer.history.budget.trials == 12
    assert again.book.optimizer.history.trials == search.book.optimizer.history.trials
    assert again.book.numbers == {"a": 0}
    assert again.suggest("b") == search.suggest("b") != first
