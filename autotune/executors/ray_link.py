"""The controller's end of the bridge: its process, the socket to it, and its last words."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection

LAST_WORDS = 300
"""Characters of the bridge's last line that a message holds."""


class LinkLostError(Exception):
    """The bridge has ended; the message is its last words, if it had any."""


class Link:
    """Starts the bridge and talks to it."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the bridge

    def start(self) -> None:
        """Start the bridge, in a session of its own: Ctrl-C is the controller's."""
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "autotune.executors.ray_bridge", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        theirs.close()
        self._connection = Connection(ours.detach())

    def send(self, message: object) -> None:
        """Send, if the bridge is there; ``receive`` will say so if not."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.send(message)

    def receive(self, timeout: float) -> Iterator[object]:
        """What has arrived; waits so long for the first message.

        Raises:
            LinkLostError: the bridge has ended.
        """
        assert self._connection is not None, "start() comes first"
        try:
            while self._connection.poll(timeout):
                timeout = 0.0
                yield self._connection.recv()
        except (EOFError, OSError):
            raise LinkLostError(self._last_words()) from None

    def close(self, seconds: float) -> None:
        """Hang up, which ends the bridge; it is killed if it has not by then."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def _last_words(self) -> str:
        size = os.fstat(self._log.fileno()).st_size
        words = os.pread(self._log.fileno(), 4000, max(0, size - 4000)).decode(errors="replace").strip()
        return words.splitlines()[-1][-LAST_WORDS:] if words else ""
