"""The values that settings may take, whatever range a search draws them from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from autotune.errors import AutotuneError
from autotune.facts import ModelFacts
from autotune.space import Choice, Domain, Float, Int, Layers, PerLayer
from autotune.space.domain import spell
from autotune.trial import Value

SCHEDULES = ("linear", "cosine", "constant")
TRAINING_DEFAULTS: Mapping[str, Value] = {
    "lr": 1e-3,
    "batch_size": 16,
    "weight_decay": 0.01,
    "warmup": 0.06,
    "schedule": "linear",
}
"""Training settings that a configuration may name; the learning rate's default is the method's own."""


def checked_training(key: str, name: str, value: object) -> Value:
    """The value of a training setting, made canonical.

    Raises:
        AutotuneError: it cannot be trained with.
    """
    if name == "schedule":
        if value not in SCHEDULES:
            raise AutotuneError(f"{key}={spell(value)} is no schedule", f"write one of {', '.join(SCHEDULES)}")
        return str(value)
    if name == "batch_size":
        return _whole(key, value)
    number = _number(key, value)
    if name == "lr" and number <= 0:
        raise AutotuneError(
            f"{key}={spell(value)} is not above 0: nothing would be learnt", f"write for example {key}: 0.001"
        )
    if number < 0 or (name == "warmup" and number > 1):
        bounds = "from 0 to 1" if name == "warmup" else "of 0 or more"
        raise AutotuneError(
            f"{key}={spell(value)} is not a number {bounds}", f"write for example {key}: {TRAINING_DEFAULTS[name]}"
        )
    return number


def checked_setting(key: str, domain: Domain, value: object, facts: ModelFacts) -> Value:
    """The value of a method's setting, made canonical, on a model.

    Raises:
        AutotuneError: as ``checked_value``, or the model lacks a layer.
    """
    if isinstance(domain, PerLayer):
        bound = domain.bind(facts.layers)
        numbers = bound.coerce(value)
        if not isinstance(numbers, tuple) or len(numbers) != facts.layers or any(_not_a_size(n) for n in numbers):
            remedy = f"write {facts.layers} whole numbers of 0 or more, one for each layer, or one for all"
            raise AutotuneError(f"{key}={spell(value)} is not one number for each layer", remedy)
        return numbers
    return _layers(key, domain, value, facts) if isinstance(domain, Layers) else checked_value(key, domain, value)


def checked_value(key: str, domain: Domain, value: object) -> Value:
    """The value of a setting that is no layer subset, made canonical.

    A number may lie above the range that a search draws from, where it still makes sense: what a model cannot bear is
    for the method's own check.

    Raises:
        AutotuneError: the value has another type, is below the domain, or names what is not there.
    """
    coerced = domain.coerce(value)
    if isinstance(domain, Int):
        return _whole(key, coerced, domain.low)
    if isinstance(domain, Float):
        return _real(key, coerced, domain)
    problem = domain.validate(coerced)
    if problem:
        choices = f"write one of {', '.join(spell(o) for o in domain.options)}" if isinstance(domain, Choice) else None
        raise AutotuneError(f"{key}={spell(value)} {problem}", choices)
    return coerced  # type: ignore[no-any-return]


def _not_a_size(number: object) -> bool:
    return isinstance(number, bool) or not isinstance(number, int) or number < 0


def _whole(key: str, value: object, low: int = 1) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise AutotuneError(f"{key}={spell(value)} is not a whole number", f"write for example {key}: 8")
    if value < low:
        raise AutotuneError(f"{key}={value} is below {low}", f"write for example {key}: 8")
    return value


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise AutotuneError(f"{key}={spell(value)} is not a finite number", f"write for example {key}: 0.001")
    return float(value)


def _real(key: str, value: object, domain: Float) -> float:
    number = _number(key, value)
    if domain.log and number <= 0:
        raise AutotuneError(f"{key}={number:g} is not above 0", f"write for example {key}: {domain.default_value}")
    # A probability (of dropout) ends before 1; other linear ranges have no natural end above.
    if not domain.log and (number < domain.low or (domain.low == 0 and number >= 1)):
        remedy = f"write for example {key}: {domain.default_value}"
        raise AutotuneError(f"{key}={spell(value)} is not within [{domain.low:g}, 1)", remedy)
    return number


@cache
def _all_layers(depth: int) -> Layers:
    return Layers().bind(depth)


def _layers(key: str, domain: Layers, value: object, facts: ModelFacts) -> tuple[int, ...]:
    depth = facts.layers
    remedy = f"name layers of {facts.model} from 0 to {depth - 1}, or write all"
    numbers = _all_layers(depth).coerce(value)
    if isinstance(numbers, list):
        numbers = tuple(numbers)
    if not isinstance(numbers, tuple) or not all(isinstance(i, int) and not isinstance(i, bool) for i in numbers):
        raise AutotuneError(f"{key}={spell(value)} is not a set of layer numbers", remedy)
    if not numbers and domain.min:
        raise AutotuneError(
            f"{key} is empty: no layer would be adapted", f"{remedy}; for the head alone write method: head"
        )
    outside = [i for i in numbers if not 0 <= i < depth]
    if outside:
        raise AutotuneError(f"{key} names layer {outside[0]}, but {facts.model} has {depth} layers", remedy)
    return tuple(sorted(set(numbers)))
