"""A space of four parameters, and the engine asked and told about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autotune.objectives import Objective
from autotune.optimizer import Asked, Optimizer
from autotune.trial import Config

SPACE: Mapping[str, Any] = {
    "name": "made",
    "parameters": {
        "x": {"type": "float", "low": 0.0, "high": 1.0},
        "y": {"type": "float", "low": 0.0, "high": 1.0},
        "kind": {"type": "choice", "options": ["a", "b"]},
        "b.z": {"type": "int", "low": 1, "high": 8, "when": {"kind": "b"}},
    },
}
TWO = {"loss": "minimize", "score": "maximize"}
SIZE = Objective("size", "minimize", known_before_training=True)
STRATEGIES = ["auto", "mobo+hyperband", "tpe+asha", "random+fifo"]


def values(config: Config, fidelity: int = 9) -> dict[str, float]:
    x, y = float(config["x"]), float(config["y"])  # type: ignore[arg-type]
    bonus = 0.1 if config["kind"] == "b" else 0.0
    return {"loss": (y - 0.3) ** 2 + 1 / fidelity, "score": x - bonus - 1 / fidelity}


def size(config: Config) -> dict[str, float]:
    return {"size": 100 * float(config["x"])}  # type: ignore[arg-type]


def optimizer(objectives: Any = None, strategy: str = "random+asha", seed: int = 0, **more: Any) -> Optimizer:
    return Optimizer(SPACE, objectives or TWO, strategy, seed, **({"full": 9} | more))


def ask(made: Optimizer) -> Asked:
    asked = made.ask()
    assert asked is not None
    return asked


def drive(made: Optimizer, pieces: int, cost: float = 1.0) -> list[Asked]:
    """Ask and tell that often, or to the end."""
    seen = []
    while len(seen) < pieces and (asked := made.ask()) is not None:
        seen.append(asked)
        made.tell(asked, values(asked.config, asked.end), cost * (asked.end - asked.start))
    return seen
