"""A real search over Ray by the command line: interrupted, and brought to its end by local workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from helpers.films import make_split
from helpers.tiny import make_tiny

from autotune.store import Store
from autotune.trial import TrialState

pytestmark = pytest.mark.slow


def command(*arguments):
    """Run one in a session of its own; the bare machine's settings and folder are a child's, too."""
    return subprocess.Popen(
        [sys.executable, "-m", "autotune", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "AUTOTUNE_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )


def ended(process, seconds=240):
    said, _ = process.communicate(timeout=seconds)
    return process.returncode, said


def wait_until(holds, process, seconds=240):
    until = time.monotonic() + seconds
    while not holds():
        assert process.poll() is None, ended(process)[1]
        assert time.monotonic() < until
        time.sleep(0.2)


def results(url):
    with Store.open(url, create=False, read_only=True) as store:
        row = store.study("films")
        return row, store.history(row.id), store.segments(row.id)


def begun(url):
    """Whether five segments have been handed out."""
    if not Path(url).exists():
        return False
    with Store.open(url) as store:
        return bool(store.studies()) and len(store.segments(store.study("films").id)) >= 5


def test_a_search_over_ray_is_interrupted_and_local_workers_end_it(tmp_path):
    split = make_split("films", 240, 0)
    rows = [f"{text},{label}" for text, label in zip(split.texts, split.labels, strict=True)]
    (tmp_path / "films.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    url, model = str(tmp_path / "store.db"), make_tiny(tmp_path / "model")

    task = ["--task", str(tmp_path / "films.csv"), "--model", model, "--space", "quick", "--study", "films"]
    how = ["--searcher", "random", "--scheduler", "asha", "--budget", "12trials", "--seeds", "1", "--store", url]
    process = command("search", *task, *how, "--executor", "ray", "--workers", "2", "--threads", "1")
    wait_until(lambda: begun(url), process)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    code, said = ended(process)
    assert code == 130, said
    assert "resume films" in said
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive, "Ray's processes end with the search"

    row, history, segments = results(url)
    assert row.status == "interrupted"
    assert len({s.worker for s in segments if s.ended_at}) == 2
    assert not any(s.ended_at is None for s in segments), "what ran came back with its checkpoint"
    code, said = ended(command("resume", "films", "--store", url, "--executor", "local", "--workers", "1"))
    assert code == 0, said
    assert "Winner: trial" in said
    row, after, segments = results(url)
    assert row.status == "complete"
    assert not any(t.state is TrialState.FAILED for t in after.trials.values())
    assert all(after.trials[n].curve[: len(t.curve)] == t.curve for n, t in history.trials.items()), "nothing again"
    assert len({s.number for s in segments}) == len(segments)
