"""Configurations for models of another depth."""

from __future__ import annotations

from autotune.space import SearchSpace
from autotune.space.layers import Layers
from autotune.space.per_layer import PerLayer
from autotune.trial import Config, Value


def moved(config: Config, layers: int, space: SearchSpace) -> Config:
    """The configuration with its layer subsets at the same heights of another model.

    The last of 6 layers become the last two of 12, all of them all; the last two of 12 become the last of 6.

    Args:
        config: for a model with that many layers.
        layers: of that model.
        space: bound to the other one.
    """
    return {name: _moved(value, layers, space, name) for name, value in config.items()}


def _moved(value: Value, layers: int, space: SearchSpace, name: str) -> Value:
    parameter = space.parameters.get(name)
    domain = None if parameter is None else parameter.domain
    if not isinstance(domain, Layers | PerLayer) or domain.width == layers or not isinstance(value, tuple):
        return value
    own = [at * layers // domain.width for at in range(domain.width)]
    """For each layer of the other model the one at its height."""
    if isinstance(domain, PerLayer):
        return tuple(value[at] for at in own)
    if domain.width < layers:
        return tuple(sorted({at * domain.width // layers for at in value}))
    return tuple(at for at, layer in enumerate(own) if layer in value)
