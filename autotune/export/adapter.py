"""The trained tensors of a trial as a saved adapter, and a saved adapter as a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError
from autotune.export.chosen import Chosen, load_base_of
from autotune.export.reading import read
from autotune.export.staging import explained

WEIGHTS = "adapter_model.safetensors"


def write_adapter(chosen: Chosen, folder: Path) -> None:
    """Save a trial's weights as peft's files for a peft method, else as autotune's own.

    Args:
        chosen: the trial.
        folder: exists.

    Raises:
        AutotuneError: it is not trained, the model is not there, the checkpoint is not this trial's, or the disk is
            full.
    """
    chosen.require_trained()
    with chosen.attached(chosen.base()) as attachment, explained(folder):
        attachment.save(folder)


def load_model(folder: str | Path, *, device: str = "cpu", offline: bool = False) -> tuple[Any, Any]:
    """Load what ``autotune export`` or ``autotune train`` has written, whatever its method.

    Args:
        folder: with ``training.yaml`` and an adapter.
        device: as torch names it.
        offline: never ask the Hub for the base model.

    Returns:
        The model in fp32, ready for prediction (call it with the tokenizer's output; the answer has ``.logits``), and
        its tokenizer, which cuts inputs to the length that the adapter was trained with.

    Raises:
        AutotuneError: the folder holds no adapter, or its base model is not there.
    """
    folder = Path(folder)
    file = read(folder)
    if not (folder / WEIGHTS).is_file():
        raise AutotuneError(f"{folder} holds no trained adapter", f"train it: autotune train {folder}")

    from autotune.methods import load_adapter

    base = load_base_of(file, device, offline=offline)
    base.tokenizer.model_max_length = base.max_length
    attachment = load_adapter(base, folder)
    attachment.module.requires_grad_(False)
    return attachment.module.eval(), base.tokenizer
