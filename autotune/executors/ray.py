"""Segments on the nodes of a Ray cluster, or on this machine under Ray: the controller's side."""

from __future__ import annotations

import importlib.util
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autotune.aside import Work, in_a_thread
from autotune.errors import AutotuneError
from autotune.executors.base import DevicesLostError, Ready, Told
from autotune.executors.process import HANG_SECONDS, Cancel, StartError
from autotune.executors.ray_link import Link, LinkLostError
from autotune.history import Lost
from autotune.trial import Segment, SegmentResult

if TYPE_CHECKING:
    from autotune.executors.ray_cluster import Wish

Item = SegmentResult | Lost | Ready | Told


class RayExecutor:
    """Hands segments to the bridge, a process that knows Ray; see ``ray_bridge``."""

    def __init__(self, factory: str, arguments: dict[str, Any], wish: Wish, hang_seconds: float = HANG_SECONDS) -> None:
        """Prepare, without starting anything.

        Args:
            factory: ``package.module:function``, called in each actor as ``function(arguments, worker)``. Every
                node has to be able to import it.
            arguments: plain data for the factory.
            wish: which cluster, and what of it.
            hang_seconds: silence after which a busy worker is killed.

        Raises:
            AutotuneError: Ray is not installed.
        """
        if importlib.util.find_spec("ray") is None:
            raise AutotuneError("the Ray executor needs Ray, which is not installed", "pip install 'autotune[ray]'")
        self._factory, self._arguments, self._wish, self._hang_seconds = factory, arguments, wish, hang_seconds
        self._link = Link()
        self._capacity = 0
        self._running: set[int] = set()
        self._gathered = False
        self._backlog: deque[Item] = deque()

    @property
    def arguments(self) -> dict[str, Any]:
        """What workers that start from now on are given."""
        return self._arguments

    @arguments.setter
    def arguments(self, arguments: dict[str, Any]) -> None:
        from autotune.executors.ray_bridge import Arguments

        self._arguments = arguments
        self._link.send(Arguments(arguments))

    def start(self) -> list[Ready]:
        """Join the cluster; returns when the workers that it has room for are ready. Others join later.

        Raises:
            AutotuneError: the cluster cannot be reached, no node has what a worker needs, or a worker could not start.
        """
        from autotune.executors.ray_bridge import Open

        self._link.start()
        self._link.send(Open(self._wish, self._factory, self._arguments, self._hang_seconds))
        items: list[Item] = []
        while not self._gathered:
            items += self._receive(5.0)
        self._backlog.extend(item for item in items if not isinstance(item, Ready))
        return sorted((item for item in items if isinstance(item, Ready)), key=lambda r: r.worker)

    def capacity(self) -> int:
        """Workers that are ready, busy or free."""
        return self._capacity

    def submit(self, segment: Segment) -> None:
        """Hand a segment to a free worker."""
        if len(self._running) >= self._capacity:
            raise AutotuneError(f"no worker is free for segment {segment.number}")
        self._running.add(segment.number)
        self._link.send(segment)

    def wait(self, timeout: float | None = None) -> Sequence[Item]:
        """What has arrived, at least one item unless ``timeout`` seconds pass first.

        Raises:
            DevicesLostError: the cluster is lost, or has had no room for a worker for too long.
        """
        until = None if timeout is None else time.monotonic() + timeout
        found = list(self._backlog)
        self._backlog.clear()
        while not found:
            left = 5.0 if until is None else max(0.0, until - time.monotonic())
            found += self._receive(left)
            if until is not None and time.monotonic() >= until:
                break
        return found

    def cancel(self) -> None:
        """Ask every running segment to stop at its next step."""
        self._link.send(Cancel())

    def clock(self) -> float:
        """Wall-clock seconds."""
        return time.time()

    def aside(self, work: Work) -> Work:
        """Do work of the controller's in a thread."""
        return in_a_thread(work)

    def close(self) -> None:
        """Leave the cluster, which ends the actors."""
        from autotune.executors.ray_bridge import LEAVE_SECONDS

        self._link.close(LEAVE_SECONDS + 5)

    def _receive(self, timeout: float) -> list[Item]:
        from autotune.executors.ray_crew import Capacity
        from autotune.executors.ray_standing import Gathered

        found: list[Item] = []
        try:
            for message in self._link.receive(timeout):
                if isinstance(message, StartError):
                    error = DevicesLostError if self._gathered else AutotuneError
                    raise error(message.error["message"] or "", message.error["remedy"])
                if isinstance(message, Capacity):
                    self._capacity = message.count
                elif isinstance(message, Gathered):
                    self._gathered = True
                elif isinstance(message, Item):
                    self._running.discard(getattr(message, "number", -1))
                    found.append(message)
        except LinkLostError as lost:
            said = f": {lost}" if str(lost) else ""
            raise DevicesLostError(
                f"the connection to the Ray cluster at {self._wish.address!r} is lost{said}"
            ) from None
        return found
