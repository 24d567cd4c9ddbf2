"""That the figures of large studies can be made: each part on a small one."""

import pytest
from helpers.large import large
from helpers.scripts import script

scale = script("scale")
pytestmark = pytest.mark.slow


def test_decisions_are_timed_on_a_study_as_halving_left_it():
    study = large("random", "asha")
    past = study.history(60, scale.WORKERS)
    assert sum(len(t.curve) for t in past.trials.values()) >= 60 * 17
    found = scale.decisions(study, past, 10)
    assert sum(found["kinds"].values()) >= 12
    assert 0 < found["free"]["median_cpu_ms"] <= found["free"]["p95_cpu_ms"]


def test_workers_of_a_quick_strategy_hardly_wait():
    found = scale.utilisation("random+asha", 4, 12, 270.0)
    assert found["segments"] >= 12
    assert 0.9 < found["share"] <= 1
