"""What a searcher may propose: nothing that is refused, nothing twice, what the user asked for first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from autotune.history import History
from autotune.strategies.base import Setting, Suggestion
from autotune.strategies.changes import Changes
from autotune.strategies.reachable import reachable
from autotune.trial import Config

TRIES = 200
"""Draws without an acceptable configuration after which one is looked for by steps."""


class Proposals:
    """The rules that every searcher keeps.

    Remembers the identities of the trials that it has seen.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._changes = Changes()
        self._identities: dict[int, tuple[Config, str]] = {}
        self._held: Counter[str] = Counter()

    def acceptable(self, history: History) -> Callable[[Config], bool]:
        """A test for configurations: not refused, and not the same training as any trial so far.

        It is good until the next is asked for.
        """
        setting, held = self._setting, self._held
        for number, trial in self._changes.since_last(history).items():
            config, identity = self._identities.get(number, (None, ""))
            if trial is not None and config is trial.config:
                continue
            if config is not None:
                held[identity] -= 1
                del self._identities[number]
            if trial is not None:
                identity = setting.identity(trial.config)
                self._identities[number] = (trial.config, identity)
                held[identity] += 1
        return lambda config: setting.refuse(config) is None and not held[setting.identity(config)]

    def enqueued(self, acceptable: Callable[[Config], bool]) -> Config | None:
        """The next of what is tried first: what the user asked for, then what led earlier searches."""
        setting = self._setting
        asked = next((config for config in setting.enqueued if acceptable(config)), None)
        if asked is not None or not setting.earlier:
            return asked
        pool = None if setting.pool is None else {setting.identity(config) for config in setting.pool}
        led = (config for search in setting.earlier for config in search.first)
        return next((c for c in led if acceptable(c) and (pool is None or setting.identity(c) in pool)), None)

    def first(self, acceptable: Callable[[Config], bool]) -> Suggestion | None:
        """The next of what is tried first, as a searcher suggests it."""
        config = self.enqueued(acceptable)
        return None if config is None else Suggestion(config, "one to begin with")

    def random(
        self, acceptable: Callable[[Config], bool], rng: np.random.Generator, reason: str = "at random"
    ) -> Suggestion | None:
        """A draw as a searcher suggests it; None where none is to be found."""
        config = self.draw(acceptable, rng)
        return None if config is None else Suggestion(config, reason)

    def nearest(self, config: Config, acceptable: Callable[[Config], bool]) -> Config | None:
        """The acceptable configuration of the pool that is most like the one given; None where none is left."""
        found = [c for c in self._setting.pool or () if acceptable(c)]
        if not found:
            return None
        space = self._setting.space
        distances = ((space.encode(found) - space.encode([config])) ** 2).sum(axis=1)
        return found[int(distances.argmin())]

    def draw(self, acceptable: Callable[[Config], bool], rng: np.random.Generator) -> Config | None:
        """A random acceptable configuration, of the pool where there is one; None where none is to be found.

        After ``TRIES`` draws in vain it is walked to (``strategies/reachable.py``).
        """
        pool = self._setting.pool
        if pool is not None:
            found = [config for config in pool if acceptable(config)]
            return found[int(rng.integers(len(found)))] if found else None
        for _ in range(TRIES):
            config: Config = self._setting.space.sample(rng)
            if acceptable(config):
                return config
        return reachable(self._setting, acceptable, rng)
