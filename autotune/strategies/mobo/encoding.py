"""Configurations as rows of numbers whose distances mean something to a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autotune.pareto import Floats, Ints
from autotune.space import SearchSpace
from autotune.space.choice import Bool, Choice
from autotune.space.domain import Domain, spell
from autotune.space.layers import Layers
from autotune.space.parameter import Parameter
from autotune.space.per_layer import PerLayer
from autotune.trial import Config, Value

_INACTIVE = 0.5
"""What stands for a number that a configuration does not have: the middle of its range."""

_REMEMBERED = 20_000
"""Rows that are kept: the same configurations are looked at in every decision."""


@dataclass(frozen=True)
class _Column:
    """Numbers that stand for one parameter, or for several of which a configuration has only one."""

    start: int
    blank: tuple[float, ...]
    """What stands there for a configuration that has none of the parameters."""
    groups: tuple[int, ...]
    """For each number, which of the column's length scales it belongs to; from 0."""
    options: tuple[str, ...] = ()
    """Of a choice."""

    def encode(self, domain: Domain, value: Value) -> Sequence[float]:
        if isinstance(domain, Layers):
            return _placement(domain.encode(value))
        if isinstance(domain, PerLayer):
            return _by_layer(domain.encode(value))
        if isinstance(domain, Choice | Bool):
            # Two options are at distance 1, whatever their number; an option and nothing at all at half of that.
            return [0.5**0.5 if option == spell(value) else 0.0 for option in self.options]
        return domain.encode(value)


class Encoding:
    """The rows of a space's configurations.

    Parameters that no configuration has together and that end on the same word share their numbers: ``lora.lr`` and
    ``ia3.lr`` are both a place within their method's own range, so that what one method teaches of high learning rates
    is heard by the others, as far as the length scale of ``method`` lets it. Inactive numbers stand in their middle, so
    that two configurations are compared on what they share. A layer subset is its bits (overlap), its size and its
    centre, each with a length scale of its own.
    """

    def __init__(self, space: SearchSpace, *, share: bool = True) -> None:
        """Prepare for a bound space."""
        self._parameters: dict[str, tuple[Domain, _Column]] = {}
        self.groups: Ints
        """The length scale of each column of ``rows``, shape (width,)."""
        blanks: list[float] = []
        groups: list[int] = []
        scales = 0
        for members in _roles(space, share):
            column = _column(members, len(blanks))
            if column is None:
                continue
            blanks += column.blank
            groups += [scales + g for g in column.groups]
            scales += max(column.groups) + 1
            for parameter in members:
                self._parameters[parameter.name] = (parameter.domain, column)
        self._blank = np.array(blanks)
        self._known: dict[tuple[tuple[str, Value], ...], Floats] = {}
        self.groups = np.array(groups, dtype=np.int64)
        self.scales = scales
        """Number of length scales."""

    def rows(self, configs: Sequence[Config]) -> Floats:
        """Shape (configurations, width)."""
        return np.array([self._row(config) for config in configs]).reshape(len(configs), len(self._blank))

    def _row(self, config: Config) -> Floats:
        key = tuple(config.items())
        known = self._known.get(key)
        if known is not None:
            return known
        row = self._blank.copy()
        for name, value in config.items():
            found = self._parameters.get(name)
            if found is not None:
                numbers = found[1].encode(found[0], value)
                row[found[1].start : found[1].start + len(numbers)] = numbers
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key] = row
        return row


def _roles(space: SearchSpace, share: bool) -> list[list[Parameter]]:
    """The parameters, those together that can share their numbers."""
    roles: dict[tuple[str, str], list[list[Parameter]]] = {}
    found: list[list[Parameter]] = []
    for parameter in space.parameters.values():
        key = (parameter.name.rpartition(".")[2], _kind(parameter.domain))
        for members in roles.get(key, []) if share and parameter.when else []:
            if all(_apart(parameter, other) for other in members):
                members.append(parameter)
                break
        else:
            found.append([parameter])
            roles.setdefault(key, []).append(found[-1])
    return found


def _kind(domain: Domain) -> str:
    if isinstance(domain, Layers | PerLayer):
        return f"{domain.type}{domain.depth}"
    return "choice" if isinstance(domain, Choice | Bool) else "number"


def _apart(a: Parameter, b: Parameter) -> bool:
    """Whether no configuration has both: they ask for different values of a parent."""
    return any(not set(map(spell, a.when[p])) & set(map(spell, b.when[p])) for p in a.when.keys() & b.when.keys())


def _column(members: Sequence[Parameter], start: int) -> _Column | None:
    domain = members[0].domain
    if isinstance(domain, Layers):
        depth = domain.width
        blank = _placement([_INACTIVE] * depth)
        return _Column(start, tuple(blank), (*[0] * depth, 1, 2))
    if isinstance(domain, PerLayer):
        blank = _by_layer([_INACTIVE] * domain.width)
        return _Column(start, tuple(blank), (*[0] * domain.width, 1))
    if isinstance(domain, Choice | Bool):
        options = tuple(dict.fromkeys(spell(o) for p in members for o in _options(p.domain)))
        return _Column(start, (0.0,) * len(options), (0,) * len(options), options) if len(options) > 1 else None
    return _Column(start, (_INACTIVE,), (0,)) if any(p.domain.count > 1 for p in members) else None


def _options(domain: Domain) -> Sequence[Value]:
    return domain.options if isinstance(domain, Choice) else (False, True)


def _placement(bits: Sequence[float]) -> list[float]:
    """Bits scaled so that two subsets lie at the share of layers they differ in, squared; the size; the centre."""
    depth, size = len(bits), sum(bits)
    centre = sum(i * b for i, b in enumerate(bits)) / size / max(1, depth - 1) if size else _INACTIVE
    return [*(b / depth**0.5 for b in bits), size / depth, centre]


def _by_layer(values: Sequence[float]) -> list[float]:
    depth = len(values)
    return [*(v / depth**0.5 for v in values), sum(values) / depth]
