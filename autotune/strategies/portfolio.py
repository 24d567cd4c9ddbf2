"""What ships to begin with: recorded searches on other tasks, as ``autotune.studies`` holds them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from autotune.errors import AutotuneError
from autotune.objectives import COSTS, Objective
from autotune.space import SearchSpace
from autotune.strategies.earlier import Earlier
from autotune.strategies.mobo.moving import moved
from autotune.strategies.mobo.recalling import leading
from autotune.strategies.rungs import minimized
from autotune.trial import Config

FOLDER = "portfolio"
_FEWEST = 10
"""Recorded trainings within the space that are worth learning from."""


@dataclass(frozen=True)
class Recorded:
    """One recorded search, its values those of the task's first metric."""

    task: str
    model: str
    layers: int
    earlier: Earlier


def portfolio(
    task: str,
    space: SearchSpace,
    objectives: Sequence[Objective],
    costs: Callable[[Config], Mapping[str, float]],
    refuse: Callable[[Config], str | None],
) -> list[Earlier]:
    """Recorded searches on other tasks, as far as they lie within a space.

    Args:
        task: of the search; a recording of the same task is left out.
        space: bound to the search's model.
        objectives: of the search; recordings tell of the first metric.
        costs: known before training, of this model.
        refuse: why a configuration cannot run on it.
    """
    metric = next((o for o in objectives if o.name not in COSTS and not o.known_before_training), None)
    if metric is None:
        return []
    known = [o for o in objectives if o.known_before_training]
    found = (_within(shipped, space, metric, refuse) for shipped in _shipped() if shipped.task != task)
    return [_led(e, metric, known, costs) for e in found if e.depth.count(0.0) >= _FEWEST]


def _within(
    shipped: Recorded, space: SearchSpace, metric: Objective, refuse: Callable[[Config], str | None]
) -> Earlier:
    earlier = shipped.earlier
    completed = [_complete(config, shipped.layers, space) for config in earlier.configs]
    rows = [i for i, config in enumerate(completed) if config is not None and refuse(config) is None]
    (values,) = earlier.values.values()
    return Earlier(
        earlier.name,
        [config for i in rows if (config := completed[i]) is not None],
        [earlier.depth[i] for i in rows],
        {metric.name: [values[i] for i in rows]},
    )


def _led(
    earlier: Earlier, metric: Objective, known: Sequence[Objective], costs: Callable[[Config], Mapping[str, float]]
) -> Earlier:
    """With the front of those that are left: by this model's costs."""
    ends = [i for i, depth in enumerate(earlier.depth) if depth == 0]
    configs = [earlier.configs[i] for i in ends]
    values = [earlier.values[metric.name][i] for i in ends]
    rows = [[v, *(minimized(o, costs(c)[o.name]) for o in known)] for c, v in zip(configs, values, strict=True)]
    return replace(earlier, first=leading(configs, np.array(rows)))


def _complete(config: Config, layers: int, space: SearchSpace) -> Config | None:
    try:
        return space.complete(moved(config, layers, space))
    except AutotuneError:
        return None


@cache
def _shipped() -> tuple[Recorded, ...]:
    folder = files("autotune.studies") / FOLDER
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".json.gz"))
    return tuple(read(gzip.decompress((folder / name).read_bytes())) for name in names)


def read(data: bytes) -> Recorded:
    """A portfolio file's content."""
    found: Mapping[str, Any] = json.loads(data)
    return Recorded(found["task"], found["model"], found["layers"], Earlier.from_dict(found["earlier"]))


def write(recorded: Recorded) -> bytes:
    """What ``read`` reads."""
    data = {"task": recorded.task, "model": recorded.model, "layers": recorded.layers}
    return json.dumps({**data, "earlier": recorded.earlier.to_dict()}, separators=(",", ":")).encode()
