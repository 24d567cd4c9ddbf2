"""What a study optimises: a task's metric against costs."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from autotune.errors import AutotuneError

Direction = Literal["maximize", "minimize"]


@dataclass(frozen=True)
class Objective:
    """One axis of the front.

    Raises:
        AutotuneError: made with another direction than to maximize or to minimize.
    """

    name: str
    """A metric of the task (``accuracy``) or a cost (``trainable_params``)."""
    direction: Direction
    known_before_training: bool = False
    """Computed from the configuration, never modelled."""
    log: bool = False
    """The axis is read on a logarithmic scale."""
    unit: str = ""

    def __post_init__(self) -> None:
        if self.direction not in ("maximize", "minimize"):
            raise AutotuneError(f"objective {self.name!r} is to {self.direction!r}", "write maximize or minimize")

    def minimized(self, value: float) -> float:
        """The value turned so that smaller is better."""
        return -value if self.direction == "maximize" else value


COSTS: Mapping[str, Objective] = {
    o.name: o
    for o in (
        Objective("trainable_params", "minimize", True, True, "parameters without the head"),
        Objective("total_trained", "minimize", True, True, "parameters with the head"),
        Objective("stored_bytes", "minimize", True, True, "bytes of the saved adapter with its head"),
        Objective("checkpoint_bytes", "minimize", True, True, "bytes of a paused trial"),
        Objective("added_flops", "minimize", True, True, "FLOPs beyond the base's for an input of 128 tokens, merged"),
        Objective("train_seconds", "minimize", False, True, "device seconds of a full training"),
        Objective("latency_ms", "minimize", False, False, "milliseconds for one example"),
        Objective("peak_memory", "minimize", False, True, "bytes above the resident base while training"),
    )
}
"""The costs every task has. Counts are without the classification head unless the name says ``total``."""


def objective(name: str, metrics: Mapping[str, Direction]) -> Objective:
    """The objective of that name: a cost, or one of the task's ``metrics``.

    Raises:
        AutotuneError: neither has that name.
    """
    if name in COSTS:
        return COSTS[name]
    if name in metrics:
        return Objective(name, metrics[name])
    raise AutotuneError(
        f"unknown objective {name!r}", f"choose from the task's metrics ({', '.join(metrics)}) or {', '.join(COSTS)}"
    )


def choose(names: Sequence[str], metrics: Mapping[str, Direction], rank_metric: str) -> tuple[Objective, ...]:
    """The objectives of a study, the primary one first: the first metric of the task among them.

    Args:
        names: what was asked for; the ranking metric and ``trainable_params`` when empty.
        metrics: of the task.
        rank_metric: the task's own choice among them.

    Raises:
        AutotuneError: a name is unknown or stands twice, or none is a metric, which training could improve.
    """
    found = [objective(name, metrics) for name in names or (rank_metric, "trainable_params")]
    if len(set(found)) < len(found):
        raise AutotuneError(f"an objective is named twice: {', '.join(names)}", "name each once with --objective")
    primary = next((o for o in found if o.name in metrics), None)
    if primary is None:
        raise AutotuneError(
            f"no objective is a metric of the task: {', '.join(names)}",
            f"name at least one of {', '.join(metrics)} with --objective",
        )
    return (primary, *(o for o in found if o is not primary))


_COMPARE = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
_SUFFIX = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}


@dataclass(frozen=True)
class Constraint:
    """A bound on an objective: ``trainable_params<=100k``."""

    name: str
    comparison: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """Read ``NAME<=NUMBER`` with an optional suffix k, M or G.

        Raises:
            AutotuneError: the text has another form.
        """
        number = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"
        match = re.fullmatch(rf"\s*(\w+)\s*(<=|>=|<|>)\s*{number}\s*([kKmMgG]?)\s*", text)
        if match is None:
            raise AutotuneError(
                f"constraint {text!r} is not of the form NAME<=NUMBER",
                "write for example: trainable_params<=100k",
            )
        return cls(match[1], match[2], float(match[3]) * _SUFFIX[match[4].lower()])

    @property
    def late(self) -> bool:
        """Whether only the end of a training tells: a bound on a metric, not on a cost."""
        return self.name not in COSTS

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether the bound holds; True while the value is not known yet."""
        value = values.get(self.name)
        return value is None or bool(_COMPARE[self.comparison](float(value), self.bound))

    def excess(self, value: float) -> float:
        """By how much a value breaks the bound, as a share of it; 0 where it holds."""
        if self.holds({self.name: value}):
            return 0.0
        return abs(value - self.bound) / max(abs(self.bound), 1e-12) + 1e-12

    def __str__(self) -> str:
        return f"{self.name}{self.comparison}{self.bound:g}"
