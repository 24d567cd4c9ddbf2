"""Benchmarks as others may write them: through the score, strategies and peers without a hitch."""

import math
import sys

import numpy as np
import pytest

from autotune.bench.comparing import Wanted, compare
from autotune.objectives import Objective


class Conditional:
    """Nested conditions, layers without a depth, numpy's numbers, an objective claimed as known; nothing resumes."""

    space = {  # noqa: RUF012
        "parameters": {
            "m": {"type": "choice", "options": ["p", "q"]},
            "p.layers": {"type": "layers", "when": {"m": "p"}},
            "p.rank": {"type": "int", "low": 1, "high": 64, "log": True, "when": {"m": "p"}},
            "q.on": {"type": "bool", "when": {"m": "q"}},
            "q.c": {"type": "float", "low": 1e-3, "high": 1.0, "log": True, "when": {"q.on": True}},
        }
    }
    layers = 6
    objectives = (Objective("accuracy", "maximize"), Objective("params", "minimize", True, True))
    full, lowest, resumes = 100, 5, False

    def evaluate(self, config, fidelity):
        size = len(config.get("p.layers", ())) * config.get("p.rank", 1) + 1
        accuracy = np.float64(1 - np.exp(-fidelity / 30)) * (0.5 + 0.05 * np.log(size))
        return {"accuracy": accuracy, "params": np.int64(size)}, np.float32(fidelity * (1 + size / 100))


class Uncut:
    """Trainings that cannot be cut, of a pool; three objectives, one known; some fail."""

    space = {"parameters": {"x": {"type": "float", "low": 0, "high": 1}, "y": {"type": "int", "low": 0, "high": 5}}}  # noqa: RUF012
    objectives = {"a": "minimize", "b": "maximize", "c": "minimize"}  # noqa: RUF012
    full = 1
    pool = tuple({"x": i / 50, "y": i % 6} for i in range(50))
    reference = (1.1, -1.0, 0.6)

    def known(self, config):
        return {"b": config["y"]}

    def evaluate(self, config, fidelity):
        values = {"a": config["x"], "c": abs(config["x"] - 0.5)}
        return ({} if config["y"] == 3 else values), 1


class Late:
    """Fails only late, with a NaN; half of the space is refused, and what is known of that half as well."""

    space = {"parameters": {n: {"type": "float", "low": 0.0, "high": 1.0} for n in ("x", "y")}}  # noqa: RUF012
    objectives = {"a": "minimize", "b": "minimize"}  # noqa: RUF012
    full = 27

    def refuse(self, config):
        return "too much" if config["x"] > 0.45 else None

    def known(self, config):
        return {"b": 1 / (config["x"] <= 0.45)}

    def evaluate(self, config, fidelity):
        failed = config["y"] > 0.6 and fidelity > 8
        return {"a": math.nan if failed else config["x"] + 1 / fidelity}, fidelity * 2.0


class Single:
    """One objective, a space by its name, first steps that cost nothing."""

    space, layers = "quick", 6
    objectives = {"loss": "minimize"}  # noqa: RUF012
    full = 16

    def evaluate(self, config, fidelity):
        return {"loss": len(str(sorted(config.items()))) / 100 + 1 / fidelity}, max(0, fidelity - 1)


@pytest.mark.parametrize("name", ["Conditional", "Uncut", "Late", "Single"])
def test_every_searcher_gets_through(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "odd_benchmarks", sys.modules[__name__])
    searchers = ["random+fifo", "random+asha", "tpe+hyperband", "optuna-tpe", "optuna-hyperband"]
    wanted = Wanted([f"odd_benchmarks:{name}"], searchers, seeds=1, budget=8.0, workers=2)
    for outcome in compare(wanted):
        assert 5 < outcome.spent <= 8 * (1 + 1e-9)
        assert outcome.score(8.0) > 0, outcome
