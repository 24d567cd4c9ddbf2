"""What a worker sends, as far as it has arrived: one that stops in the middle of a message keeps nobody waiting."""

from __future__ import annotations

import os
import struct
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

_CHUNK = 1 << 20
_SHORT, _LONG = struct.Struct("!i"), struct.Struct("!Q")
"""The lengths that ``Connection.send`` puts before a message: the long one follows a short one of -1."""


class Inbox:
    """Puts together the messages that come through a connection, without ever waiting for the rest of one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._bytes = bytearray()

    def take(self) -> list[Any]:
        """The messages that are whole by now. Call it when the connection is ready to be read.

        Raises:
            EOFError: the other side is gone.
            OSError: the connection is broken.
            Exception: whatever unpickling something that is no message raises.
        """
        data = os.read(self._connection.fileno(), _CHUNK)
        if not data:
            raise EOFError
        self._bytes += data
        found = []
        while (message := self._next()) is not None:
            found.append(ForkingPickler.loads(message))
        return found

    def _next(self) -> bytes | None:
        held, begin = self._bytes, _SHORT.size
        if len(held) < begin:
            return None
        (length,) = _SHORT.unpack_from(held)
        if length == -1:
            begin += _LONG.size
            if len(held) < begin:
                return None
            (length,) = _LONG.unpack_from(held, _SHORT.size)
        if length < 0:
            raise ValueError(f"a message of {length} bytes")
        if len(held) < begin + length:
            return None
        message = bytes(held[begin : begin + length])
        del held[: begin + length]
        return message
