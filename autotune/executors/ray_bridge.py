"""Between a controller and a Ray cluster: ``python -m autotune.executors.ray_bridge FD``.

Ray ends a process whose cluster has lost its head, catches signals and writes to the terminal. So it lives here, in a
process and a session of its own, and the controller talks to it over an inherited socket, as with a local worker. When
the socket closes this process leaves the cluster, and Ray ends the actors, which it owns.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from autotune.errors import AutotuneError
from autotune.executors.process import Cancel, StartError
from autotune.executors.ray_address import head_address
from autotune.executors.ray_cluster import Wish, join, need_of, nodes
from autotune.executors.ray_crew import Crew
from autotune.executors.ray_head import HeadLost, watch
from autotune.executors.ray_member import Done
from autotune.trial import Segment

TURN_SECONDS = 0.5
"""The longest wait before the crew is looked after."""
LEAVE_SECONDS = 10.0
"""Leaving a cluster may take this long; then the process ends anyway, which leaves it, too."""


@dataclass(frozen=True)
class Open:
    """The controller's first message."""

    wish: Wish
    factory: str
    arguments: dict[str, Any]
    hang_seconds: float


@dataclass(frozen=True)
class Arguments:
    """What workers that start from now on are given."""

    arguments: dict[str, Any]


def _read(connection: Connection, inbox: queue.SimpleQueue[Any]) -> None:
    try:
        while True:
            inbox.put(connection.recv())
    except (EOFError, OSError):
        inbox.put(None)


def _serve(connection: Connection, inbox: queue.SimpleQueue[Any]) -> None:
    first: Open = inbox.get()
    join(first.wish)
    watch(head_address(), inbox.put)
    need = need_of(first.wish, nodes())
    crew = Crew(
        first.factory, first.arguments, need, first.wish.workers, first.hang_seconds, connection.send, inbox.put
    )
    crew.gather(sum(need.places(node) for node in nodes()))
    while True:
        try:
            message = inbox.get(timeout=TURN_SECONDS)
        except queue.Empty:
            message = ()
        if message is None:
            return
        if isinstance(message, HeadLost):
            why = f"the head of the Ray cluster at {message.address} does not answer any more: {message.why}"
            connection.send(StartError(AutotuneError(why).to_dict(), ""))
            os._exit(0)  # there is nothing to leave, and Ray would wait for an answer
        if isinstance(message, Segment):
            crew.submit(message)
        elif isinstance(message, Cancel):
            crew.cancel()
        elif isinstance(message, Arguments):
            crew.arguments = message.arguments
        elif isinstance(message, Done):
            crew.take(message)
        crew.look_after()


def _leave() -> None:
    timer = threading.Timer(LEAVE_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()
    import ray

    ray.shutdown()
    os._exit(0)  # threads of Ray may be left


def main() -> None:
    """Serve a controller until it closes the socket, or dies."""
    connection = Connection(int(sys.argv[1]))
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(connection, inbox), daemon=True).start()
    try:
        _serve(connection, inbox)
    except AutotuneError as error:
        connection.send(StartError(error.to_dict(), ""))
    except OSError:
        pass  # the controller is gone
    _leave()


if __name__ == "__main__":
    from autotune.executors import ray_bridge  # messages are pickled by module name, which is not __main__

    ray_bridge.main()
