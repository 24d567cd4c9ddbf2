"""How many different configurations a space holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from autotune.space.domain import same
from autotune.space.parameter import Parameter
from autotune.trial import Value


def count_configs(parameters: Mapping[str, Parameter]) -> int | float:
    """The number of different configurations; ``inf`` as soon as one parameter is continuous."""
    order = list(parameters.values())
    if any(p.domain.count == math.inf for p in order):
        return math.inf
    asked: dict[str, list[Value]] = {}
    last_asked: dict[str, int] = {}
    for i, parameter in enumerate(order):
        for parent, values in parameter.when.items():
            known = asked.setdefault(parent, [])
            known += [v for v in values if not any(same(v, k) for k in known)]
            last_asked[parent] = i

    @cache
    def rest(i: int, parents: tuple[tuple[str, Value], ...]) -> int:
        """Ways to fill the parameters from the i-th on, given those before it that are asked for later."""
        if i == len(order):
            return 1
        given = tuple((name, value) for name, value in parents if last_asked[name] >= i)
        name, count = order[i].name, int(order[i].domain.count)
        if not order[i].active(dict(given)):
            return rest(i + 1, given)
        branches = asked.get(name, [])
        # All values that nobody asks for lead to the same rest.
        others = count - len(branches)
        ways = others * rest(i + 1, given) if others else 0
        return ways + sum(rest(i + 1, (*given, (name, value))) for value in branches)

    return rest(0, ())
