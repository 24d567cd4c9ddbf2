"""How a crew stands: whether the workers that there is room for are ready, and for how long there has been none."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autotune.errors import AutotuneError
from autotune.executors.base import Told
from autotune.executors.ray_cluster import Need
from autotune.executors.ray_member import Member

PLACE_SECONDS = 20.0
"""The study begins without workers for which Ray has found no room by then; they join when it has."""
ROOM_SECONDS = 600.0
"""Without any worker for this long, the study ends with the command that resumes it."""
ALONE_SECONDS = 5.0
"""Without any worker for this long, the person is told."""


@dataclass(frozen=True)
class Gathered:
    """The workers that there is room for are ready."""


class Standing:
    """Says when the study may begin, and when it cannot go on."""

    def __init__(self, need: Need, count: int, places: int, send: Callable[[object], None]) -> None:
        """Begin to wait.

        Args:
            need: what Ray keeps for each worker.
            count: workers wished for.
            places: for how many the cluster has room; those are waited for.
            send: to the controller.
        """
        self.gathered = False
        """The study has begun."""
        self._need, self._count, self._expected, self._send = need, count, min(count, places), send
        self._seen = time.monotonic()
        self._said_alone = False

    def look(self, members: Sequence[Member]) -> None:
        """Tell the controller what it should know.

        Raises:
            AutotuneError: there has been no worker for too long.
        """
        if self.gathered:
            self._look_whether_alone(members)
        else:
            self._look_whether_gathered(members)

    def _look_whether_gathered(self, members: Sequence[Member]) -> None:
        ready = sum(m.ready for m in members)
        starting = any(m.placed and not m.ready for m in members)
        now = time.monotonic()
        waited = now - self._seen
        if ready >= self._expected or (ready and not starting and waited > PLACE_SECONDS):
            self.gathered, self._seen = True, now
            if missing := self._count - ready:
                has = "have" if missing > 1 else "has"
                self._send(Told(f"{missing} of {self._count} workers {has} no room in Ray yet and will join later"))
            self._send(Gathered())
        elif waited > ROOM_SECONDS and not any(m.placed for m in members):
            raise AutotuneError(self._no_room(), "see what holds it: ray status")

    def _look_whether_alone(self, members: Sequence[Member]) -> None:
        now = time.monotonic()
        if any(m.ready for m in members):
            self._seen, self._said_alone = now, False
        elif now - self._seen > ROOM_SECONDS:
            raise AutotuneError(self._no_room())
        elif now - self._seen > ALONE_SECONDS and not self._said_alone:
            self._said_alone = True
            self._send(Told(f"no worker is left; waiting for Ray to place one, which needs {self._need}"))

    def _no_room(self) -> str:
        return f"for {ROOM_SECONDS:.0f} s the Ray cluster had no room for a worker, which needs {self._need}"
