"""Reading what a benchmark says of itself; every mistake in it becomes an error with a remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from autotune.bench.problem import Benchmark, Values
from autotune.errors import AutotuneError
from autotune.objectives import Objective
from autotune.space import SearchSpace
from autotune.trial import Config, config_to_json

Answer = TypeVar("Answer")
SEE = "see docs/benchmarking.md"


def read_space(benchmark: Benchmark, name: str) -> SearchSpace:
    """The space, bound to the number of layers that the benchmark tells.

    Raises:
        AutotuneError: it cannot be read, or speaks of layers without their number.
    """
    given = benchmark.space
    space = given if isinstance(given, SearchSpace) else SearchSpace.load(given)
    layers = getattr(benchmark, "layers", None)
    if layers is not None:
        space = space.bind(layers)
    if any(p.domain.by_layer and getattr(p.domain, "depth", None) is None for p in space.parameters.values()):
        raise AutotuneError(
            f"benchmark {name}: its space speaks of layers but not of how many there are",
            "give the benchmark an attribute layers, or each such parameter a depth",
        )
    return space


def read_pool(pool: Sequence[Config], space: SearchSpace, name: str) -> tuple[Config, ...]:
    """The configurations that there are.

    Raises:
        AutotuneError: there are none, or one is not of the space.
    """
    found = tuple(pool)
    if not found:
        raise AutotuneError(f"benchmark {name}: its pool is empty", "leave pool out where any configuration can run")
    for number, config in enumerate(found):
        try:
            space.validate(config)
        except AutotuneError as error:
            raise AutotuneError(f"benchmark {name}, pool[{number}]: {error.message}", error.remedy) from None
    return found


def known_names(
    known: Callable[[Config], Values] | None, space: SearchSpace, pool: Sequence[Config] | None, name: str
) -> set[str]:
    """What ``known`` tells, by one configuration; a few are tried, as one may be such that cannot run.

    Raises:
        AutotuneError: it fails for every one.
    """
    if known is None:
        return set()
    draws = (space.sample(np.random.default_rng(seed)) for seed in range(20))
    for config in (space.default(), *draws) if pool is None else pool[:20]:
        try:
            return set(known(config))
        except Exception as error:  # a benchmark is anyone's code
            problem = error
    raise AutotuneError(f"benchmark {name}: known(config) fails: {problem!r}", SEE) from problem


def guarded(call: Callable[[Config], Answer], what: str, remedy: str = SEE) -> Callable[[Config], Answer]:
    """The same, with the benchmark's name in what it may raise: a benchmark is anyone's code."""

    def called(config: Config) -> Answer:
        try:
            return call(config)
        except AutotuneError:
            raise
        except Exception as error:
            raise AutotuneError(f"{what} failed for {config_to_json(config)}: {error!r}", remedy) from error

    return called


def whole(value: Any, key: str, name: str) -> int:
    """A whole number of whatever kind.

    Raises:
        AutotuneError: it is none.
    """
    if isinstance(value, bool | str) or value is None or int(value) != value:
        raise AutotuneError(f"benchmark {name}: {key}={value!r} is no whole number", "count in steps or examples")
    return int(value)


def read_objectives(
    given: Sequence[Objective] | Mapping[str, str], known: set[str], name: str
) -> tuple[Objective, ...]:
    """The objectives; known before training are exactly those that ``known`` tells.

    Raises:
        AutotuneError: there are none, or one is neither maximised nor minimised.
    """
    if isinstance(given, Mapping):
        for key, direction in given.items():
            if direction not in ("maximize", "minimize"):
                raise AutotuneError(
                    f"benchmark {name}: objective {key!r} is to {direction!r}", "write maximize or minimize"
                )
        found = [Objective(key, direction) for key, direction in given.items()]  # type: ignore[arg-type]
    else:
        found = list(given)
    wrong = [o for o in found if not isinstance(o, Objective)]
    if wrong or not found:
        raise AutotuneError(
            f"benchmark {name}: objectives are {given!r}", 'give for example {"accuracy": "maximize"}; ' + SEE
        )
    return tuple(replace(o, known_before_training=o.name in known) for o in found)
