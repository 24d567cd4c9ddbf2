"""Search spaces to test with: random ones from hypothesis, and one that has every kind of parameter."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from autotune.errors import AutotuneError
from autotune.space import SearchSpace

EVERYTHING = """\
name: everything
description: one of each
parameters:
  method: {type: choice, options: [lora, ia3, bitfit], default: lora}
  lr: {type: float, low: 1e-4, high: 1e-2, log: true, default: 1e-3}
  lora.rank: {type: int, low: 1, high: 64, log: true, default: 8, when: {method: lora}}
  lora.dora: {type: bool, default: false, when: {method: lora}}
  lora.dora_rate: {type: float, low: 0, high: 1, when: {lora.dora: true}}
  layers: {type: layers, min: 1, max: 4, default: {top: 3}, when: {method: [lora, ia3]}}
  batch_size: {type: choice, options: [8, 16, 32], default: 16}
"""


class Refused(Protocol):
    """Loads a text as ``my.yaml`` and returns the message and the remedy."""

    def __call__(self, text: str | bytes) -> tuple[str, str]: ...


@pytest.fixture
def everything(tmp_path: Path) -> SearchSpace:
    path = tmp_path / "everything.yaml"
    path.write_text(EVERYTHING, encoding="utf-8")
    return SearchSpace.load(str(path)).bind(6)


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refused:
    monkeypatch.chdir(tmp_path)

    def load(text: str | bytes) -> tuple[str, str]:
        Path("my.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(AutotuneError) as caught:
            SearchSpace.load("my.yaml")
        return caught.value.message, caught.value.remedy or ""

    return load
