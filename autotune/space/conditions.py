"""Conditions between parameters: which make no sense, and what is left of them when parents are narrowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from autotune.near import did_you_mean
from autotune.space.domain import DefinitionError, same, spell
from autotune.space.parameter import Parameter
from autotune.trial import Value

Needs = Mapping[str, tuple[Value, ...]]
"""The values that parents, parents of parents and so on must have for a parameter to be active."""


def check(parameters: Mapping[str, Parameter]) -> None:
    """Refuse conditions that name no earlier parameter, an impossible value, or that can never hold together.

    Raises:
        DefinitionError: with the parameter's name and the keys to blame.
    """
    needs: dict[str, Needs] = {}
    for parameter in parameters.values():
        for parent, values in parameter.when.items():
            _check_one(parameter, parent, values, parameters, list(needs))
        needs[parameter.name] = _needs(parameter, needs)
        for parent, values in needs[parameter.name].items():
            if not values:
                raise DefinitionError(
                    f"it can never be active: its conditions want different values of {parent!r}",
                    "mind the conditions of the parameters that it names",
                    keys=("when",),
                    parameter=parameter.name,
                )


def _check_one(
    parameter: Parameter,
    parent: str,
    values: tuple[Value, ...],
    parameters: Mapping[str, Parameter],
    earlier: list[str],
) -> None:
    def refuse(message: str, remedy: str) -> None:
        raise DefinitionError(message, remedy, keys=("when", parent), parameter=parameter.name)

    if parent == parameter.name:
        refuse("when: it depends on itself", f"name another parameter than {parent}")
    if parent in parameters and parent not in earlier:
        refuse(f"when: {parent!r} does not stand before it", f"move {parent} above {parameter.name}")
    if parent not in parameters:
        others = [name for name in earlier if parameters[name].domain.can_be_parent]
        refuse(f"when: {parent!r} is no parameter", did_you_mean(parent, others or earlier, "parameters"))
    domain = parameters[parent].domain
    if not domain.can_be_parent:
        refuse(f"when: {parent!r} is of type {domain.type}", "a condition can ask for a choice, a bool or an int")
    if not values:
        refuse(f"when: no value of {parent!r} is given", f"write for example {parent}: {spell(domain.default_value)}")
    for i, value in enumerate(values):
        problem = domain.validate(value)
        if problem:
            refuse(f"when: {parent}={spell(value)} {problem}", f"give a value that {parent} can have")
        if any(same(value, other) for other in values[:i]):
            refuse(f"when: {parent}={spell(value)} stands there twice", "leave one out")


def _needs(parameter: Parameter, earlier: Mapping[str, Needs]) -> Needs:
    needs: dict[str, tuple[Value, ...]] = {}
    for condition in (parameter.when, *(earlier[parent] for parent in parameter.when)):
        for parent, values in condition.items():
            known = needs.get(parent, values)
            needs[parent] = tuple(v for v in known if any(same(v, other) for other in values))
    return needs


def prune(parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Leave out what can no longer be active once parents have fewer values, and the values that went.

    Args:
        parameters: whose conditions were sound before their parents were narrowed.
    """
    kept: dict[str, Parameter] = {}
    needs: dict[str, Needs] = {}
    for parameter in parameters.values():
        if not all(parent in kept for parent in parameter.when):
            continue
        when = {
            parent: tuple(v for v in values if kept[parent].domain.validate(v) is None)
            for parent, values in parameter.when.items()
        }
        narrowed = replace(parameter, when=when)
        needed = _needs(narrowed, needs)
        if all(needed.values()):
            kept[parameter.name] = narrowed
            needs[parameter.name] = needed
    return kept
