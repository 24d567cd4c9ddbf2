"""Batches: every example once, alike in length, a function of their arguments."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from autotune.training.batches import epoch_batches, ordered_batches

lengths_of = st.lists(st.integers(1, 128), min_size=1, max_size=300).map(lambda x: np.array(x, dtype=np.int64))


@given(lengths_of, st.sampled_from([1, 8, 16, 32]), st.integers(0, 2**40), st.integers(0, 100))
def test_an_epoch_holds_every_example_once(lengths: NDArray[np.int64], size: int, seed: int, epoch: int) -> None:
    batches = epoch_batches(lengths, size, seed, epoch)
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert all(len(b) == size for b in batches[:-1])
    assert 1 <= len(batches[-1]) <= size
    again = epoch_batches(lengths, size, seed, epoch)
    assert all(np.array_equal(a, b) for a, b in zip(batches, again, strict=True))


def test_epochs_and_seeds_differ() -> None:
    lengths = np.arange(1, 201)
    first = np.concatenate(epoch_batches(lengths, 8, 1, 0))
    for seed, epoch in ((1, 1), (2, 0)):
        assert not np.array_equal(first, np.concatenate(epoch_batches(lengths, 8, seed, epoch)))


def test_batches_waste_little_and_come_in_no_order() -> None:
    lengths = np.random.default_rng(0).integers(4, 129, 4000)
    batches = epoch_batches(lengths, 16, 0, 0)
    padded = sum(len(b) * lengths[b].max() for b in batches)
    assert padded < 1.05 * lengths.sum()
    longest = [int(lengths[b].max()) for b in batches]
    assert abs(np.corrcoef(longest[:-1], longest[1:])[0, 1]) < 0.2


@given(lengths_of, st.integers(1, 2000))
def test_predictions_hold_every_example_once_within_their_tokens(lengths: NDArray[np.int64], most: int) -> None:
    batches = ordered_batches(lengths, most)
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= most
    longest = [lengths[b].max() for b in batches]
    assert longest == sorted(longest, reverse=True)
