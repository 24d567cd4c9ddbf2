"""Small steps through a search space."""

from __future__ import annotations

import math
from typing import cast

import numpy as np

from autotune.space import SearchSpace
from autotune.space.choice import Bool, Choice
from autotune.space.domain import Domain
from autotune.space.layers import Layers
from autotune.space.numeric import Float, Int
from autotune.space.parameter import Parameter
from autotune.space.per_layer import PerLayer
from autotune.trial import Config, Value


def neighbour(space: SearchSpace, config: Config, rng: np.random.Generator, reach: float, changes: int = 1) -> Config:
    """A configuration that differs in a few parameters, and in those that become active by that.

    Args:
        space: bound.
        config: where to start.
        rng: for every draw.
        reach: of a step of a number, as a share of its range (a standard deviation).
        changes: parameters to change.
    """
    free = [name for name in config if space.parameters[name].domain.count > 1]
    if not free:
        return config
    chosen = set(rng.choice(free, size=min(changes, len(free)), replace=False).tolist())
    before = {name.rpartition(".")[2]: name for name in config}

    def choose(parameter: Parameter) -> Value:
        name, domain = parameter.name, parameter.domain
        if name in config:
            return step(domain, config[name], rng, reach) if name in chosen else config[name]
        twin = before.get(name.rpartition(".")[2])
        if twin is not None:
            return carried(space.parameters[twin].domain, domain, config[twin])
        return domain.default_value if rng.random() < 0.5 else domain.sample(rng)

    return space.walk(choose)


def step(domain: Domain, value: Value, rng: np.random.Generator, reach: float) -> Value:
    """Another value near this one; the same where there is no other."""
    if domain.count <= 1:
        return value
    if isinstance(domain, Float):
        return at(domain, domain.encode(value)[0] + rng.normal() * reach)
    if isinstance(domain, Int):
        found = at(domain, domain.encode(value)[0] + rng.normal() * reach)
        if found == value:
            found = int(cast(int, value)) + (1 if rng.random() < 0.5 else -1)
            found = domain.low + 1 if found < domain.low else domain.high - 1 if found > domain.high else found
        return found
    if isinstance(domain, Bool):
        return not value
    if isinstance(domain, Choice):
        others = [o for o in domain.options if o != value]
        return others[int(rng.integers(len(others)))]
    if isinstance(domain, Layers):
        return _other_layers(domain, cast(tuple[int, ...], value), rng)
    if isinstance(domain, PerLayer):
        return _other_numbers(domain, cast(tuple[int, ...], value), rng)
    return domain.sample(rng)


def at(domain: Float | Int, place: float) -> float | int:
    """The number at a place in [0, 1] of the range, on its own scale; beyond the ends it turns back."""
    place = abs(place) % 2
    place = 2 - place if place > 1 else place
    low, high = domain.low, domain.high
    x = math.exp(math.log(low) + place * (math.log(high) - math.log(low))) if domain.log else low + place * (high - low)
    x = min(high, max(low, x))
    return round(x) if isinstance(domain, Int) else x


def carried(source: Domain, target: Domain, value: Value) -> Value:
    """The value of one method's parameter at the same place in another's range."""
    if isinstance(source, Float | Int) and isinstance(target, Float | Int):
        return at(target, source.encode(value)[0])
    coerced = target.coerce(value)
    found: Value = coerced if target.validate(coerced) is None else target.default_value
    return found


def _other_layers(domain: Layers, value: tuple[int, ...], rng: np.random.Generator) -> tuple[int, ...]:
    """One layer more, one less, or one exchanged."""
    bits = list(domain.bits(value))
    inside, outside = [i for i, b in enumerate(bits) if b], [i for i, b in enumerate(bits) if not b]
    kinds = [
        *(["more"] if outside and len(inside) < domain.most else []),
        *(["less"] if len(inside) > domain.min else []),
        *(["swap"] if inside and outside else []),
    ]
    kind = kinds[int(rng.integers(len(kinds)))] if kinds else ""
    if kind in ("less", "swap"):
        bits[inside[int(rng.integers(len(inside)))]] = False
    if kind in ("more", "swap"):
        bits[outside[int(rng.integers(len(outside)))]] = True
    return domain.from_bits(bits)


def _other_numbers(domain: PerLayer, value: tuple[int, ...], rng: np.random.Generator) -> Value:
    changed = list(value)
    layer = int(rng.integers(len(changed)))
    others = [o for o in domain.options if o != changed[layer]]
    changed[layer] = others[int(rng.integers(len(others)))] if others else changed[layer]
    return tuple(changed)
