"""What a decision asks about all trials of a history, kept from event to event: nobody looks through ten thousand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autotune.trial import Trial, TrialKind


@dataclass(frozen=True)
class Digest:
    """Of the trials of one history."""

    trials: Mapping[int, Trial]
    """Whose digest it is."""
    running: tuple[int, ...] = ()
    """Those with a segment under way, ascending."""
    cut_short: tuple[int, ...] = ()
    """Those that have to run again what was cut short with its controller, ascending."""
    others: tuple[int, ...] = ()
    """Those that are not of the search, ascending."""
    _log: list[int] | None = None
    """The trial of every event that changed one: shared with the histories that this one grew from, and grows on with
    the first that grows from it."""
    _length: int = 0

    @classmethod
    def of(cls, trials: Mapping[int, Trial]) -> Digest:
        """By looking at each of them; linear."""
        return cls(
            trials,
            tuple(sorted(n for n, t in trials.items() if t.target is not None)),
            tuple(sorted(n for n, t in trials.items() if t.again is not None)),
            tuple(sorted(n for n, t in trials.items() if t.kind is not TrialKind.SEARCH)),
            [],
        )

    def after(self, trials: Mapping[int, Trial], trial: Trial) -> Digest:
        """Once a trial was added or changed.

        Args:
            trials: with it.
            trial: as it is now; its kind never changes.
        """
        log = self._log
        if log is None or len(log) != self._length:  # another history has already grown from this one
            log = (log or [])[: self._length]
        log.append(trial.number)
        return Digest(
            trials,
            _with(self.running, trial.number, trial.target is not None),
            _with(self.cut_short, trial.number, trial.again is not None),
            _with(self.others, trial.number, trial.kind is not TrialKind.SEARCH),
            log,
            self._length + 1,
        )

    def since(self, earlier: Digest) -> set[int] | None:
        """The trials that changed since an earlier digest, unless this one did not grow from it: then None."""
        if self._log is None or self._log is not earlier._log or self._length < earlier._length:
            return None
        return set(self._log[earlier._length : self._length])


def _with(numbers: tuple[int, ...], number: int, belongs: bool) -> tuple[int, ...]:
    if belongs == (number in numbers):
        return numbers
    return tuple(sorted((*numbers, number))) if belongs else tuple(n for n in numbers if n != number)
