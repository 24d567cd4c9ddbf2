"""Prediction over a whole split, and the metrics that come of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from autotune.training.batches import ordered_batches
from autotune.training.failures import DivergedError, MissingMetricError
from autotune.training.precision import autocast
from autotune.training.tokens import Tokens, collate

_MOST_TOKENS = {"cpu": 4096, "cuda": 65536}
"""Padded tokens in a batch of predictions."""


def prediction_batches(tokens: Tokens, device: torch.device) -> list[NDArray[np.int64]]:
    """The batches in which ``predict`` takes a split."""
    return ordered_batches(tokens.lengths, _MOST_TOKENS.get(device.type, 65536))


def predict(
    module: nn.Module,
    tokens: Tokens,
    device: torch.device,
    precision: str,
    alive: Callable[[], object] | None = None,
) -> NDArray[np.float32]:
    """The logits of every example, in the order of the split; shape (examples, outputs).

    The module is in training mode again afterwards if it was before. No random number is drawn.

    Args:
        module: attached to a base.
        tokens: of the split.
        device: where the module is.
        precision: to compute in.
        alive: called before each batch: a long evaluation is no hanging worker.
    """
    batches = prediction_batches(tokens, device)
    training = module.training
    module.eval()
    parts = []
    with torch.inference_mode(), autocast(device, precision):
        for indices in batches:
            if alive is not None:
                alive()
            inputs, _ = collate(tokens, indices, device)
            parts.append(module(**inputs).logits.float())
        logits = torch.cat(parts).cpu().numpy()
    module.train(training)
    ordered = np.empty_like(logits)
    ordered[np.concatenate(batches)] = logits
    return ordered


def checked(metrics: Mapping[str, float], expected: Iterable[str]) -> dict[str, float]:
    """The metrics as plain floats.

    Raises:
        DivergedError: the loss is not finite.
        MissingMetricError: an expected metric is missing or not finite.
    """
    values = {name: float(value) for name, value in metrics.items()}
    if not math.isfinite(values.get("loss", 0.0)):
        raise DivergedError(f"the loss of the evaluation is {values['loss']}")
    for name in expected:
        if name not in values:
            raise MissingMetricError(f"metric {name!r} is missing: the task gave {', '.join(values) or 'nothing'}")
        if not math.isfinite(values[name]):
            raise MissingMetricError(f"metric {name!r} is {values[name]}")
    return values
