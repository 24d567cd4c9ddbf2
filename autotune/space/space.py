"""The search space: what a configuration may be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from autotune.errors import AutotuneError
from autotune.near import did_you_mean
from autotune.space.branches import Branches, Turn
from autotune.space.conditions import check
from autotune.space.counting import count_configs
from autotune.space.definition import Places, read_header, read_parameters
from autotune.space.domain import DefinitionError, spell
from autotune.space.overrides import override, read_overrides
from autotune.space.parameter import Parameter
from autotune.space.shipped import find_space
from autotune.space.yaml_text import read_file
from autotune.trial import Config, Value

INACTIVE = 0.5
"""What ``encode`` puts for an inactive parameter."""


@dataclass(frozen=True)
class SearchSpace:
    """Parameters in their order, parents before what depends on them. Immutable.

    Raises:
        DefinitionError: a condition makes no sense.
    """

    name: str
    parameters: Mapping[str, Parameter]
    description: str = ""
    source: str = field(default="", compare=False)
    """What ``autotune spaces show`` takes to show it; the name when empty."""

    _branches: Branches = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check(self.parameters)
        object.__setattr__(self, "_branches", Branches(self.parameters))

    @classmethod
    def load(
        cls, name_or_path: str | Path | Mapping[str, Any], overrides: Mapping[str, Any] | None = None
    ) -> SearchSpace:
        """The shipped space of that name, or the one in a YAML file.

        Args:
            name_or_path: ``quick``, ``my.yaml``; or the definition itself, as ``from_dict`` takes it.
            overrides: changes such as ``{"lora.rank.high": 16, "lora.targets.options": ["qv", "all"]}``, or
                ``{"lora.dropout": 0}`` to fix a parameter; see ``autotune.space.overrides``.

        Raises:
            AutotuneError: no such file, or a mistake in it; with file, line and remedy.
        """
        if isinstance(name_or_path, Mapping):
            return cls.from_dict(name_or_path, overrides=overrides)
        path = find_space(name_or_path)
        data, lines = read_file(path)
        shown = str(name_or_path)
        places = Places(f"{shown}.yaml" if shown == path.stem else shown, lines)
        return cls._read(data, places, overrides or {}, shown, path.stem)

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], source: str = "", overrides: Mapping[str, Any] | None = None
    ) -> SearchSpace:
        """The space that a mapping describes, in the form of a YAML file.

        Args:
            data: with ``name``, ``description`` and ``parameters``.
            source: what messages call the definition, such as the study file that holds it.
            overrides: as in ``load``.

        Raises:
            AutotuneError: a mistake in it; with source and remedy.
        """
        name = data.get("name", "space") if isinstance(data, Mapping) else "space"
        return cls._read(data, Places(source or f"space {name!r}"), overrides or {}, "", "space")

    @classmethod
    def _read(
        cls, data: Any, places: Places, overrides: Mapping[str, Any], source: str, fallback_name: str
    ) -> SearchSpace:
        name, description, raw = read_header(data, places, fallback_name)
        parameters = read_parameters(raw, places)
        try:
            space = cls(name, parameters, description, source)
        except DefinitionError as error:
            raise places.blame(error, error.parameter) from None
        if not overrides:
            return space
        changes = read_overrides(parameters, overrides, name)
        return replace(space, parameters=override(raw, changes, places, name))

    def to_dict(self) -> dict[str, Any]:
        """The space as JSON-able data that ``from_dict`` reads back; the order of the parameters matters."""
        parameters = {name: parameter.to_dict() for name, parameter in self.parameters.items()}
        return {"name": self.name, "description": self.description, "parameters": parameters}

    @property
    def digest(self) -> str:
        """SHA-256 of the parameters in their order, in hexadecimal. Name and description do not count."""
        parameters = [[name, parameter.to_dict()] for name, parameter in self.parameters.items()]
        return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()

    def bind(self, layers: int) -> SearchSpace:
        """The same space for a model with that many layers.

        Raises:
            AutotuneError: a layer subset does not fit the model.
        """
        bound = dict(self.parameters)
        for name, parameter in bound.items():
            if parameter.domain.by_layer:
                try:
                    bound[name] = replace(parameter, domain=parameter.domain.bind(layers))
                except DefinitionError as error:
                    message = f"parameter {name!r} of space {self.name!r}: {error.message}"
                    raise AutotuneError(message, error.remedy) from None
        return replace(self, parameters=bound)

    @property
    def conditional(self) -> bool:
        """Whether configurations differ in which parameters they have."""
        return any(parameter.when for parameter in self.parameters.values())

    def size(self) -> int | float:
        """Number of different configurations; ``inf`` if a parameter is continuous. Needs a bound space."""
        return count_configs(self.parameters)

    def walk(self, choose: Callable[[Parameter], Value]) -> dict[str, Value]:
        """A configuration, parameter by parameter in their order.

        Args:
            choose: asked for the value of each active parameter; those before it are settled by then.

        Raises:
            AutotuneError: it chose a value that the parameter cannot have.
        """
        config: dict[str, Value] = {}
        turns: tuple[Turn, ...] = ()
        while stretch := self._branches.stretch(turns, config):
            for parameter in stretch:
                value = choose(parameter)
                self._check_value(parameter, value)
                config[parameter.name] = value
            turns = (*turns, self._branches.turn(stretch[-1], config))
        return config

    def sample(self, rng: np.random.Generator) -> dict[str, Value]:
        """A random configuration: each active parameter drawn from its domain."""
        return self.walk(lambda parameter: parameter.domain.sample(rng))

    def default(self) -> dict[str, Value]:
        """The configuration of defaults."""
        return self.walk(lambda parameter: parameter.domain.default_value)

    def complete(self, partial: Mapping[str, Any]) -> dict[str, Value]:
        """A configuration from a part of one: the rest takes its defaults, and texts become what they spell.

        Args:
            partial: such as ``{"lora.rank": "8", "lora.layers": "top3", "lora.lr": "1e-3"}``.

        Raises:
            AutotuneError: an unknown or inactive parameter, or a value out of range.
        """
        self._check_names(partial)

        def choose(parameter: Parameter) -> Value:
            domain = parameter.domain
            if parameter.name not in partial:
                return domain.default_value
            value: Value = domain.coerce(partial[parameter.name])
            return value

        config = self.walk(choose)
        for name, value in partial.items():
            if name not in config:
                raise self._inactive(name, value, config)
        return config

    def validate(self, config: Config) -> None:
        """Refuse what is no configuration of this space.

        Raises:
            AutotuneError: with the first problem: an unknown parameter, one missing though active, one given though
                inactive, a value out of range.
        """
        self._check_names(config)
        for name, parameter in self.parameters.items():
            if not parameter.active(config):
                if name in config:
                    raise self._inactive(name, config[name], config)
            elif name not in config:
                why = f" with {parameter.condition}" if parameter.when else ""
                remedy = (
                    f"add it, or fill in the defaults; its default is {spell(parameter.domain.to_dict()['default'])}"
                )
                raise AutotuneError(f"{name} is missing from a configuration of space {self.name!r}{why}", remedy)
            else:
                self._check_value(parameter, config[name])

    @property
    def width(self) -> int:
        """Columns of ``encode``. Needs a bound space."""
        return sum(parameter.domain.width for parameter in self.parameters.values())

    def encode(self, configs: Sequence[Config]) -> np.ndarray:
        """Configurations as numbers for a model.

        Numbers are scaled to [0, 1] by their range, in the logarithm where the domain says so; a choice takes a column
        for each option, a layer subset one for each layer; an inactive parameter is 0.5 throughout. Needs a bound
        space.

        Returns:
            Shape (configurations, ``width``), float64.

        Raises:
            AutotuneError: one is not of this space.
        """
        rows = np.full((len(configs), self.width), INACTIVE)
        for row, config in zip(rows, configs, strict=True):
            self.validate(config)
            at = 0
            for name, parameter in self.parameters.items():
                end = at + parameter.domain.width
                if name in config:
                    row[at:end] = parameter.domain.encode(config[name])
                at = end
        return rows

    def _see(self) -> str:
        return f"see: autotune spaces show {self.source or self.name}"

    def _check_names(self, config: Mapping[str, Any]) -> None:
        if not isinstance(config, Mapping):
            raise AutotuneError(f"{spell(config)!r} is not a configuration", "write name: value pairs")
        for name in config:
            if name not in self.parameters:
                hint = did_you_mean(str(name), self.parameters, "parameters")
                raise AutotuneError(f"{name!r} is no parameter of space {self.name!r}", f"{hint} {self._see()}")

    def _check_value(self, parameter: Parameter, value: object) -> None:
        problem = parameter.domain.validate(value)
        if problem:
            raise AutotuneError(f"{parameter.name}={spell(value)} {problem} in space {self.name!r}", self._see())

    def _inactive(self, name: str, value: object, config: Config) -> AutotuneError:
        parameter = self.parameters[name]
        parent = next(p for p in parameter.when if not replace(parameter, when={p: parameter.when[p]}).active(config))
        found = f"{parent}={spell(config[parent])}" if parent in config else f"{parent} is inactive itself"
        return AutotuneError(
            f"{name}={spell(value)} is given, but it is active only with {parameter.condition}; here {found}",
            f"leave {name} out, or change {parent}",
        )
