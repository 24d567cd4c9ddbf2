"""What a space is like: a fixed random sample of its configurations."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import numpy as np

from autotune.strategies.base import Setting
from autotune.trial import Config

_SIZE = 100
_STREAM = 0x70726F6265
"""Keeps this sample apart from every other use of the study's seed."""


def probe(setting: Setting) -> list[Config]:
    """Random configurations that are not refused, the same for a whole study; fewer where hardly any may run."""
    rng = np.random.default_rng((setting.seed, _STREAM))
    drawn: Iterable[Config]
    if setting.pool is not None:
        drawn = (setting.pool[i] for i in rng.permutation(len(setting.pool)))
    else:
        drawn = (setting.space.sample(rng) for _ in range(10 * _SIZE))
    return list(islice((config for config in drawn if setting.refuse(config) is None), _SIZE))
