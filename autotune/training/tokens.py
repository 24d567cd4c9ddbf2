"""A split as token ids: tokenised once, kept as flat arrays, padded when a batch is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from autotune.tasks import Split

_CHUNK = 2048
_MULTIPLE = 8
"""Batches are padded to a multiple of this: few distinct shapes, and whole tiles in the matrix units."""


@dataclass(frozen=True)
class Tokens:
    """The token ids of all examples of a split, end to end."""

    ids: NDArray[np.int32]
    """Shape (tokens,)."""
    types: NDArray[np.uint8] | None
    """Segment of each token (first or second text), shape (tokens,); None where the model takes none."""
    starts: NDArray[np.int64]
    """Where each example begins, and the end of the last: shape (examples + 1,)."""
    labels: NDArray[Any]
    """Shape (examples,): int64 classes or float32 targets."""
    pad: int
    """The id that fills a batch."""
    longest: int
    """No batch is wider, in tokens."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each example, shape (examples,)."""
        return np.diff(self.starts)

    def width(self, length: int) -> int:
        """The width in tokens of a batch whose longest example has ``length``."""
        return min(-(-length // _MULTIPLE) * _MULTIPLE, self.longest)


def tokenise(split: Split, tokenizer: Any, *, max_length: int, with_types: bool) -> Tokens:
    """Turn the texts of a split into token ids, each example cut to ``max_length`` tokens, without padding.

    Args:
        split: one text or a pair of texts for each example.
        tokenizer: of the model.
        max_length: tokens; longer examples are truncated, the longer text of a pair first.
        with_types: keep the segment ids, where the tokenizer gives any.
    """
    ids: list[NDArray[np.int32]] = []
    types: list[NDArray[np.uint8]] = []
    lengths: list[int] = []
    for first in range(0, len(split.texts), _CHUNK):
        chunk = slice(first, first + _CHUNK)
        pairs = None if split.pairs is None else list(split.pairs[chunk])
        out = tokenizer(
            list(split.texts[chunk]),
            pairs,
            truncation=True,
            max_length=max_length,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=with_types,
        )
        lengths += [len(x) for x in out["input_ids"]]
        ids += [np.asarray(x, dtype=np.int32) for x in out["input_ids"]]
        if with_types and "token_type_ids" in out:
            types += [np.asarray(x, dtype=np.uint8) for x in out["token_type_ids"]]
    return Tokens(
        ids=np.concatenate(ids) if ids else np.empty(0, np.int32),
        types=np.concatenate(types) if types else None,
        starts=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64),
        labels=np.asarray(split.labels),
        pad=int(tokenizer.pad_token_id or 0),
        longest=max_length,
    )


def collate(
    tokens: Tokens, indices: NDArray[np.int64], device: torch.device
) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """A padded batch on the device.

    Args:
        tokens: the split.
        indices: examples of the batch, shape (batch,).
        device: where the tensors go.

    Returns:
        The model's inputs (each int64, shape (batch, width)) and the labels, shape (batch,).
    """
    starts = tokens.starts[indices]
    lengths = tokens.starts[indices + 1] - starts
    columns = np.arange(tokens.width(int(lengths.max())))
    inside = columns < lengths[:, None]
    places = np.where(inside, starts[:, None] + columns, 0)
    arrays = {
        "input_ids": np.where(inside, tokens.ids[places], tokens.pad).astype(np.int64),
        "attention_mask": inside.astype(np.int64),
    }
    if tokens.types is not None:
        arrays["token_type_ids"] = np.where(inside, tokens.types[places], 0).astype(np.int64)
    inputs = {name: _send(array, device) for name, array in arrays.items()}
    return inputs, _send(tokens.labels[indices], device)


def _send(array: NDArray[Any], device: torch.device) -> torch.Tensor:
    tensor = torch.from_numpy(array)
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)
