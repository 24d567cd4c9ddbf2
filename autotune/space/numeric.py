"""Numbers: ``Float`` and ``Int``, on a plain or a logarithmic scale."""

# ruff: noqa: D102 (Domain documents what the domains implement)

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np

from autotune.space.domain import DefinitionError, Domain, require_bool, spell
from autotune.trial import Value

LARGEST_INT = 2**53
"""Whole numbers beyond this are not exact as floats."""


def read_number(value: object) -> object:
    """The number that a text spells, an int where it is whole and written so; anything else as it is."""
    if not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


class _Number(Domain):
    """What both have in common; ``low``, ``high``, ``log`` and ``default`` are fields of the subclasses."""

    required: ClassVar[tuple[str, ...]] = ("low", "high")
    optional: ClassVar[tuple[str, ...]] = ("log", "default")
    low: Any
    high: Any
    log: bool
    default: Any

    def __post_init__(self) -> None:
        for key in ("low", "high"):
            value = self.coerce(getattr(self, key))
            problem = self._type_problem(value)
            if problem:
                raise DefinitionError(f"{key}={spell(value)} {problem}", f"write for example {key}: 1", keys=(key,))
            object.__setattr__(self, key, value)
        require_bool("log", self.log)
        if self.low > self.high:
            raise DefinitionError(f"low={self.low} is above high={self.high}", "exchange the two", keys=("low", "high"))
        if self.log and self.low <= 0:
            raise DefinitionError(
                f"low={self.low} has no logarithm", "give a low above 0, or leave out log: true", keys=("low", "log")
            )
        if not math.isfinite(self.high - self.low):
            message = f"low={self.low} and high={self.high} are too far apart"
            raise DefinitionError(message, "give a range that a float can hold", keys=("low", "high"))
        default = self._middle() if self.default is None else self.coerce(self.default)
        problem = self.validate(default)
        if problem:
            remedy = f"give a default from {self.low} to {self.high}"
            raise DefinitionError(f"default={spell(default)} {problem}", remedy, keys=("default", "low", "high"))
        object.__setattr__(self, "default", default)

    @abstractmethod
    def _type_problem(self, value: object) -> str | None:
        """Why the value is no number of this domain's kind."""

    @abstractmethod
    def _middle(self) -> float | int:
        """The default where none is given: the middle of the scale, three digits of it."""

    @property
    def width(self) -> int:
        return 1

    @property
    def default_value(self) -> Value:
        return cast(Value, self.default)

    def validate(self, value: object) -> str | None:
        problem = self._type_problem(value)
        if problem:
            return problem
        number = cast(float, value)
        if number < self.low:
            return f"is below {self.low}"
        return f"is above {self.high}" if number > self.high else None

    def encode(self, value: Value) -> list[float]:
        low, high, x = (math.log(v) if self.log else v for v in (self.low, self.high, cast(float, value)))
        return [min(1.0, max(0.0, (x - low) / (high - low)))] if high > low else [0.0]

    def to_dict(self) -> dict[str, Any]:
        return {"type": self.type, "low": self.low, "high": self.high, "log": self.log, "default": self.default}

    def describe(self) -> str:
        return f"{self.type} {self.low:g} to {self.high:g}{', log scale' if self.log else ''}"

    def _centre(self) -> float:
        middle = math.sqrt(self.low) * math.sqrt(self.high) if self.log else self.low + (self.high - self.low) / 2
        return float(min(self.high, max(self.low, float(f"{middle:.3g}"))))


@dataclass(frozen=True)
class Float(_Number):
    """A real number within [low, high]."""

    type: ClassVar[str] = "float"
    can_be_parent: ClassVar[bool] = False
    low: float
    high: float
    log: bool = False
    """Whether sampling and encoding are uniform in the logarithm."""
    default: float | None = None
    """The middle of the scale when None."""

    @property
    def count(self) -> int | float:
        return 1 if self.low == self.high else math.inf

    def sample(self, rng: np.random.Generator) -> float:
        if self.log:
            x = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        else:
            x = float(rng.uniform(self.low, self.high))
        return min(self.high, max(self.low, x))

    def coerce(self, value: object) -> object:
        value = read_number(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INT:
            return float(value)
        return value

    def _type_problem(self, value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "is not a number"
        return None if math.isfinite(value) else "is not a finite number"

    def _middle(self) -> float:
        return self._centre()


@dataclass(frozen=True)
class Int(_Number):
    """A whole number from low to high, both included."""

    type: ClassVar[str] = "int"
    low: int
    high: int
    log: bool = False
    """Whether sampling and encoding are uniform in the logarithm."""
    default: int | None = None
    """The middle of the scale when None."""

    @property
    def count(self) -> int | float:
        return self.high - self.low + 1

    def sample(self, rng: np.random.Generator) -> int:
        if not self.log:
            return int(rng.integers(self.low, self.high, endpoint=True))
        # Half a step beyond both ends, so that the first and the last number get their full share.
        x = round(math.exp(rng.uniform(math.log(self.low - 0.5), math.log(self.high + 0.5))))
        return min(self.high, max(self.low, x))

    def coerce(self, value: object) -> object:
        value = read_number(value)
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def _type_problem(self, value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "is not a whole number"
        return None if abs(value) <= LARGEST_INT else f"is beyond {LARGEST_INT}"

    def _middle(self) -> int:
        return min(self.high, max(self.low, round(self._centre())))
