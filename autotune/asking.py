"""What an ``Optimizer`` is given, checked and put into the engine's words."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from autotune.errors import AutotuneError
from autotune.objectives import Constraint, Objective
from autotune.trial import Config, Trial, config_to_json

if TYPE_CHECKING:
    from autotune.space import SearchSpace

Values = Mapping[str, float]
_TRIES = 1000
"""Random configurations that are looked at for one that may run."""


def told_by(
    known: Callable[[Config], Values],
    space: SearchSpace,
    pool: Sequence[Config] | None,
    refuse: Callable[[Config], str | None] | None,
) -> set[str]:
    """The names that ``known`` tells, of a configuration that may run: of others it need not know anything."""
    rng = np.random.default_rng(0)
    candidates: Iterable[Config] = pool or chain([space.default()], (space.sample(rng) for _ in range(_TRIES)))
    config = next((c for c in candidates if refuse is None or refuse(c) is None), None)
    return set() if config is None else set(known(config))


def checked_pool(pool: Sequence[Config], space: SearchSpace) -> tuple[Config, ...]:
    """The pool, once it is known to lie within the space."""
    if not pool:
        raise AutotuneError("the pool is empty", "give the configurations that can be evaluated, or no pool")
    for number, config in enumerate(pool):
        try:
            space.validate(config)
        except AutotuneError as error:
            raise AutotuneError(
                f"configuration {number} of the pool lies outside space {space.name!r}: {error.message}",
                "leave it out, or widen the space",
            ) from None
    return tuple(pool)


def checked_numbers(full: Any, lowest: Any, eta: Any, seed: Any, **limits: Any) -> None:
    """Refuse numbers that make no sense.

    Args:
        full: whole, 1 or more.
        lowest: whole, from 1 to ``full``.
        eta: whole, 2 or more.
        seed: whole, 0 or more.
        limits: each None or above 0; ``trials`` whole.
    """
    for name, value, least in (("full", full, 1), ("lowest", lowest, 1), ("eta", eta, 2), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise AutotuneError(f"{name}={value!r} is no whole number of {least} or more", f"give {name} such a number")
    if lowest > full:
        raise AutotuneError(f"lowest={lowest} and full={full} are no ladder", "give 1 <= lowest <= full")
    for name, value in limits.items():
        whole = name != "trials" or isinstance(value, int | np.integer)
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if value is not None and not (number and whole and 0 < value < math.inf):
            kind = "whole number" if name == "trials" else "number"
            raise AutotuneError(f"{name}={value!r} is no {kind} above 0", f"give such a number, or leave {name} out")


def checked_values(values: Any, wanted: Sequence[str], losses: Sequence[str] = ()) -> dict[str, float]:
    """What was told, as plain numbers.

    Args:
        values: by name.
        wanted: names.
        losses: names of which one is wanted, too, if there are any.

    Raises:
        AutotuneError: it is no mapping of numbers by name, or one that is wanted is missing.
    """
    try:
        plain = {str(name): float(value) for name, value in values.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise AutotuneError(f"told {values!r}: {error}", "tell numbers by name, or None for a failure") from None
    missing = next((name for name in wanted if name not in plain), None)
    if missing is not None:
        told = ", ".join(plain) or "nothing"
        raise AutotuneError(
            f"{missing!r} is missing: told {told}", "tell every objective that is learnt, and every bound"
        )
    if losses and not any(name in plain for name in losses):
        raise AutotuneError("losses=True, and no loss was told", f"tell {' or '.join(losses)}, or leave losses out")
    return plain


def check_own(trial: Trial, space: SearchSpace, objectives: Sequence[Objective], full: int) -> None:
    """Refuse a trial that an optimizer of other arguments has asked."""
    remedy = "take it up with the arguments of the optimizer that it came from"
    try:
        space.validate(trial.config)
    except AutotuneError as error:
        raise AutotuneError(f"the state is another optimizer's: {error.message}", remedy) from None
    learnt = [o.name for o in objectives if not o.known_before_training]
    untold = [name for point in trial.curve[-1:] for name in learnt if name not in point.metrics]
    if untold or trial.examples_seen > full:
        wrong = f"tells no {untold[0]!r}" if untold else f"was trained to {trial.examples_seen:,} of {full:,}"
        raise AutotuneError(f"the state is another optimizer's: trial {trial.number} {wrong}", remedy)


def odd(values: Values, wanted: Sequence[str]) -> str:
    """What is wrong with a training that told such values; empty if nothing is."""
    return ", ".join(f"it reported {n}={values[n]}" for n in wanted if n in values and not math.isfinite(values[n]))


def read_objectives(given: Sequence[Objective] | Mapping[str, str], told: set[str]) -> tuple[Objective, ...]:
    """The objectives; those that ``told`` names are known before training."""
    if not isinstance(given, Mapping):
        if not (isinstance(given, Iterable) and all(isinstance(o, Objective) for o in given)):
            raise AutotuneError(f"objectives are {given!r}", 'give for example {"accuracy": "maximize"}')
        found = tuple(given)
    else:
        found = tuple(Objective(name, direction, name in told) for name, direction in given.items())  # type: ignore[arg-type]
    if not found:
        raise AutotuneError("no objective was given", 'give for example {"accuracy": "maximize"}')
    twice = next((o.name for i, o in enumerate(found) if o.name in [f.name for f in found[:i]]), None)
    if twice is not None:
        raise AutotuneError(f"objective {twice!r} stands twice", "name each objective once")
    untold = [o.name for o in found if o.known_before_training and o.name not in told]
    if untold:
        raise AutotuneError(
            f"objective {untold[0]!r} is known before training, but `known` does not tell it",
            f"pass known=..., which gives {{{untold[0]!r}: ...}} for a configuration",
        )
    return found


def refusal(
    config: Config,
    refuse: Callable[[Config], str | None] | None,
    costs: Callable[[Config], Values],
    objectives: Sequence[Objective],
    bounds: Sequence[Constraint],
) -> str | None:
    """Why a configuration may not run: it is refused, what should be known is no number, or breaks a bound."""
    reason = (refuse(config) or None) if refuse is not None else None
    names = [o.name for o in objectives if o.known_before_training]
    if reason is not None or not (names or bounds):
        return reason
    known = costs(config)
    for name in names:
        if not math.isfinite(known.get(name, math.nan)):
            return f"{name} should be known of it, and is {known.get(name, 'not told')}"
    return next((f"breaks {bound}" for bound in bounds if not bound.holds(known)), None)


def identity(config: Config) -> str:
    """Equal for equal configurations."""
    return json.dumps(config_to_json(config), sort_keys=True)
