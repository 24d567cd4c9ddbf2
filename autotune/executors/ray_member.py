"""One worker of a crew: its Ray actor, called without waiting for the answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from autotune.executors.ray_actor import GROUPS, TALK, WORK, Here, RayWorker
from autotune.executors.ray_cluster import Need
from autotune.trial import Segment


@dataclass(frozen=True)
class Done:
    """A call of an actor has returned or failed."""

    worker: int
    call: str
    number: int
    """Of the segment, or -1."""
    answer: Any
    error: BaseException | None


@dataclass
class Member:
    """What is known of one actor. Every call ends in ``put``, called from a thread of Ray's."""

    index: int
    factory: str
    need: Need
    put: Callable[[Done], None]
    here: Here | None = None
    """Where it was last met."""
    placed: bool = False
    ready: bool = False
    given_up: str = ""
    """The life in which it held a segment that was counted as lost: should that go on, it is nobody's any more."""
    failed_starts: int = 0
    segment: Segment | None = None
    since: float = field(default_factory=time.monotonic)
    beat: float = field(default_factory=time.monotonic)
    asked: float = field(default_factory=time.monotonic)
    _actor: Any = None

    @property
    def name(self) -> str:
        """In results."""
        return f"worker-{self.index}"

    def __str__(self) -> str:
        """In messages, with its place."""
        return f"worker {self.index}" + (f" at {self.here.host}:{self.here.pid}" if self.here else "")

    def create(self) -> None:
        """Ask Ray for an actor, and greet it."""
        import ray

        actor = ray.remote(concurrency_groups=GROUPS)(RayWorker)
        # no restart is the last: when it is enough is counted by the crew
        options = {"num_cpus": self.need.cpus, "num_gpus": self.need.gpus, "max_restarts": -1}
        self._actor = actor.options(**options).remote(self.factory, self.index)
        self.hello()

    def hello(self) -> None:
        """Greet it; the answer waits until Ray has found a place, again after a restart."""
        self.ready = self.placed = False
        self._call(TALK, "hello", tries=-1)

    def start(self, arguments: dict[str, Any]) -> None:
        """Let it load."""
        self._call(WORK, "start", arguments)

    def run(self, segment: Segment) -> None:
        """Give it a segment."""
        self.segment = segment
        self.since = self.beat = self.asked = time.monotonic()
        self._call(WORK, "run", segment, number=segment.number)

    def ask(self) -> None:
        """Ask how long ago its last step was."""
        self.asked = time.monotonic()
        self._call(TALK, "silence")

    def cancel(self) -> None:
        """Ask it to stop at its next step."""
        if self.segment is not None:
            self._actor.cancel.options(concurrency_group=TALK).remote(self.segment.number)

    def give_up(self) -> None:
        """Count its segment as lost, and greet whatever Ray puts in its place."""
        self.segment, self.given_up = None, self.here.life if self.here else ""
        self.hello()

    def kill(self, *, restart: bool) -> None:
        """End the process; Ray starts it again, on any node, with ``restart``."""
        import ray

        ray.kill(self._actor, no_restart=not restart)

    def _call(self, group: str, method: str, *arguments: Any, number: int = -1, tries: int = 0) -> None:
        call = getattr(self._actor, method).options(concurrency_group=group, max_task_retries=tries)
        future: Future[Any] = call.remote(*arguments).future()
        future.add_done_callback(partial(self._done, method, number))

    def _done(self, method: str, number: int, future: Future[Any]) -> None:
        error = future.exception()
        self.put(Done(self.index, method, number, None if error else future.result(), error))


def gone_for_good(error: BaseException) -> bool:
    """Whether Ray will not restart the actor."""
    import ray

    return isinstance(error, ray.exceptions.ActorDiedError)


def words(error: BaseException | None) -> str:
    """Why a call failed, in a line."""
    import ray

    if error is None:
        return "it answered nothing"
    if isinstance(error, ray.exceptions.ActorUnavailableError):
        return "its process ended, or its node cannot be reached"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines)[:500] or type(error).__name__
