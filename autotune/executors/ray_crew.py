"""The workers of a study as Ray actors: placed, started, watched, and taken up again after Ray has moved them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autotune.errors import AutotuneError
from autotune.executors.base import Ready, Told
from autotune.executors.process import MOST_DEATHS, StartError, hung
from autotune.executors.ray_actor import Here
from autotune.executors.ray_cluster import Need
from autotune.executors.ray_member import Done, Member, gone_for_good, words
from autotune.executors.ray_standing import Standing
from autotune.history import Lost
from autotune.trial import Segment, SegmentResult

ASK_SECONDS = 5.0
"""How often a worker is asked for its last step, or, when it has nothing to do, whether it lives."""
MOST_FAILED_STARTS = 2
"""A worker that dies so often before it is ready, at the beginning, cannot start here."""


@dataclass(frozen=True)
class Capacity:
    """The workers that are ready, busy or free."""

    count: int


class Crew:
    """Keeps up to ``count`` actors and hands them segments. Every answer comes back through ``take``."""

    def __init__(
        self,
        factory: str,
        arguments: dict[str, Any],
        need: Need,
        count: int,
        hang_seconds: float,
        send: Callable[[object], None],
        put: Callable[[Done], None],
    ) -> None:
        """Prepare, without creating anything.

        Args:
            factory: as for a local worker.
            arguments: for the factory; ``threads`` that nobody chose become the CPUs that Ray keeps for a worker.
            need: what Ray keeps for each.
            count: workers.
            hang_seconds: silence after which a busy worker is killed.
            send: to the controller.
            put: called from a thread of Ray's when a call is done; has to lead to ``take``.
        """
        self.arguments = arguments
        self._need, self._hang_seconds, self._send = need, hang_seconds, send
        self._members = [Member(index, factory, need, put) for index in range(count)]
        self._waiting: deque[Segment] = deque()
        self._deaths = 0
        self._standing = Standing(need, count, count, send)

    def gather(self, places: int) -> None:
        """Ask Ray for the actors.

        Args:
            places: for how many the cluster has room; those are waited for.
        """
        self._standing = Standing(self._need, len(self._members), places, self._send)
        for member in self._members:
            member.create()

    def submit(self, segment: Segment) -> None:
        """Hand it to a free worker, or keep it for the next one: the one meant for it may just have died."""
        self._waiting.append(segment)
        self._hand_out()

    def cancel(self) -> None:
        """Ask every running segment to stop at its next step."""
        for member in self._members:
            member.cancel()

    def look_after(self) -> None:
        """Ask workers for a sign of life, kill those that hang, and say how the crew stands.

        Raises:
            AutotuneError: there has been no worker for too long.
        """
        now = time.monotonic()
        for member in self._members:
            if member.segment is not None and now - member.beat > self._hang_seconds:
                self._send(hung(member.segment, member.name, now - member.since, self._hang_seconds))
                member.kill(restart=True)
                member.give_up()
                self._tell_capacity()
            elif member.ready and now - member.asked > min(ASK_SECONDS, self._hang_seconds / 2):
                member.ask()
        self._standing.look(self._members)

    def take(self, done: Done) -> None:
        """What a call has brought.

        Raises:
            AutotuneError: a worker cannot start, or all have died too often.
        """
        member = next((m for m in self._members if m.index == done.worker), None)
        if member is None:
            return
        if done.call == "silence":
            if done.error is None:
                member.beat = max(member.beat, time.monotonic() - done.answer)
            elif member.ready and member.segment is None:  # while it is busy, its segment tells
                member.hello()
                self._tell_capacity()
                self._count_death(member)
        elif done.call == "run":
            if member.segment is not None and member.segment.number == done.number:
                self._take_run(member, member.segment, done)
        elif done.error is not None:
            self._take_death(member, done.error)
        elif done.call == "hello":
            self._take_hello(member, done.answer)
        else:
            self._take_start(member, done.answer)

    def _take_hello(self, member: Member, here: Here) -> None:
        member.here = here
        if here.life == member.given_up:  # it was out of reach, or hangs, and still lives
            member.kill(restart=True)
            member.hello()
            return
        member.placed = True
        threads = {"threads": self._need.cpus} if self._need.cpus and "threads" in self.arguments else {}
        member.start(self.arguments | threads)

    def _take_start(self, member: Member, answer: Ready | StartError) -> None:
        if isinstance(answer, StartError):
            why = AutotuneError.from_dict(answer.error)
            if not self._standing.gathered:
                raise why
            self._drop(member)
            self._send(Told(f"{member} could not start, and is left out: {why.message}"))
            if not self._members:
                raise why
            return
        member.ready, member.failed_starts = True, 0
        self._tell_capacity()
        self._send(answer)
        self._hand_out()

    def _take_run(self, member: Member, segment: Segment, done: Done) -> None:
        if isinstance(done.answer, SegmentResult):
            member.segment, self._deaths = None, 0
            self._send(done.answer)
            self._hand_out()
            return
        held, message = time.monotonic() - member.since, f"{member} was lost: {words(done.error)}"
        member.give_up()
        self._tell_capacity()
        self._send(Lost(segment.number, segment.trial, segment.attempt, held, message, member.name))
        self._count_death(member)

    def _take_death(self, member: Member, error: BaseException) -> None:
        """An actor died before it was ready: Ray restarts it, unless it says that it never will."""
        member.failed_starts += 1
        if member.failed_starts >= MOST_FAILED_STARTS and not self._standing.gathered:
            raise AutotuneError(f"{member} ended before it was ready", words(error))
        self._count_death(member)
        if member in self._members:
            if gone_for_good(error):
                member.create()
            else:
                member.hello()

    def _count_death(self, member: Member) -> None:
        self._deaths += 1
        if self._deaths < MOST_DEATHS:
            return
        self._drop(member)
        if not self._members:
            raise AutotuneError(
                f"every worker died {MOST_DEATHS} times in a row", "look at the failures: autotune status"
            )

    def _drop(self, member: Member) -> None:
        member.kill(restart=False)
        self._members.remove(member)
        self._tell_capacity()

    def _hand_out(self) -> None:
        for member in self._members:
            if self._waiting and member.ready and member.segment is None:
                member.run(self._waiting.popleft())

    def _tell_capacity(self) -> None:
        self._send(Capacity(sum(m.ready for m in self._members)))
