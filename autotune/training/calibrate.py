"""A short measurement of real training steps, which decides the precision and tells the speed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from autotune.errors import AutotuneError
from autotune.methods import Base, recipe, refuse
from autotune.training.batches import epoch_batches
from autotune.training.dropout import quick_dropout
from autotune.training.evaluate import prediction_batches
from autotune.training.loop import Course, Training
from autotune.training.precision import autocast, bf16_supported, own_randomness
from autotune.training.tokens import Tokens, collate
from autotune.trial import Config

_SECONDS = 1.8
"""For the training steps of one precision; at least one step is measured whatever it takes."""
_STRATA = 6
"""Batches measured, evenly spread over the padded sizes of an epoch."""

_MEASURED: tuple[Config, ...] = ({"method": "lora"}, {"method": "lora", "lora.targets": "ffn"}, {"method": "full"})
"""The first of them that the model can bear is trained: some have queries and values in one matrix."""


@dataclass(frozen=True)
class Speed:
    """What was measured."""

    precision: str
    train: float
    """Examples per second in training, on average over an epoch."""
    evaluate: float
    """Examples per second in evaluation."""
    details: dict[str, float]
    """Training examples per second by precision tried."""


def calibrate(
    base: Base, train: Tokens, selection: Tokens, *, precision: str, regression: bool, device: torch.device
) -> Speed:
    """Measure training with LoRA and choose the faster precision.

    Each batch is run once untimed before it is timed, since libraries prepare themselves for each new shape. Leaves the
    base in the precision chosen, as it was otherwise.

    Args:
        base: in fp32.
        train: what an epoch is made of.
        selection: what an evaluation is made of.
        precision: ``fp32`` or ``bf16``, which is then measured alone, or ``auto``: bf16 on a GPU that has it, the
            faster of both on a CPU; fp32 where the model cannot be trained in bf16.
        regression: whether the labels are scores.
        device: where the base is.

    Raises:
        AutotuneError: the model cannot be trained in the precision asked for.
    """
    if precision == "auto":
        candidates = ["fp32", "bf16"] if device.type == "cpu" else ["bf16" if bf16_supported(device) else "fp32"]
    else:
        candidates = [precision]
    rates: dict[str, float] = {}
    for candidate in candidates:
        try:
            base.to_precision(candidate)
            rates[candidate] = _train_rate(base, train, candidate, regression, device)
        except RuntimeError as error:  # some models mask with numbers that bf16 cannot hold
            if candidate == "fp32" or isinstance(error, torch.OutOfMemoryError):
                raise
            if precision != "auto":
                message = f"the model cannot be trained in {candidate}: {error}"
                raise AutotuneError(message, "pass --precision fp32") from error
    if not rates:
        base.to_precision("fp32")
        rates["fp32"] = _train_rate(base, train, "fp32", regression, device)
    best = max(rates, key=lambda name: rates[name])
    base.to_precision(best)
    evaluate = _evaluate_rate(base, selection, best, device)
    return Speed(best, rates[best], evaluate, {f"train_{name}": rate for name, rate in rates.items()})


def _train_rate(base: Base, tokens: Tokens, precision: str, regression: bool, device: torch.device) -> float:
    plain = recipe(next(c for c in _MEASURED if refuse(c, base.facts) is None), base.facts)
    settings = plain.training
    epoch = epoch_batches(tokens.lengths, settings.batch_size, seed=0, epoch=0)
    attachment = base.attach(plain, 0)
    try:
        training = Training(attachment, Course(plain, 0, len(tokens), regression, device, precision), tokens)
        attachment.module.train()
        with own_randomness(device), quick_dropout(device):
            return _rate(lambda indices: training.update(indices, settings.lr).item(), tokens, epoch)
    finally:
        attachment.detach()


def _evaluate_rate(base: Base, tokens: Tokens, precision: str, device: torch.device) -> float:
    base.model.eval()

    def forward(indices: NDArray[np.int64]) -> object:
        with torch.inference_mode(), autocast(device, precision):
            inputs, _ = collate(tokens, indices, device)
            return base.model(**inputs).logits.float().cpu()

    return _rate(forward, tokens, prediction_batches(tokens, device))


def _rate(work: Callable[[NDArray[np.int64]], object], tokens: Tokens, batches: list[NDArray[np.int64]]) -> float:
    """Examples per second over all the batches, from a few of them: time goes by padded tokens."""
    sizes = np.array([len(b) * tokens.width(int(tokens.lengths[b].max())) for b in batches])
    spent, covered = 0.0, 0
    began = time.perf_counter()
    for index in _spread(sizes):
        work(batches[index])
        start = time.perf_counter()
        work(batches[index])
        spent += time.perf_counter() - start
        covered += int(sizes[index])
        if time.perf_counter() - began > _SECONDS:
            break
    return len(tokens) / (spent / covered * float(sizes.sum()))


def _spread(sizes: NDArray[np.int64]) -> list[int]:
    """A few batches evenly spread over the sizes, the middle ones first: time may run out."""
    order = np.argsort(sizes, kind="stable")
    strata = min(_STRATA, len(order))
    places = [int((i + 0.5) / strata * len(order)) for i in range(strata)]
    return [int(order[p]) for p in sorted(places, key=lambda p: abs(p - len(order) / 2))]
