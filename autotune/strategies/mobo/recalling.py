"""From the record of an earlier search to what a later one keeps of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autotune.errors import AutotuneError
from autotune.history import History
from autotune.objectives import Objective
from autotune.pareto import Floats, front_mask, hypervolume
from autotune.space import SearchSpace
from autotune.strategies.base import Setting
from autotune.strategies.earlier import Earlier, counterparts
from autotune.strategies.mobo.encoding import Encoding
from autotune.strategies.mobo.modelled import Modelled
from autotune.strategies.mobo.moving import moved
from autotune.strategies.mobo.observed import observe
from autotune.strategies.rungs import value_row
from autotune.trial import Config, TrialKind, TrialState

_FIRST = 5
"""Configurations of the earlier front that are tried first."""

_MOST = 300
"""Rows that are kept: first the highest of each trial, the furthest trained first."""


def recall(
    name: str,
    history: History,
    setting: Setting,
    space: SearchSpace,
    objectives: Sequence[Objective],
    layers: int | None = None,
) -> Earlier:
    """What an earlier search says within another space.

    Args:
        name: of the earlier search.
        history: of it.
        setting: of it.
        space: of the later search, bound to its model; trials outside it say nothing.
        objectives: of the later search.
        layers: of the earlier search's model, where it may be another one.

    Raises:
        AutotuneError: no trial of it was trained in full within the space, or it measured nothing that the later one
            wants.
    """
    within = replace(setting, space=space)
    if layers is not None:
        there = {n: replace(t, config=moved(t.config, layers, space)) for n, t in history.trials.items()}
        history = replace(history, trials=there)
    twins = counterparts(objectives, setting.objectives)
    if not twins:
        raise AutotuneError(
            f"study {name!r} measured {', '.join(o.name for o in setting.objectives)}: nothing that this search learns",
            "warm-start from a study with a metric",
        )
    observed = observe(history, within, Encoding(space), list(twins.values()))
    modelled = Modelled(space)
    rows = observed.most_telling(_MOST)
    configs = [config for n in observed.trials if (config := modelled.config(history.trials[n])) is not None]
    if not (observed.inputs.depth == 0).any():
        raise AutotuneError(
            f"study {name!r} has trained nothing in full that lies within space {space.name!r}",
            "warm-start from another study, or leave --warm-start out",
        )
    return Earlier(
        name,
        [configs[i] for i in observed.owner[rows]],
        observed.inputs.depth[rows].tolist(),
        {wanted: observed.values[rows, j].tolist() for j, wanted in enumerate(twins)},
        leading(*_complete(history, within, modelled)),
    )


def _complete(history: History, setting: Setting, modelled: Modelled) -> tuple[list[Config], Floats]:
    """Configurations that were trained in full, and their objectives, minimised."""
    trials = [
        t
        for t in history.trials.values()
        if t.kind is not TrialKind.REPEAT and t.state is TrialState.COMPLETE and modelled.config(t) is not None
    ]
    configs = [config for t in trials if (config := modelled.config(t)) is not None]
    rows = [value_row(t, t.curve[-1], setting.objectives) for t in trials]
    return configs, np.array(rows, dtype=np.float64).reshape(len(rows), len(setting.objectives))


def leading(configs: Sequence[Config], rows: Floats) -> list[Config]:
    """The few that hold most of the front's hypervolume, by greedy choice, the best first.

    Args:
        configs: n of them.
        rows: their objectives, minimised, (n, m).
    """
    if not len(rows):
        return []
    usable = np.flatnonzero(front_mask(rows))
    best = rows[usable]
    low, high = best.min(axis=0), np.maximum(rows.max(axis=0), best.max(axis=0))
    scaled = (best - low) / np.where(high > low, high - low, 1.0)
    reference = np.full(rows.shape[1], 1.1)
    chosen: list[int] = []
    while len(chosen) < min(_FIRST, len(usable)):
        left = [i for i in range(len(usable)) if i not in chosen]
        chosen.append(max(left, key=lambda i: hypervolume(scaled[[*chosen, i]], reference)))
    return [configs[usable[i]] for i in chosen]
