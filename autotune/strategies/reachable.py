"""A configuration that may run, where random draws come by none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autotune.strategies.base import Setting
from autotune.strategies.neighbours import neighbour
from autotune.trial import Config

_DRAWN, _STARTS, _STEPS = 64, 4, 150
"""Random draws, how many of them are walked from, and how far."""


def reachable(setting: Setting, acceptable: Callable[[Config], bool], rng: np.random.Generator) -> Config | None:
    """Walk from random draws towards what the bounds on known values allow, and on to what is untried.

    Tight bounds leave so little of a space that draws miss it, such as LoRA of rank 1 on two matrices of one layer.

    Args:
        setting: of the study.
        acceptable: whether a configuration may be proposed.
        rng: for every draw.

    Returns:
        None where no walk came by one.
    """
    drawn: list[Config] = [setting.space.sample(rng) for _ in range(_DRAWN)]
    broken = np.array([_excess(setting, config) for config in drawn])
    for start in np.argsort(broken, kind="stable")[:_STARTS].tolist():
        here, worst = drawn[start], broken[start]
        for step in range(_STEPS):
            config = neighbour(setting.space, here, rng, float(np.exp(rng.uniform(-4, 0))), 1 + step % 3)
            if acceptable(config):
                return config
            further = _excess(setting, config)
            if further <= worst:
                here, worst = config, further
    return None


def _excess(setting: Setting, config: Config) -> float:
    """By how much a configuration breaks the bounds on what is known of it, summed; infinite where that is unknown."""
    if not setting.constraints:
        return 0.0
    try:
        known = setting.costs(config)
    except Exception:  # of one that cannot run nothing need be known
        return float("inf")
    return sum(c.excess(known[c.name]) for c in setting.constraints if c.name in known)
