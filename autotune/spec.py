"""The definition of a study: everything the user asked for, in plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from autotune.errors import AutotuneError


@dataclass(frozen=True)
class TaskSpec:
    """Which data, and how to read them."""

    name: str
    """``glue/mrpc``, ``demo/docstrings``, or a path to a file or folder."""
    data_dir: str | None = None
    text_columns: tuple[str, ...] = ()
    """One or two; detected when empty."""
    label_column: str | None = None
    kind: str | None = None
    """``classification`` or ``regression``; detected when None."""
    metric: str | None = None
    """The metric that ranks, where the user wants another than the task's own."""
    max_train: int | None = None
    """Cap on the training examples, a seeded sample; None is all."""
    split_seed: int = 0
    offline: bool = False


@dataclass(frozen=True)
class StudySpec:
    """One search. Field names are the keys of a study file and of ``--set``."""

    task: TaskSpec
    model: str
    space: Mapping[str, Any]
    """The search space as its YAML says it, overrides applied."""
    budget: tuple[str, ...]
    study: str = ""
    """The study's name; made from task and model when empty."""
    seed: int = 0
    objectives: tuple[str, ...] = ()
    """Names; the task's ranking metric and trainable_params when empty."""
    constraints: tuple[str, ...] = ()
    searcher: str = "auto"
    scheduler: str = "auto"
    eta: int = 3
    min_resource: int | None = None
    """Examples of the lowest rung; fitted when None."""
    max_epochs: float | None = None
    """Epochs of a full training; fitted to the budget when None."""
    reserve: float = 0.3
    """Share of the budget kept for finalists."""
    seeds: int = 3
    """Trainings of the winner and of the tuned control, each with a seed of its own."""
    controls: tuple[str, ...] = ("head", "lora", "lora-tuned")
    enqueue: tuple[Mapping[str, Any], ...] = ()
    portfolio: bool = True
    """Learn from the recorded searches that ship, on other tasks."""
    warm_start: tuple[str, ...] = ()
    """Earlier studies of the same store whose fronts are tried first and whose trials models learn from."""
    precision: str = "auto"
    """``fp32``, ``bf16`` or ``auto``: whichever a short calibration finds faster."""
    device: str = "auto"
    workers: int = 1
    threads: int | None = None
    max_length: int = 128
    plugins: tuple[str, ...] = ()
    """Modules to import in every process, which register methods, tasks or metrics."""
    trust_remote_code: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The specification as JSON-able data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StudySpec:
        """The specification that ``to_dict`` described.

        Raises:
            AutotuneError: a key is unknown.
        """
        known = {f.name for f in fields(cls)}
        for key in data:
            if key not in known:
                raise AutotuneError(f"unknown study setting {key!r}", f"known settings: {', '.join(sorted(known))}")
        task = dict(data["task"])
        task["text_columns"] = tuple(task.get("text_columns") or ())
        tuples = {"budget", "objectives", "constraints", "controls", "enqueue", "plugins", "warm_start"}
        rest: dict[str, Any] = {k: tuple(v) if k in tuples else v for k, v in data.items() if k != "task"}
        return cls(task=TaskSpec(**task), **rest)
