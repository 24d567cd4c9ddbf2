"""What a study's trainings are fitted to: its budget, its evaluation, and what a rung can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.studies import SPEED, TASK, spec

from autotune.budget import Budget
from autotune.controller.fit import MOST_EPOCHS, Fidelity, fit

MRPC = replace(TASK, train=2934, selection=734, held_out=408)
FAST = replace(SPEED, train_examples_per_second=1500.0, evaluate_examples_per_second=4000.0)


def fitted(budget: str, **settings: int) -> Fidelity:
    return fit(spec(budget=(budget,), **settings), Budget.parse([budget]), MRPC, FAST)


def test_no_rung_is_so_low_that_it_says_nothing() -> None:
    """With hours of a GPU a first rung of 1/81 would be affordable: nearly no trial would ever end."""
    found = fitted("8gpu-h")
    assert found.full == MOST_EPOCHS * MRPC.train
    assert found.levels == (1087, 3260, 9780, 29340)


def test_a_rung_that_is_asked_for_is_there() -> None:
    assert fitted("8gpu-h", min_resource=300).levels[0] == 362


@pytest.mark.parametrize("budget", ["3cpu-min", "30cpu-min", "100trials"])
def test_a_rung_is_worth_its_evaluation(budget: str) -> None:
    lowest = fitted(budget).levels[0]
    assert lowest >= MRPC.selection / FAST.evaluate_examples_per_second * FAST.train_examples_per_second
