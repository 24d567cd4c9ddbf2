"""Dropout masks drawn quickly on a CPU.

Torch draws them one number at a time on one thread, 4 to 6 ns each: a fifth of a bf16 training step on one core, and
more on several. Inside ``quick_dropout`` a mask is compared out of 16-bit integers instead, four to a random word.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

_LEVELS = 1 << 16
_HALF = _LEVELS // 2


@contextmanager
def quick_dropout(device: torch.device) -> Iterator[None]:
    """While this lasts, ``Tensor.bernoulli_(p)`` on a CPU draws from a fast generator seeded by torch's own.

    The probability is rounded to a multiple of 2**-16. Draws follow from torch's random state as before, so what is
    seeded stays reproducible, if with other numbers than outside. On a GPU nothing changes.
    """
    if device.type != "cpu":
        yield
        return
    library = torch.library.Library("aten", "IMPL")  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns that its own kernel is hidden, which is what is wanted
        library.impl("bernoulli_.float", _bernoulli, "CPU")  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        library._destroy()  # type: ignore[no-untyped-call]


def _bernoulli(self: torch.Tensor, p: float = 0.5, *, generator: Any = None) -> torch.Tensor:
    """Fill ``self`` with ones with probability ``p``, else with zeros."""
    seed = int(torch.empty((), dtype=torch.int64).random_(generator=generator).item())
    words = np.random.Generator(np.random.SFC64(seed)).integers(0, 1 << 64, (self.numel() + 3) // 4, np.uint64)
    numbers = torch.from_numpy(words.view(np.int16))[: self.numel()].view(self.shape)
    threshold = round(p * _LEVELS) - _HALF
    if threshold >= _HALF:
        return self.fill_(1)
    return self.copy_(numbers < threshold)
