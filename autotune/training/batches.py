"""Which examples make up each batch: examples of like length together, so that little is padding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_POOL = 64
"""Batches that are sorted by length together: enough to pad little, few enough that an epoch stays shuffled."""


def epoch_batches(lengths: NDArray[np.int64], batch_size: int, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """The batches of one epoch, each example once: a function of the arguments alone.

    The shuffled examples are cut into pools of about 64 batches, each pool is sorted by length and cut into batches,
    and all batches are shuffled. Where the examples do not divide evenly, a random handful of them is the last batch.

    Args:
        lengths: tokens of each example, shape (examples,).
        batch_size: examples in every batch but the last.
        seed: the trial's.
        epoch: from 0.
    """
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(lengths))
    whole = len(order) // batch_size
    rest = order[whole * batch_size :]
    batches: list[NDArray[np.int64]] = []
    if whole:
        pools = np.array_split(np.arange(whole), -(-whole // _POOL))
        for pool in pools:
            members = order[pool[0] * batch_size : (pool[-1] + 1) * batch_size]
            members = members[np.argsort(lengths[members], kind="stable")]
            batches += list(members.reshape(-1, batch_size))
        batches = [batches[i] for i in rng.permutation(whole)]
    return [*batches, rest] if len(rest) else batches


def ordered_batches(lengths: NDArray[np.int64], most_tokens: int) -> list[NDArray[np.int64]]:
    """Batches for prediction: sorted by length, longest first, each of at most ``most_tokens`` padded tokens.

    Args:
        lengths: tokens of each example, shape (examples,).
        most_tokens: bound on batch size times longest length; a single longer example is a batch of its own.
    """
    order = np.argsort(-lengths, kind="stable")
    batches: list[NDArray[np.int64]] = []
    at = 0
    while at < len(order):
        take = max(1, most_tokens // max(1, int(lengths[order[at]])))
        batches.append(order[at : at + take])
        at += take
    return batches
