"""The loop of a peer's script; needs nothing but Python, for it runs in the peer's own environment."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, Protocol


class Answers(Protocol):
    """What a script makes of its tool."""

    def ask(self) -> dict[str, Any]:
        """The answer to ``ask``."""
        ...

    def tell(self, told: dict[str, Any]) -> None:
        """Takes what came of a training."""
        ...


def serve(make: Callable[[dict[str, Any]], Answers]) -> None:
    """Answer line by line, as ``autotune.bench.peers.external`` says.

    Args:
        make: the peer, from what ``start`` tells.
    """
    # What the tool prints must not come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    peer: Answers | None = None
    for line in sys.stdin:
        message = json.loads(line)
        answer: dict[str, Any] = {}
        if "start" in message:
            peer = make(message["start"])
        elif peer is not None and "ask" in message:
            answer = peer.ask()
        elif peer is not None:
            peer.tell(message["tell"])
        answers.write(json.dumps(answer, default=lambda v: v.item()) + "\n")
        answers.flush()
