"""LCBench (multi-layer perceptrons on OpenML tasks), as the surrogate of YAHPO Gym answers for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from autotune.bench.problem import Values
from autotune.errors import AutotuneError
from autotune.trial import Config

EPOCHS = 52
CHOOSE_ON = ("3945", "7593", "34539", "126025", "167104", "167168", "168330", "189862")
"""The instances that choices may be made on."""
INSTANCES = ("126029", "146212", "167149", "167184", "168329", "168908", "189866", "189906")
"""Those that figures are reported of."""
_INPUTS = ("epoch", "batch_size", "learning_rate", "momentum", "weight_decay", "num_layers", "max_units", "max_dropout")
_OUTPUTS = ("time", "val_accuracy", "val_cross_entropy", "val_balanced_accuracy", "test_cross_entropy")
_SPACE: dict[str, tuple[float, float, bool, bool]] = {  # low, high, log, whole numbers
    "batch_size": (16, 512, True, True),
    "learning_rate": (1e-4, 1e-1, True, False),
    "momentum": (0.1, 0.99, False, False),
    "weight_decay": (1e-5, 1e-1, False, False),
    "num_layers": (1, 5, False, True),
    "max_units": (64, 1024, True, True),
    "max_dropout": (0.0, 1.0, False, False),
}
_REFERENCE_SAMPLE = 800


class LCBench:
    """One instance: validation accuracy against training time (both learnt), fidelities and costs in epochs.

    Any epoch's values are seen once it is trained, so curves are free; a paused trial pays for new epochs only.
    """

    objectives: Mapping[str, str] = {"val_accuracy": "maximize", "time": "minimize"}
    full = EPOCHS
    resumes = True
    space: Mapping[str, Any] = {
        "name": "lcbench",
        "parameters": {
            name: {"type": "int" if whole else "float", "low": low, "high": high, "log": log}
            for name, (low, high, log, whole) in _SPACE.items()
        },
    }

    def __init__(self, instance: str, data: Path) -> None:
        """Open an instance.

        Args:
            instance: number of an OpenML task.
            data: the folder that holds ``lcbench/model.onnx`` and ``lcbench/encoding.json``.

        Raises:
            AutotuneError: onnxruntime, the files or the instance are missing.
        """
        self._folder = data / "lcbench"
        self._curves: dict[tuple[Any, ...], list[dict[str, float]]] = {}
        codes = self._codes()
        if instance not in codes:
            raise AutotuneError(f"LCBench has no instance {instance!r}", f"choose from {', '.join(codes)}")
        self._code = codes[instance]
        self._session = self._open()
        share = "to choose on" if instance in CHOOSE_ON else "to report" if instance in INSTANCES else "further"
        self.about = f"surrogate of LCBench, OpenML task {instance} ({share}), costs in epochs"

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """The surrogate's outputs after that many epochs."""
        return self._curve(config)[fidelity - 1], float(fidelity)

    def curve(self, config: Config, start: int, end: int) -> dict[int, Values]:
        """Those of the epochs between."""
        return {epoch: self._curve(config)[epoch - 1] for epoch in range(start + 1, end)}

    @cached_property
    def sample(self) -> list[dict[str, float]]:
        """Random full trainings, drawn as the protocol of the recording draws them."""
        rng = np.random.default_rng(999)
        return self._ask([_draw(rng) for _ in range(_REFERENCE_SAMPLE)], [EPOCHS] * _REFERENCE_SAMPLE)

    def _curve(self, config: Config) -> list[dict[str, float]]:
        key = tuple(config[name] for name in _SPACE)
        if key not in self._curves:
            self._curves[key] = self._ask([config] * EPOCHS, range(1, EPOCHS + 1))
        return self._curves[key]

    def _ask(self, configs: Sequence[Config], epochs: Sequence[int]) -> list[dict[str, float]]:
        rows = [[e if n == "epoch" else c[n] for n in _INPUTS] for c, e in zip(configs, epochs, strict=True)]
        codes = np.full((len(rows), 1), self._code, np.int32)
        out = self._session.run(["output"], {"x_cat": codes, "x_cont": np.array(rows, np.float32)})[0]
        return [dict(zip(_OUTPUTS, map(float, row), strict=False)) for row in out]

    def _codes(self) -> dict[str, int]:
        file = self._folder / "encoding.json"
        try:
            codes: dict[str, int] = json.loads(file.read_text())["OpenML_task_id"]
        except (OSError, ValueError, KeyError) as error:
            raise AutotuneError(
                f"LCBench cannot be read: {error}", "give the folder that holds lcbench/: --data DIR"
            ) from error
        return codes

    def _open(self) -> Any:
        try:
            import onnxruntime
        except ImportError as error:
            raise AutotuneError(
                "LCBench's surrogate needs onnxruntime, which is not installed", "pip install 'autotune[bench]'"
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = self._folder / "model.onnx"
        try:
            return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own kinds of errors
            raise AutotuneError(f"{model} cannot be opened: {error}", "fetch it anew; see --data") from error


def _draw(rng: np.random.Generator) -> dict[str, int | float]:
    """One configuration; the order of the draws is part of the protocol."""
    config: dict[str, int | float] = {}
    for name, (low, high, log, whole) in _SPACE.items():
        top = high + (1 if whole and not log else 0)
        value = float(np.exp(rng.uniform(np.log(low), np.log(high))) if log else rng.uniform(low, top))
        config[name] = int(min(high, round(value) if log else np.floor(value))) if whole else value
    return config
