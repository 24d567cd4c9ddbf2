"""Which parameters a configuration has: found once for each way that its parents can turn out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from autotune.space.parameter import Parameter
from autotune.trial import Config, Value

_REMEMBERED = 10_000
"""Ways that are kept: an integer can be a parent, too."""
Turn = tuple[str, type, Value]
"""The last parameter of a stretch, and its value where others ask for it."""


class Branches:
    """Cuts a walk through a space into stretches, each of which ends on a parameter that others depend on."""

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self._parameters = parameters
        self._places = {name: place for place, name in enumerate(parameters)}
        self._parents = {parent for parameter in parameters.values() for parent in parameter.when}
        self._known: dict[tuple[Turn, ...], Sequence[Parameter]] = {}

    def stretch(self, turns: tuple[Turn, ...], config: Config) -> Sequence[Parameter]:
        """The active parameters that come next, up to the next parent; none at the end.

        Args:
            turns: of the stretches so far.
            config: what they have settled.
        """
        found = self._known.get(turns)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[turns] = self._find(turns, config)
        return found

    def turn(self, last: Parameter, config: Config) -> Turn:
        """How a stretch ended."""
        value = config[last.name] if last.name in self._parents else 0
        return last.name, type(value), value

    def _find(self, turns: tuple[Turn, ...], config: Config) -> Sequence[Parameter]:
        start = self._places[turns[-1][0]] + 1 if turns else 0
        found = []
        for parameter in islice(self._parameters.values(), start, None):
            if parameter.active(config):
                found.append(parameter)
                if parameter.name in self._parents:
                    break
        return found
