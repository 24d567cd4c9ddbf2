"""Which trials are not what they were: what is kept of ten thousand trials is brought up to date by these alone."""

from __future__ import annotations

from autotune.digest import Digest
from autotune.history import History
from autotune.trial import Trial


class Changes:
    """The difference between a history and the one that was looked at before, whichever that was."""

    def __init__(self) -> None:
        self._before = Digest({})

    def since_last(self, history: History) -> dict[int, Trial | None]:
        """The trials that are new or changed, by number, in their order; None for those that are no more."""
        before, self._before = self._before, history.digest
        trials = history.trials
        if (changed := self._before.since(before)) is not None:
            return {number: trials[number] for number in sorted(changed)}
        found: dict[int, Trial | None] = {n: t for n, t in trials.items() if before.trials.get(n) is not t}
        return found | dict.fromkeys(before.trials.keys() - trials.keys())
