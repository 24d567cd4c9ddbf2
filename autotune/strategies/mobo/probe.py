"""What a space is like: a fixed random sample of its configurations."""

from __future__ import annotations

import numpy as np

from autotune.strategies.base import Setting
from autotune.trial import Config

_SIZE = 100
_STREAM = 0x70726F6265
"""Keeps this sample apart from every other use of the study's seed."""


def probe(setting: Setting) -> list[Config]:
    """Random configurations that are not refused, the same for a whole study; fewer where hardly any may run."""
    rng = np.random.default_rng((setting.seed, _STREAM))
    if setting.pool is not None:
        chosen = rng.permutation(len(setting.pool))[:_SIZE]
        return [setting.pool[i] for i in chosen]
    drawn = (setting.space.sample(rng) for _ in range(10 * _SIZE))
    kept: list[Config] = [config for config in drawn if setting.refuse(config) is None]
    return kept[:_SIZE]
