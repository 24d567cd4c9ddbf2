"""Which layers of the model the configurations adapt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from autotune.errors import AutotuneError
from autotune.facts import ModelFacts
from autotune.methods.difference import resolved
from autotune.pareto import Floats
from autotune.trial import Config, Trial, Value

BARE = {"head": 0.0, "full": 1.0}
"""What methods without settings for layers do to each of them."""


def adapted(config: Config, facts: ModelFacts) -> Floats | None:
    """In how many places a configuration adapts each layer, shape (layers,); layer 0 is next to the input.

    A method with one layer subset gives 0 or 1; one that places modules by role counts the roles.

    Returns:
        None where that cannot be told: the method works on the whole model (prompts), or is unknown here.
    """
    try:
        settings = resolved(config, facts)
    except AutotuneError:
        return None
    found = [v for v in settings.values() if isinstance(v, tuple)]
    if not found:
        level = BARE.get(str(settings.get("method")))
        return None if level is None else np.full(facts.layers, level)
    subsets = [v for v in found if _is_subset(v, facts.layers)]
    by_layer = [v for v in found if not _is_subset(v, facts.layers) and len(v) == facts.layers]
    count = np.zeros(facts.layers)
    for subset in subsets:
        count[list(subset)] += 1
    on = np.array([[number > 0 for number in v] for v in by_layer]).all(axis=0) if by_layer else True
    return np.where(on, count if subsets else 1.0, 0.0)


def _is_subset(value: Sequence[Value], layers: int) -> bool:
    """Whether a setting is a set of layers rather than a number for each."""
    numbers = [int(v) for v in value]  # type: ignore[arg-type]
    return all(a < b for a, b in pairwise(numbers)) and all(0 <= n < layers for n in numbers)


def layer_map(trials: Iterable[Trial], facts: ModelFacts) -> pd.DataFrame:
    """Layers by trials: in how many places each configuration adapts each layer.

    Args:
        trials: such as those of the front, in the order of the columns.
        facts: of the model.

    Returns:
        A frame of ``facts.layers`` rows (layer 0 first) and a column for each trial's number; a trial of which it
        cannot be told is left out.
    """
    columns = {t.number: places for t in trials if (places := adapted(t.config, facts)) is not None}
    return pd.DataFrame(columns, index=pd.RangeIndex(facts.layers, name="layer"))


def layer_shares(good: Iterable[Trial], others: Iterable[Trial], facts: ModelFacts) -> pd.DataFrame:
    """How often good configurations adapt each layer, beside the others.

    Returns:
        ``layer``, ``good`` and ``others``: shares of the configurations, NaN for an empty group.
    """
    groups = {"good": layer_map(good, facts), "others": layer_map(others, facts)}
    shares = {
        name: (group > 0).mean(axis=1) if group.shape[1] else pd.Series(np.nan, index=group.index)
        for name, group in groups.items()
    }
    return pd.DataFrame({"layer": range(facts.layers), **shares})
