"""What a training in full came to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autotune.export.training_file import Recorded

PACKAGES = ("autotune", "torch", "transformers", "peft", "tokenizers", "numpy")
"""Those that decide scores."""


@dataclass(frozen=True)
class TrainResult:
    """A finished training, its adapter saved."""

    folder: Path
    """Holds the adapter, ``training.yaml`` of what was run, and ``metrics.json``."""
    title: str
    """``STUDY/TRIAL``, or ``training.yaml`` where there was no study."""
    method: str
    model: str
    task: str
    seed: int
    trained_on: str
    """``train+selection``, or ``train`` where it was trained as studied."""
    examples: int
    """Seen in training, repetitions counted."""
    epochs: float
    trainable_params: int
    """Without the head."""
    total_trained: int
    """With the head."""
    held_out: Mapping[str, float]
    """Every metric on the held-out split."""
    selection: Mapping[str, float]
    """Every metric on the selection part; empty where that was trained on."""
    recorded: Recorded | None
    """What the study recorded, for comparison."""
    equal: bool | None
    """Whether all scores are the study's to the last bit; None unless it was trained as studied."""
    device: str
    precision: str
    threads: int
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Device seconds by ``attach``, ``train`` and ``evaluate``."""
    notes: tuple[str, ...] = ()
    """What a person should know, such as that the data are not the study's."""

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-able data."""
        return asdict(self) | {"folder": str(self.folder), "notes": list(self.notes)}

    def to_json(self) -> str:
        """The text of ``metrics.json``."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"


def compare(recorded: Recorded | None, selection: Mapping[str, float], held_out: Mapping[str, float]) -> bool | None:
    """Whether scores are those recorded, to the last bit; None where nothing was recorded."""
    if recorded is None or not (recorded.selection or recorded.held_out):
        return None
    pairs = ((recorded.selection, selection), (recorded.held_out, held_out))
    return all(told == {name: found.get(name) for name in told} for told, found in pairs if told)


def versions() -> dict[str, str]:
    """Of the packages that decide scores, as they are installed."""
    return {name: version(name) for name in PACKAGES}


def changed_versions(recorded: Mapping[str, str]) -> str:
    """The packages that have another version than the one recorded, in words; empty where none has."""
    now = versions()
    return ", ".join(f"{n} {v} (now {now[n]})" for n, v in recorded.items() if n in now and now[n] != v)
