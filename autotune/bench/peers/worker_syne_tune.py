"""Syne Tune's multi-objective ASHA, as it ships (0.16): started by ``external.py`` in an environment of its own.

It is the stopping kind: a trial goes on to the next rung or is stopped for good. Proposals are random. The space is
flat: conditional parameters are always there. Known costs are told as any other objective.
"""

from __future__ import annotations

import random
from typing import Any

_ETA = 3


class Moasha:
    """The scheduler behind ask and tell."""

    def __init__(self, start: dict[str, Any]) -> None:
        import numpy as np
        from syne_tune.config_space import choice, lograndint, loguniform, randint, uniform
        from syne_tune.optimizer.schedulers.multiobjective.moasha import MOASHA

        # The domains draw from these, whatever seed the scheduler has.
        np.random.seed(start["seed"])  # noqa: NPY002
        random.seed(start["seed"])
        space: dict[str, Any] = {}
        for dim in start["dimensions"]:
            if dim["type"] == "choice":
                space[dim["name"]] = choice(list(range(dim["options"])))
            elif dim["low"] == dim["high"]:
                space[dim["name"]] = dim["low"]
            else:
                kinds = (loguniform if dim["log"] else uniform), (lograndint if dim["log"] else randint)
                space[dim["name"]] = kinds[dim["type"] == "int"](dim["low"], dim["high"])
        self._full, self._lowest = start["full"], start["lowest"]
        self._metrics = [f"o{i}" for i in range(start["objectives"])]
        self._scheduler = MOASHA(
            config_space=space,
            metrics=self._metrics,
            time_attr="fidelity",
            max_t=self._full,
            grace_period=self._lowest,
            reduction_factor=_ETA,
            random_seed=start["seed"],
        )
        self._trials: dict[int, Any] = {}
        self._going_on: list[dict[str, Any]] = []

    def ask(self) -> dict[str, Any]:
        """The next rung of a trial that goes on, or a new trial."""
        from datetime import datetime

        from syne_tune.backend.trial_status import Trial

        if self._going_on:
            return self._going_on.pop(0)
        number = len(self._trials)
        config = self._scheduler.suggest().config
        trial = self._trials[number] = Trial(trial_id=number, config=config, creation_time=datetime.now())
        self._scheduler.on_trial_add(trial)
        end = self._lowest if self._lowest < self._full else self._full
        return {"trial": number, "values": config, "start": 0, "end": end}

    def tell(self, told: dict[str, Any]) -> None:
        """What came of a rung: stop or go on."""
        trial, end = self._trials[told["trial"]], told["end"]
        if told["row"] is None:
            self._scheduler.on_trial_remove(trial)
            return
        result = {**dict(zip(self._metrics, told["row"], strict=True)), "fidelity": end}
        if end >= self._full:
            self._scheduler.on_trial_complete(trial, result)
        elif self._scheduler.on_trial_result(trial, result) == "CONTINUE":
            after = end * _ETA if end * _ETA < self._full else self._full
            self._going_on.append({"trial": told["trial"], "start": end, "end": after})


if __name__ == "__main__":
    # A script finds its neighbours by their plain names.
    from worker_lines import serve  # type: ignore[import-not-found]

    serve(Moasha)
