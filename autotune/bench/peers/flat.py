"""A search space without conditions, for tools that know none: every parameter is always there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from autotune.space import Choice, Float, Int, Layers, Parameter, PerLayer, SearchSpace
from autotune.trial import Value


def flatten(space: SearchSpace) -> list[dict[str, Any]]:
    """The dimensions as plain data: ``float`` and ``int`` with low, high and log, ``choice`` with how many.

    A layer subset is a choice of two for each layer. Inactive dimensions are there as well and change nothing.
    """
    return [dim for parameter in space.parameters.values() for dim in _dimensions(parameter)]


def unflatten(space: SearchSpace, values: Mapping[str, Any]) -> dict[str, Value]:
    """The configuration that values of the flat dimensions describe."""
    return space.walk(lambda parameter: _value(parameter, values))


def _dimensions(parameter: Parameter) -> list[dict[str, Any]]:
    name, domain = parameter.name, parameter.domain
    if isinstance(domain, Float | Int):
        kind = "float" if isinstance(domain, Float) else "int"
        return [{"name": name, "type": kind, "low": domain.low, "high": domain.high, "log": domain.log}]
    if isinstance(domain, Choice):
        return [{"name": name, "type": "choice", "options": len(domain.options)}]
    if isinstance(domain, Layers):
        return [{"name": f"{name}[{i}]", "type": "choice", "options": 2} for i in range(domain.width)]
    if isinstance(domain, PerLayer):
        last = len(domain.options) - 1
        kept = {"type": "int", "low": 0, "high": last, "log": False}
        return [{"name": f"{name}[{i}]", **kept} for i in range(domain.width)]
    return [{"name": name, "type": "choice", "options": 2}]


def _value(parameter: Parameter, values: Mapping[str, Any]) -> Value:
    name, domain = parameter.name, parameter.domain
    if isinstance(domain, Float):
        return min(domain.high, max(domain.low, float(values[name])))
    if isinstance(domain, Int):
        return cast(int, min(domain.high, max(domain.low, round(values[name]))))
    if isinstance(domain, Choice):
        return domain.options[int(values[name])]
    if isinstance(domain, Layers):
        return domain.from_bits([bool(values[f"{name}[{i}]"]) for i in range(domain.width)])
    if isinstance(domain, PerLayer):
        return domain.from_places([int(values[f"{name}[{i}]"]) for i in range(domain.width)])
    return bool(values[name])
