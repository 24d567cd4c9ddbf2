"""What decisions need and is slow to make, prepared from a somewhat earlier history."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from autotune.aside import Aside, Work
from autotune.history import History

T = TypeVar("T")


class Ahead(Generic[T]):
    """Makes it once for each mark of a history, aside.

    What it gives is a function of the history, whether it was ready in time or had to be waited for, so a resumed study
    decides as the uninterrupted one.
    """

    def __init__(self, make: Callable[[History], T], aside: Aside) -> None:
        """Prepare.

        Args:
            make: of a history, and of nothing else. Never called twice at the same time.
            aside: where it is called.
        """
        self._make, self._aside = make, aside
        self._turn = Lock()
        self._wanted: list[History] = []
        self._asked: list[tuple[History, Work]] = []

    def begin(self, history: History) -> None:
        """Have made what later decisions will need."""
        self._wanted = [past for past in (history.prepared, history.preparing) if past is not None]
        self._asked = [self._find(past) for past in self._wanted]

    def of(self, history: History) -> T | None:
        """What was made of the history's last but one mark; None where decisions are made on the spot.

        Raises:
            Exception: what ``make`` raised.
        """
        self.begin(history)
        found: T | None = None if history.prepared is None else self._asked[0][1]()
        return found

    def _find(self, past: History) -> tuple[History, Work]:
        for asked in self._asked:
            if asked[0] is past:
                return asked
        return past, self._aside(lambda: self._one_by_one(past))

    def _one_by_one(self, past: History) -> T:
        with self._turn:
            if not any(past is wanted for wanted in self._wanted):
                raise LookupError("results came faster than they could be thought about: nobody asks for this any more")
            return self._make(past)
