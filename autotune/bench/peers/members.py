"""The members of a pool by nearness."""

from __future__ import annotations

from functools import cached_property

from autotune.bench.prepared import Prepared, identity
from autotune.pareto import Floats
from autotune.trial import Config


class Members:
    """A benchmark's pool for tools that propose what is not in it; each member is given once."""

    def __init__(self, problem: Prepared) -> None:
        self._problem = problem
        refuse = problem.refuse
        self._left = {identity(c): i for i, c in enumerate(problem.pool or ()) if refuse is None or refuse(c) is None}

    def take(self, config: Config) -> Config | None:
        """The member most like a configuration, in the encoding of the space, that was not taken yet; None without."""
        left = list(self._left.values())
        if not left or self._problem.pool is None:
            return None
        distances = ((self._encoded[left] - self._problem.space.encode([config])) ** 2).sum(axis=1)
        member = self._problem.pool[left[int(distances.argmin())]]
        del self._left[identity(member)]
        return member

    @cached_property
    def _encoded(self) -> Floats:
        return self._problem.space.encode(self._problem.pool or ())
