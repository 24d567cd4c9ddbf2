"""A made-up search in which workers die, trials run out of memory and large configurations are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
from helpers.peft_like import PeftLike

from autotune.space import SearchSpace
from autotune.trial import Config, FailureKind, Trial

LARGEST = 100_000


class Flaky(PeftLike):
    """Refuses above ``LARGEST`` parameters; one segment in eight fails, one in eight is lost."""

    def refuse(self, config: Config) -> str | None:
        return "too large" if self.costs(config)["trainable_params"] > LARGEST else None

    def failure(self, trial: Trial, end: int) -> FailureKind | None:
        dice = np.random.default_rng([trial.number, end, trial.attempt]).random()
        if dice < 0.125:
            return FailureKind.OUT_OF_MEMORY
        return FailureKind.LOST if dice < 0.25 else super().failure(trial, end)


class Tiny(PeftLike):
    """Fourteen configurations in all, one of them refused."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        parameters = {
            "method": {"type": "choice", "options": ["bitfit"]},
            "bitfit.layers": {"type": "layers", "min": 5, "depth": 6},
            "bitfit.lr": {"type": "float", "low": 3e-3, "high": 3e-3},
            "batch_size": {"type": "choice", "options": [16, 32]},
        }
        self.space = SearchSpace.from_dict({"name": "tiny", "parameters": parameters})

    def refuse(self, config: Config) -> str | None:
        return "refused" if config["bitfit.layers"] == (0, 1, 2, 3, 4) and config["batch_size"] == 16 else None
