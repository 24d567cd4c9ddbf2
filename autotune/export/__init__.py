"""A trial handed over to training: a folder that peft and ``autotune train`` read, and the training itself.

``export_trial`` writes a trial of a study as a folder; ``train`` trains such a folder (or a hand-written
``training.yaml``) in full; ``load_model`` loads what either has written. torch is imported when it is needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autotune.export.adapter import load_model
    from autotune.export.exporting import export_trial
    from autotune.export.result import TrainResult
    from autotune.export.run import train
    from autotune.export.training_file import TrainingFile

__all__ = ["TrainResult", "TrainingFile", "export_trial", "load_model", "train"]

_HOMES = {
    "TrainResult": "result",
    "TrainingFile": "training_file",
    "export_trial": "exporting",
    "load_model": "adapter",
    "train": "run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
