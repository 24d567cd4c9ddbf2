"""Waiting for a store that is locked or out of reach, while the workers go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from autotune.controller.progress import Progress
from autotune.history import Event
from autotune.store import Store, StoreAwayError

T = TypeVar("T")
PATIENCE_SECONDS = 900.0
"""A store that stays away for longer ends the controller; the study can be resumed."""
_FIRST, _LONGEST = 0.2, 5.0
"""Seconds between two tries."""


class Patient:
    """Does things with a study's store, again and again where it is away for a while."""

    def __init__(self, store: Store, study_id: int, progress: Progress) -> None:
        self._store, self._study_id, self._progress = store, study_id, progress

    def __call__(self, act: Callable[[], T]) -> T:
        """Do it, for as long as the store's absence can be waited out.

        Args:
            act: something that may be done twice.

        Raises:
            StoreAwayError: the store has been away for ``PATIENCE_SECONDS``.
        """
        began, pause = time.monotonic(), _FIRST
        while True:
            try:
                done = act()
            except StoreAwayError as error:
                if time.monotonic() - began > PATIENCE_SECONDS:
                    raise
                if pause == _FIRST:
                    told = f"{error.message}; waiting for it for up to {PATIENCE_SECONDS / 60:.0f} min"
                    self._progress.note(f"{told}, what runs goes on")
                time.sleep(pause)
                pause = min(_LONGEST, 2 * pause)
                continue
            if pause > _FIRST:
                self._progress.note("the store is back")
            return done

    def append(self, event: Event, checkpoint: bytes | None, revision: int) -> bool:
        """Record an event once, even where the store went away before it could say that it had.

        Args:
            event: that follows.
            checkpoint: of a result.
            revision: of the history that it follows.

        Returns:
            As ``Store.append``.
        """
        tried = False

        def once() -> bool:
            nonlocal tried
            if tried and self._store.revision(self._study_id) > revision:
                return True
            tried = True
            return self._store.append(self._study_id, event, checkpoint=checkpoint)

        return self(once)
