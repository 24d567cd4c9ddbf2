"""Candidates: where the acquisition is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from autotune.pareto import Floats
from autotune.strategies.base import Setting
from autotune.strategies.neighbours import neighbour
from autotune.strategies.rungs import feasible_first
from autotune.trial import Config

Value = Callable[[Sequence[Config]], Floats]
RANDOM, NEAR, KEPT, ROUNDS, STEPS = 200, 200, 8, 4, 12
"""Random candidates; neighbours of the best trials; candidates that are improved further, in rounds, by steps each."""


@dataclass(frozen=True)
class Proposed:
    """A candidate that the search came by."""

    config: Config
    value: float


def propose(
    setting: Setting,
    acceptable: Callable[[Config], bool],
    leaders: Sequence[Config],
    value: Value,
    rng: np.random.Generator,
) -> list[Proposed]:
    """Configurations that local search finds, the best first, then those that it began with; of a pool all, best first.

    Args:
        setting: of the study.
        acceptable: whether a configuration may be proposed.
        leaders: the best trials' configurations, best first.
        value: the acquisition of several configurations at once.
        rng: for every draw.
    """
    if setting.pool is not None:
        found = [c for c in setting.pool if acceptable(c)]
        return _ranked(found, value(found)) if found else []
    space = setting.space
    candidates = _Candidates(setting, acceptable)
    for _ in range(RANDOM):
        candidates.add(space.sample(rng))
    for i in range(NEAR if leaders else 0):
        # The best leaders most often; from small steps to large ones.
        leader = leaders[int(len(leaders) * rng.random() ** 2)]
        reach = float(np.exp(rng.uniform(np.log(0.02), np.log(0.4))))
        candidates.add(neighbour(space, leader, rng, reach, 1 + i % 3))
    if not candidates.fresh:
        return []
    configs = candidates.take()
    values = value(configs)
    begun = _ranked(configs, values)
    for round_ in range(ROUNDS):
        best_first = np.argsort(-values, kind="stable")[:KEPT]
        configs, values = [configs[i] for i in best_first], values[best_first]
        for config in configs:
            for i in range(STEPS):
                candidates.add(neighbour(space, config, rng, 0.15 * 0.5**round_, 1 + (i % 4 == 3)))
        fresh = candidates.take()
        if fresh:
            configs, values = configs + fresh, np.concatenate((values, value(fresh)))
    ended = {id(config) for config in configs}
    return _ranked(configs, values) + [other for other in begun if id(other.config) not in ended]


def _ranked(configs: Sequence[Config], values: Floats) -> list[Proposed]:
    return [Proposed(configs[i], float(values[i])) for i in np.argsort(-values, kind="stable").tolist()]


class _Candidates:
    """Acceptable configurations, none twice."""

    def __init__(self, setting: Setting, acceptable: Callable[[Config], bool]) -> None:
        self._seen: set[str] = set()
        self._identity, self._acceptable = setting.identity, acceptable
        self.fresh: list[Config] = []

    def add(self, config: Config) -> None:
        identity = repr(config)
        if identity not in self._seen:
            self._seen.add(identity)
            if self._acceptable(config):
                self.fresh.append(config)

    def take(self) -> list[Config]:
        taken, self.fresh = self.fresh, []
        return taken


def leaders(configs: Sequence[Config], values: Floats, excess: Floats, most: int = 12) -> list[Config]:
    """The configurations whose expected objectives are best, by fronts; after them those nearest to holding all bounds.

    Args:
        configs: n of them.
        values: expected objectives, minimised, (n, m).
        excess: by how much each breaks bounds, (n,); 0 if it breaks none.
        most: to return.
    """
    return [configs[i] for i in feasible_first(values, excess, most)[:most].tolist()]
