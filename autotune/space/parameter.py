"""A parameter of a search space: a name, a domain and when it is active."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autotune.space.domain import Domain, same, spell
from autotune.trial import Config, Value


@dataclass(frozen=True)
class Parameter:
    """One dimension of a search space."""

    name: str
    """``<method>.<setting>``, or plain for what every method shares."""
    domain: Domain
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Parent → the values with which it is active; all parents must agree."""

    def __post_init__(self) -> None:
        when = {k: tuple(v) if isinstance(v, list | tuple) else (v,) for k, v in self.when.items()}
        object.__setattr__(self, "when", when)

    def active(self, config: Config) -> bool:
        """Whether it is part of a configuration, given that all parameters before it have their values there."""
        for parent, values in self.when.items():  # plain loops: a search asks this millions of times
            if parent not in config:
                return False
            given = config[parent]
            for value in values:
                if given is value or same(given, value):
                    break
            else:
                return False
        return True

    @property
    def condition(self) -> str:
        """``when`` in words, such as ``method=lora, lora.targets=qv|all``; empty if always active."""
        return ", ".join(f"{parent}={'|'.join(spell(v) for v in values)}" for parent, values in self.when.items())

    def to_dict(self) -> dict[str, Any]:
        """The parameter as JSON-able data, as a file says it."""
        data = self.domain.to_dict()
        if self.when:
            data["when"] = {k: v[0] if len(v) == 1 else list(v) for k, v in self.when.items()}
        return data
