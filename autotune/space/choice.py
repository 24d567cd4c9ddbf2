"""One of a few things: ``Choice`` and ``Bool``."""

# ruff: noqa: D102 (Domain documents what the domains implement)

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np

from autotune.space.domain import DefinitionError, Domain, require_bool, same, spell
from autotune.trial import Value

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class Choice(Domain):
    """One of the options, which have no order: texts, numbers or truth values."""

    type: ClassVar[str] = "choice"
    required: ClassVar[tuple[str, ...]] = ("options",)
    options: Sequence[Value]
    default: Value | None = None
    """The first option when None."""

    def __post_init__(self) -> None:
        if isinstance(self.options, str) or not isinstance(self.options, Sequence):
            raise DefinitionError(
                f"options={spell(self.options)} is not a list", "write for example options: [a, b]", keys=("options",)
            )
        options = tuple(self.options)
        if not options:
            raise DefinitionError("options is empty", "give at least one option", keys=("options",))
        for i, option in enumerate(options):
            self._check_option(option, options[:i])
        object.__setattr__(self, "options", options)
        default = options[0] if self.default is None else self.coerce(self.default)
        problem = self.validate(default)
        if problem:
            raise DefinitionError(
                f"default={spell(default)} {problem}",
                "make the default one of the options",
                keys=("default", "options"),
            )
        object.__setattr__(self, "default", default)

    @staticmethod
    def _check_option(option: object, earlier: tuple[Value, ...]) -> None:
        if not isinstance(option, str | int | float) or option == "":
            raise DefinitionError(
                f"option {spell(option) or repr(option)} is neither a text, a number nor true or false",
                "write for example options: [a, b]",
                keys=("options",),
            )
        if isinstance(option, float) and not math.isfinite(option):
            raise DefinitionError(f"option {option} is not a finite number", "leave it out", keys=("options",))
        for other in earlier:
            if option == other:
                both = "stands there twice" if same(option, other) else f"cannot be told from {spell(other)}"
                raise DefinitionError(f"option {spell(option)} {both}", "leave one out", keys=("options",))

    @property
    def width(self) -> int:
        return len(self.options)

    @property
    def count(self) -> int:
        return len(self.options)

    @property
    def default_value(self) -> Value:
        return cast(Value, self.default)

    def sample(self, rng: np.random.Generator) -> Value:
        return self.options[int(rng.integers(len(self.options)))]

    def validate(self, value: object) -> str | None:
        if any(same(value, option) for option in self.options):
            return None
        return f"is not one of {', '.join(spell(o) for o in self.options)}"

    def coerce(self, value: object) -> object:
        for option in self.options:
            if same(value, option):
                return option
        for option in self.options:
            # Either may be the text: 16 for an option "16", "16" for an option 16.
            if (isinstance(value, str) or isinstance(option, str)) and spell(value) == spell(option):
                return option
        return self._by_number(value) if isinstance(value, str) else value

    def _by_number(self, text: str) -> object:
        try:
            number = float(text)
        except ValueError:
            return text
        numbers = [o for o in self.options if not isinstance(o, bool | str) and o == number]
        return numbers[0] if numbers else text

    def encode(self, value: Value) -> list[float]:
        return [float(same(value, option)) for option in self.options]

    def to_dict(self) -> dict[str, Any]:
        return {"type": self.type, "options": list(self.options), "default": self.default}

    def describe(self) -> str:
        return " | ".join(spell(o) for o in self.options)


@dataclass(frozen=True)
class Bool(Domain):
    """True or false."""

    type: ClassVar[str] = "bool"
    default: bool = False

    def __post_init__(self) -> None:
        default = self.coerce(self.default)
        require_bool("default", default)
        object.__setattr__(self, "default", default)

    @property
    def width(self) -> int:
        return 1

    @property
    def count(self) -> int:
        return 2

    @property
    def default_value(self) -> Value:
        return self.default

    def sample(self, rng: np.random.Generator) -> bool:
        return bool(rng.integers(2))

    def validate(self, value: object) -> str | None:
        return None if isinstance(value, bool) else "is neither true nor false"

    def coerce(self, value: object) -> object:
        if isinstance(value, str) and value.strip().lower() in (*_TRUE, *_FALSE):
            return value.strip().lower() in _TRUE
        return value

    def encode(self, value: Value) -> list[float]:
        return [float(cast(bool, value))]

    def to_dict(self) -> dict[str, Any]:
        return {"type": self.type, "default": self.default}

    def describe(self) -> str:
        return "true | false"
