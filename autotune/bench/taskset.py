"""TaskSet: real training curves of recurrent text classifiers under Adam with eight hyperparameters."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from autotune.bench.prepared import identity
from autotune.bench.problem import Values
from autotune.errors import AutotuneError
from autotune.trial import Config

SUFFIX = ".json.gz"


class TaskSet:
    """The runs of one task as a pool: the final validation loss alone, fidelities and costs in points of the curve.

    Nothing else was recorded that two runs of a task differ in, so there is one objective; curves are seen for free.
    A run whose loss is no finite number any more has failed.
    """

    objectives: Mapping[str, str] = {"valid_loss": "minimize"}
    resumes = True

    def __init__(self, task: str, data: Path) -> None:
        """Open a task.

        Args:
            task: the name of its file without ``.json.gz``.
            data: the folder that holds ``taskset/``.

        Raises:
            AutotuneError: there is no such file.
        """
        folder = data / "taskset"
        try:
            runs = json.loads(gzip.decompress((folder / f"{task}{SUFFIX}").read_bytes()))
        except (OSError, ValueError) as error:
            tasks = sorted(f.name.removesuffix(SUFFIX) for f in folder.glob(f"*{SUFFIX}"))
            raise AutotuneError(
                f"TaskSet's {task!r} cannot be read: {error}",
                f"choose from {', '.join(tasks)}" if tasks else "give the folder that holds taskset/: --data DIR",
            ) from error
        self._losses = {identity(r["hp"]): [float(v) for v in r["valid"]["loss"]] for r in runs}
        self._trains = {identity(r["hp"]): [float(v) for v in r["train"]["loss"]] for r in runs}
        self.pool: list[Config] = list({identity(r["hp"]): r["hp"] for r in runs}.values())
        self.full = len(runs[0]["valid"]["loss"]) - 1
        self.about = f"TaskSet {task}: {len(self.pool)} recorded runs, costs in points of {self.full}"

    @cached_property
    def space(self) -> dict[str, Any]:
        """Each hyperparameter from the lowest to the highest recorded value, in the logarithm."""
        names = list(self.pool[0])
        columns = {name: [float(config[name]) for config in self.pool] for name in names}  # type: ignore[arg-type]
        parameters = {
            name: {"type": "float", "low": min(c), "high": max(c), "log": min(c) > 0} for name, c in columns.items()
        }
        return {"name": "taskset", "parameters": parameters}

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """The losses at that point of the curve; the one before training is point 0."""
        return self._values(identity(config), fidelity), float(fidelity)

    def curve(self, config: Config, start: int, end: int) -> dict[int, Values]:
        """Those of the points between."""
        key = identity(config)
        return {k: v for k in range(start + 1, end) if (v := self._values(key, k))}

    def _values(self, key: str, point: int) -> Values:
        losses, trains = self._losses[key], self._trains[key]
        if not all(math.isfinite(v) for v in losses[: point + 1]):
            return {}
        return {"valid_loss": losses[point], "train_loss": trains[point]}
