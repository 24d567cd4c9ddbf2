"""The picture."""

import sys

import pytest

from autotune.bench.comparing import Outcome, Wanted
from autotune.bench.plot import plot
from autotune.errors import AutotuneError

WANTED = Wanted(["one", "two"], ["a", "b"], seeds=2, budget=10.0)
OUTCOMES = [
    Outcome(b, s, n, ((1.0 + n, 0.4), (5.0, 0.8)), 10.0, 5, 9, 12, 0, (0.1, 0.2))
    for b in WANTED.benchmarks
    for s in WANTED.searchers
    for n in range(2)
]


def test_it_names_every_benchmark_and_searcher(tmp_path):
    file = tmp_path / "plots" / "bench.svg"
    plot(OUTCOMES, WANTED, file)
    assert all(f"<!-- {text} -->" in file.read_text() for text in ("one", "two", "a", "b"))


def test_what_cannot_be_drawn_is_said(tmp_path, monkeypatch):
    with pytest.raises(AutotuneError, match="cannot be written"):
        plot(OUTCOMES, WANTED, tmp_path / "bench.nonsense")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(AutotuneError, match=r"autotune\[bench\]"):
        plot(OUTCOMES, WANTED, tmp_path / "bench.svg")
