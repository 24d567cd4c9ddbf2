"""What a person sees while a configuration is trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autotune.training.resident import Resident

EVERY_SECONDS = 30.0
"""Between two lines, where an epoch takes longer."""


class Reporter:
    """Tells the loss of each epoch, and in between how far the training is."""

    def __init__(self, tell: Callable[[str], None], title: str, examples: int, full: int) -> None:
        self._tell = tell
        self._title = title
        self._examples = examples
        self._full = full
        self._began = self._last = time.monotonic()

    def start(self, method: str, room: Resident) -> None:
        """Say what is going to be trained."""
        import torch

        count = torch.get_num_threads()
        threads = f", {count} thread{'s' * (count > 1)}" if room.device.type == "cpu" else ""
        self._tell(
            f"{self._title}: {method} for {self._full / self._examples:.3g} epochs of {self._examples:,} examples "
            f"of {room.task.facts.task}, {room.precision} on {room.device}{threads}"
        )
        self._began = self._last = time.monotonic()

    def step(self, seen: int, full: int) -> None:
        """Called before each step."""
        now = time.monotonic()
        if seen and now - self._last > EVERY_SECONDS:
            self._last = now
            self._tell(f"  {seen:,} of {full:,} examples, {self._left(seen, now)} left")

    def loss(self, seen: int, loss: float) -> None:
        """Called with the mean training loss of an epoch."""
        self._last = now = time.monotonic()
        left = f", {self._left(seen, now)} left" if seen < self._full else ""
        self._tell(
            f"epoch {seen / self._examples:.3g} of {self._full / self._examples:.3g}: loss {loss:.4f}, "
            f"{now - self._began:.0f} s{left}"
        )

    def _left(self, seen: int, now: float) -> str:
        return f"{(now - self._began) / seen * max(0, self._full - seen):.0f} s"
