"""The resident worker and its training loop: batches, schedule, checkpoints, evaluation, measurements.

A worker holds one base model and one tokenised task on one device. A trial is attached, trained for a segment,
evaluated and detached. ``autotune train`` uses the same loop by ``train_full``. Nothing here is imported before it is
used: torch is heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autotune.training.checkpoint import Checkpoint, read_checkpoint
    from autotune.training.final import Trained, train_full
    from autotune.training.resident import Resident
    from autotune.training.start import create_worker

__all__ = ["Checkpoint", "Resident", "Trained", "create_worker", "read_checkpoint", "train_full"]

_HOMES = {
    "Checkpoint": "checkpoint",
    "Resident": "resident",
    "Trained": "final",
    "create_worker": "start",
    "read_checkpoint": "checkpoint",
    "train_full": "final",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
