"""Hugging Face's own comparison of PEFT methods: one language model fine-tuned by some forty methods."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autotune.bench.prepared import identity
from autotune.bench.problem import Values
from autotune.errors import AutotuneError
from autotune.objectives import Objective
from autotune.trial import Config

_PREFIX, _FILE = "peft-", "results.json.gz"
_NUMBERS = {"r": "rank", "num_virtual_tokens": "tokens"}
"""What several methods have, by its name in peft's configurations."""
_NEVER_SETTINGS = {"peft_type", "peft_version", "auto_mapping", "task_type", "rank_pattern", *_NUMBERS}


@dataclass(frozen=True)
class _Run:
    settings: Mapping[str, Any]
    """Of peft and of the training, with ``method`` and ``lr``."""
    points: tuple[tuple[Values, float], ...]
    """Values and seconds so far, at each evaluation; the last value is of the test split."""
    params: float


class PeftComparison:
    """The runs of one task as a pool: test accuracy and trained parameters, by evaluations, at their seconds.

    Before the end an accuracy is that of fifty validation examples, as it was recorded. The space has the method, the
    learning rate, rank and virtual tokens where a method has them, and whatever else differs among a method's runs.
    """

    objectives = (Objective("accuracy", "maximize"), Objective("params", "minimize", True, True))
    resumes = True
    seconds = True

    def __init__(self, task: str, data: Path) -> None:
        """Open a task.

        Args:
            task: ``metamath``.
            data: the folder that holds ``peft-metamath/``.

        Raises:
            AutotuneError: there is no such file, or it holds no such runs.
        """
        runs = _read(data, task)
        self.full = len(runs[0].points)
        self._varies = _varying(runs)
        self._runs = {identity(self._config(run)): run for run in runs}
        self.pool: list[Config] = [self._config(run) for run in self._runs.values()]
        self.about = f"Hugging Face's comparison on {task}: {len(self.pool)} recorded trainings of {self.full} points"

    @cached_property
    def space(self) -> dict[str, Any]:
        """Built from the runs: each number from the lowest to the highest recorded."""
        methods = list(dict.fromkeys(str(config["method"]) for config in self.pool))
        parameters: dict[str, Any] = {"method": {"type": "choice", "options": methods}}
        for name in dict.fromkeys(name for config in self.pool for name in config if name != "method"):
            having = [config for config in self.pool if name in config]
            among = list(dict.fromkeys(str(config["method"]) for config in having))
            when = {} if len(among) == len(methods) else {"when": {"method": among}}
            parameters[name] = {**_parameter(config[name] for config in having), **when}
        return {"name": "peft-comparison", "parameters": parameters}

    def known(self, config: Config) -> Values:
        """The parameters that it trains."""
        return {"params": self._runs[identity(config)].params}

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """What was seen at that evaluation, and the seconds of training and evaluating until then."""
        return self._runs[identity(config)].points[fidelity - 1]

    def curve(self, config: Config, start: int, end: int) -> dict[int, Values]:
        """The evaluations between."""
        return {point: self.evaluate(config, point)[0] for point in range(start + 1, end)}

    def _config(self, run: _Run) -> Config:
        method = str(run.settings["method"])
        config: dict[str, Any] = {"method": method, "lr": float(run.settings["lr"])}
        config |= {ours: int(run.settings[name]) for name, ours in _NUMBERS.items() if run.settings.get(name)}
        for name, numeric in self._varies[method].items():
            value = run.settings.get(name)
            config[f"{method}.{name}"] = value if numeric else _text(value)
        return config


def _read(data: Path, task: str) -> list[_Run]:
    try:
        found = json.loads(gzip.decompress((data / f"{_PREFIX}{task}" / _FILE).read_bytes()))
        runs = [_run(one) for one in found.values()]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        tasks = sorted(f.parent.name.removeprefix(_PREFIX) for f in data.glob(f"{_PREFIX}*/{_FILE}"))
        lacking = f"give the folder that holds {_PREFIX}{task}/: --data DIR"
        raise AutotuneError(
            f"the comparison {task!r} cannot be read: {error}", f"choose from {', '.join(tasks)}" if tasks else lacking
        ) from error
    if len({len(run.points) for run in runs}) != 1:
        raise AutotuneError(f"the runs of {task!r} were not evaluated equally often", "take another comparison")
    return runs


def _run(found: Mapping[str, Any]) -> _Run:
    training, peft = found["run_info"]["train_config"], found["run_info"]["peft_config"] or {}
    metrics = found["train_info"]["metrics"]
    settings = {
        **peft,
        "method": str(peft.get("peft_type") or "full").lower(),
        "lr": training["optimizer_kwargs"]["lr"],
        "optimizer": training["optimizer_type"],
    }
    points, spent = [], 0.0
    for point in metrics[:-1]:
        spent += point["train time"] + point["eval time"]
        points.append(({"accuracy": float(point["valid accuracy"]), "train_loss": float(point["train loss"])}, spent))
    points[-1] = ({**points[-1][0], "accuracy": float(metrics[-1]["test accuracy"])}, spent)
    return _Run(settings, tuple(points), float(found["train_info"]["num_trainable_params"]))


def _varying(runs: Iterable[_Run]) -> dict[str, dict[str, bool]]:
    """By method, what else its runs differ in, and whether that is a number in all of them."""
    by_method: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        by_method.setdefault(str(run.settings["method"]), []).append(run.settings)
    found = {}
    for method, alike in by_method.items():
        names = sorted({name for settings in alike for name in settings} - _NEVER_SETTINGS - {"lr", "method"})
        varied = [name for name in names if len({_text(s.get(name)) for s in alike}) > 1]
        found[method] = {name: all(type(s.get(name)) in (int, float) for s in alike) for name in varied}
    return found


def _text(value: Any) -> str:
    """A setting as an option; the order of modules says nothing."""
    return json.dumps(sorted(value) if isinstance(value, list) else value, sort_keys=True)


def _parameter(values: Iterable[Any]) -> dict[str, Any]:
    seen = sorted(set(values))
    if isinstance(seen[0], str):
        return {"type": "choice", "options": seen}
    kind = "int" if isinstance(seen[0], int) else "float"
    return {"type": kind, "low": seen[0], "high": seen[-1], "log": seen[0] > 0}
