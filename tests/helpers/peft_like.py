"""A made-up search that behaves like tuning PEFT methods: conditional, noisy, with curves that cross."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from autotune.objectives import COSTS, Objective
from autotune.space import SearchSpace
from autotune.trial import Config, FailureKind, Trial

HIDDEN, DEPTH = 384, 6
SPACE: dict[str, Any] = {
    "name": "peft-like",
    "parameters": {
        "method": {"type": "choice", "options": ["lora", "bitfit", "serial_adapter"]},
        "lora.rank": {"type": "int", "low": 1, "high": 64, "log": True, "when": {"method": "lora"}},
        "lora.targets": {"type": "choice", "options": ["qv", "attention", "all"], "when": {"method": "lora"}},
        "lora.layers": {"type": "layers", "when": {"method": "lora"}},
        "lora.lr": {"type": "float", "low": 1e-4, "high": 1e-1, "log": True, "when": {"method": "lora"}},
        "bitfit.layers": {"type": "layers", "when": {"method": "bitfit"}},
        "bitfit.lr": {"type": "float", "low": 3e-4, "high": 1e-1, "log": True, "when": {"method": "bitfit"}},
        "serial_adapter.size": {
            "type": "int",
            "low": 1,
            "high": 256,
            "log": True,
            "when": {"method": "serial_adapter"},
        },
        "serial_adapter.layers": {"type": "layers", "when": {"method": "serial_adapter"}},
        "serial_adapter.lr": {
            "type": "float",
            "low": 1e-4,
            "high": 1e-1,
            "log": True,
            "when": {"method": "serial_adapter"},
        },
        "batch_size": {"type": "choice", "options": [8, 16, 32]},
    },
}
_WIDTH = {"qv": 2, "attention": 4, "all": 9}
_BEST_LR = {"lora": 3e-3, "bitfit": 8e-3, "serial_adapter": 2e-3}
_SPEED = {"lora": 1.0, "bitfit": 0.7, "serial_adapter": 1.3}


class PeftLike:
    """Accuracy against trainable parameters.

    Each method has its own best learning rate, which falls with the batch size's inverse; capacity (rank or size times
    layers, the upper ones counting more) has diminishing returns; small learning rates start slower and end better than
    they look, so curves cross; far too high ones diverge.
    """

    objectives: Sequence[Objective] = (Objective("accuracy", "maximize"), COSTS["trainable_params"])
    eta = 3

    def __init__(self, levels: tuple[int, ...] = (100, 300, 900, 2700), noise: float = 0.01, shift: int = 0) -> None:
        """Make a variant.

        Args:
            levels: the rungs.
            noise: standard deviation of a score.
            shift: number of the variant: moves the optima.
        """
        self.levels, self.noise = levels, noise
        self.space = SearchSpace.from_dict(SPACE).bind(DEPTH)
        rng = np.random.default_rng([99, shift])
        self._best_lr = {m: lr * math.exp(0.5 * rng.normal()) for m, lr in _BEST_LR.items()}
        self._bonus = {m: 0.03 * rng.normal() for m in _BEST_LR}
        self._weights = rng.dirichlet(np.linspace(1, 3, DEPTH))

    def costs(self, config: Config) -> dict[str, float]:
        method = config["method"]
        layers = len(cast(tuple[int, ...], config[f"{method}.layers"]))
        if method == "lora":
            each = 2 * HIDDEN * cast(int, config["lora.rank"]) * _WIDTH[cast(str, config["lora.targets"])]
        elif method == "bitfit":
            each = 11 * HIDDEN
        else:
            each = 2 * HIDDEN * cast(int, config["serial_adapter.size"])
        return {"trainable_params": float(each * layers)}

    def refuse(self, config: Config) -> str | None:
        return None

    def final(self, config: Config) -> float:
        """The noiseless accuracy of a full training."""
        method = cast(str, config["method"])
        layers = cast(tuple[int, ...], config[f"{method}.layers"])
        reach = float(self._weights[list(layers)].sum())
        capacity = 1 - math.exp(-0.35 * math.log1p(self.costs(config)["trainable_params"] / 3000))
        miss = self._miss(config)
        return 0.5 + 0.45 * math.sqrt(reach) * capacity * math.exp(-0.18 * miss**2) + self._bonus[method] * reach

    def _miss(self, config: Config) -> float:
        method = cast(str, config["method"])
        return math.log(
            cast(float, config[f"{method}.lr"]) / self._best_lr[method] / (cast(int, config["batch_size"]) / 16) ** 0.5
        )

    def metrics(self, trial: Trial, examples: int) -> dict[str, float]:
        speed = 2.5 * math.exp(0.35 * min(self._miss(trial.config), 1.5))
        progress = 1 - math.exp(-speed * (examples / self.levels[-1]) ** 0.7 * 2)
        noise = np.random.default_rng([trial.number, examples]).normal() * self.noise
        return {"accuracy": 0.5 + (self.final(trial.config) - 0.5) * progress + float(noise)}

    def measured(self, trial: Trial, examples: int) -> dict[str, float]:
        return {}

    def seconds(self, config: Config, start: int, end: int) -> float:
        return (end - start) * _SPEED[cast(str, config["method"])]

    def failure(self, trial: Trial, end: int) -> FailureKind | None:
        return FailureKind.DIVERGED if self._miss(trial.config) > 2.5 else None

    def true_points(self, configs: Sequence[Config]) -> np.ndarray:
        """Noiseless (-accuracy, log10 parameters), to be minimised: shape (n, 2)."""
        rows = [[-self.final(c), math.log10(self.costs(c)["trainable_params"])] for c in configs]
        return np.array(rows).reshape(len(rows), 2)


REFERENCE = (-0.55, 6.3)
"""The reference point for ``true_points``."""
