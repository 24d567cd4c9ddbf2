"""Splits are disjoint, stratified, deterministic, and never part duplicates."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.examples import split_of
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.tasks.splits import SELECTION_CAP, pick, selection_size


@st.composite
def examples(draw: st.DrawFn) -> tuple[list[str], list[int]]:
    """Texts with repeats, and labels; every class has at least two distinct texts of its own."""
    classes = draw(st.integers(2, 4))
    extra = draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, classes - 1)), max_size=80))
    sure = [(f"own {c} {i}", c) for c in range(classes) for i in range(2)]
    rows = [*sure, *((f"text {t}", c) for t, c in extra)]
    order = draw(st.permutations(range(len(rows)))) if len(rows) < 30 else range(len(rows))
    return [rows[i][0] for i in order], [rows[i][1] for i in order]


@settings(max_examples=150, deadline=None)
@given(examples(), st.integers(0, 5))
def test_parts_are_disjoint_complete_and_hold_every_class(case: tuple[list[str], list[int]], seed: int) -> None:
    split = split_of(*case)
    size = selection_size(len(split), len(set(case[1])))
    chosen, rest = pick(split, size, seed, "selection")
    assert sorted(chosen + rest) == list(range(len(split)))
    assert not {split.texts[i] for i in chosen} & {split.texts[i] for i in rest}
    assert set(split.labels[rest]) == set(case[1])
    assert pick(split, size, seed, "selection") == (chosen, rest)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_shares_of_the_classes_are_kept(seed: int) -> None:
    split = split_of([f"t{i}" for i in range(1000)], [0 if i % 10 else 1 for i in range(1000)])
    chosen, _ = pick(split, 200, seed, "selection")
    assert len(chosen) == 200
    assert int(split.labels[chosen].sum()) == 20


def test_a_texts_place_does_not_depend_on_the_order_of_the_file() -> None:
    texts, labels = [f"t{i}" for i in range(300)], [i % 3 for i in range(300)]
    order = np.random.default_rng(0).permutation(300).tolist()
    first, _ = pick(split_of(texts, labels), 60, 7, "selection")
    second, _ = pick(split_of([texts[i] for i in order], [labels[i] for i in order]), 60, 7, "selection")
    assert {texts[i] for i in first} == {texts[order[i]] for i in second}


def test_seed_and_purpose_change_the_choice() -> None:
    split = split_of([f"t{i}" for i in range(300)], [i % 2 for i in range(300)])
    choices = {tuple(pick(split, 60, s, salt)[0]) for s in (0, 1) for salt in ("selection", "held_out")}
    assert len(choices) == 4


def test_scores_are_stratified_by_their_deciles() -> None:
    scores = np.random.default_rng(1).gamma(1.0, 1.0, 500).tolist()
    split = split_of([f"t{i}" for i in range(500)], scores)
    chosen, rest = pick(split, 100, 0, "selection")
    assert len(chosen) == pytest.approx(100, abs=2)
    for q in (0.1, 0.5, 0.9):
        assert np.quantile(split.labels[chosen], q) == pytest.approx(np.quantile(split.labels[rest], q), rel=0.35)


def test_ten_distinct_scores_still_give_a_selection_part() -> None:
    chosen, rest = pick(split_of([f"t{i}" for i in range(10)], [i / 3 for i in range(10)]), 2, 0, "selection")
    assert len(chosen) >= 1
    assert len(rest) >= 7


def test_a_text_repeated_beyond_the_quota_does_not_swallow_the_training_part() -> None:
    texts = ["again"] * 300 + [f"t{i}" for i in range(100)]
    split = split_of(texts, [0] * 350 + [1] * 50)
    chosen, _ = pick(split, 80, 0, "selection")
    assert len(chosen) <= 80
    assert "again" not in {split.texts[i] for i in chosen}


def test_selection_is_a_fifth_up_to_the_cap_and_holds_every_class() -> None:
    assert selection_size(3667, 2) == 733
    assert selection_size(400_000, 3) == SELECTION_CAP
    assert selection_size(20, 7) == 7
