"""Token ids as flat arrays, and the batches made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from helpers.tiny import make_tokenizer

from autotune.tasks import Split
from autotune.training.tokens import Tokens, collate, tokenise

CPU = torch.device("cpu")
TEXTS = ["the cat", "a film is not bad and it is very good or is it not", "dog"]
PAIRS = ["red", "blue and red", "a dog was the dog"]


def split(pairs: list[str] | None) -> Split:
    return Split(TEXTS, pairs, np.array([0, 1, 1]), ["a", "b", "c"])


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer("bert")


@pytest.mark.parametrize("pairs", [None, PAIRS])
def test_a_batch_equals_the_tokenizer_s_own_padding(tokenizer: Any, pairs: list[str] | None) -> None:
    tokens = tokenise(split(pairs), tokenizer, max_length=64, with_types=True)
    inputs, labels = collate(tokens, np.array([2, 0, 1]), CPU)
    order = [2, 0, 1]
    expected = tokenizer(
        [TEXTS[i] for i in order],
        None if pairs is None else [pairs[i] for i in order],
        padding=True,
        pad_to_multiple_of=8,
        return_tensors="pt",
    )
    assert set(inputs) == {"input_ids", "attention_mask", "token_type_ids"}
    for name, tensor in inputs.items():
        assert torch.equal(tensor, expected[name]), name
    assert labels.tolist() == [1, 0, 1]


def test_examples_are_cut_and_no_batch_is_wider(tokenizer: Any) -> None:
    tokens = tokenise(split(None), tokenizer, max_length=10, with_types=False)
    assert tokens.types is None
    assert tokens.lengths.max() == 10
    inputs, _ = collate(tokens, np.array([1]), CPU)
    assert inputs["input_ids"].shape == (1, 10)
    assert set(inputs) == {"input_ids", "attention_mask"}


def test_many_examples_are_tokenised_in_order(tokenizer: Any) -> None:
    texts = [f"cat {i}" for i in range(5000)]
    tokens = tokenise(Split(texts, None, np.zeros(5000), texts), tokenizer, max_length=64, with_types=True)
    assert len(tokens) == 5000
    for i in (0, 2047, 2048, 4999):
        own = tokens.ids[tokens.starts[i] : tokens.starts[i + 1]]
        assert own.tolist() == tokenizer(texts[i])["input_ids"]


def test_widths_are_multiples_of_eight() -> None:
    tokens = Tokens(np.empty(0, np.int32), None, np.zeros(1, np.int64), np.empty(0), 0, longest=50)
    assert [tokens.width(n) for n in (1, 8, 9, 48, 49, 50)] == [8, 8, 16, 48, 50, 50]
