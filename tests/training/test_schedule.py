"""The learning rate over a full training."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.training.schedule import SCHEDULES, rate_factor


@given(st.sampled_from(SCHEDULES), st.floats(0, 1), st.floats(0, 5000), st.integers(1, 4000))
def test_it_stays_between_nothing_and_the_peak(schedule: str, warmup: float, seen: float, full: int) -> None:
    assert 0.0 <= rate_factor(schedule, warmup, seen, full) <= 1.0


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warmup_rises_from_zero_to_the_peak(schedule: str) -> None:
    assert rate_factor(schedule, 0.1, 0, 1000) == 0.0
    assert rate_factor(schedule, 0.1, 50, 1000) == pytest.approx(0.5)
    assert rate_factor(schedule, 0.1, 100, 1000) == pytest.approx(1.0)
    assert rate_factor(schedule, 0.0, 0, 1000) == pytest.approx(1.0)


def test_decay() -> None:
    assert rate_factor("linear", 0.1, 550, 1000) == pytest.approx(0.5)
    assert rate_factor("cosine", 0.1, 550, 1000) == pytest.approx(0.5)
    assert rate_factor("cosine", 0.1, 325, 1000) == pytest.approx(0.5 + 0.5 * 2**-0.5)
    assert rate_factor("constant", 0.1, 999, 1000) == 1.0
    for schedule in ("linear", "cosine"):
        assert rate_factor(schedule, 0.1, 1000, 1000) == 0.0
        assert rate_factor(schedule, 0.1, 1010, 1000) == 0.0
