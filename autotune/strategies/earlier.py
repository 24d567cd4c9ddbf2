"""What an earlier search tells a later one: plain data that the later study keeps with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autotune.objectives import COSTS, Objective
from autotune.trial import Config


@dataclass(frozen=True)
class Earlier:
    """The trainings of one search, as a model of another may learn from them."""

    name: str
    """Of the search."""
    configs: Sequence[Config]
    """Of the n rows, within the later search's space; one row for each level that a trial reached."""
    depth: Sequence[float]
    """How far each row is from a full training: 0 at its end, 1 at the lowest level."""
    values: Mapping[str, Sequence[float]]
    """Learnt objectives of the later search by name: n values each, minimised, on the earlier task's scale."""
    first: Sequence[Config] = ()
    """The front's configurations, those that hold most of its hypervolume first."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data."""
        return {
            "name": self.name,
            "configs": [dict(c) for c in self.configs],
            "depth": list(self.depth),
            "values": {name: list(column) for name, column in self.values.items()},
            "first": [dict(c) for c in self.first],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Earlier:
        """What ``to_dict`` described."""
        return cls(
            data["name"],
            [_config(c) for c in data["configs"]],
            data["depth"],
            data["values"],
            [_config(c) for c in data["first"]],
        )


def counterparts(later: Sequence[Objective], earlier: Sequence[Objective]) -> dict[str, Objective]:
    """By the name of a learnt objective of the later search, the earlier one's that tells of it.

    The first metric tells of the first metric, whatever the two tasks measure; a cost of the same cost.
    """
    found: dict[str, Objective] = {}
    metric = next((o for o in earlier if o.name not in COSTS and not o.known_before_training), None)
    first = next((o for o in later if o.name not in COSTS and not o.known_before_training), None)
    for objective in later:
        if objective.known_before_training:
            continue
        twin = metric if objective is first else next((o for o in earlier if o.name == objective.name), None)
        if twin is not None:
            found[objective.name] = twin
    return found


def _config(data: Mapping[str, Any]) -> Config:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
