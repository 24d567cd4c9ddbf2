"""Which trials are not what they were: what is kept of ten thousand trials is brought up to date by these alone."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress
from operator import is_not

from autotune.history import History
from autotune.trial import Trial


class Changes:
    """The difference between a history and the one that was looked at before, whichever that was."""

    def __init__(self) -> None:
        self._trials: Mapping[int, Trial] = {}

    def since_last(self, history: History) -> dict[int, Trial | None]:
        """The trials that are new or changed, by number, in their order; None for those that are no more."""
        before, trials = self._trials, history.trials
        self._trials = trials
        if before is trials:
            return {}
        differ = map(is_not, trials.values(), map(before.get, trials))
        changed: dict[int, Trial | None] = {number: trials[number] for number in compress(trials, differ)}
        if len(before) + sum(n not in before for n in changed) > len(trials):
            changed |= dict.fromkeys(before.keys() - trials.keys())
        return changed
