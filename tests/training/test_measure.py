"""Measurements: seconds that add up, memory that is told afresh."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from autotune.training import measure
from autotune.training.calibrate import _rate, _spread
from autotune.training.measure import Latency, PeakMemory, Stopwatch, _median, latency
from autotune.training.resident import Resident
from autotune.training.tokens import Tokens

CPU = torch.device("cpu")
MEGA = 2**20


def test_every_second_is_of_one_kind() -> None:
    watch = Stopwatch()
    for kind in ("train", "evaluate", "train"):
        time.sleep(0.01)
        watch.lap(kind)
    assert list(watch.seconds) == ["train", "evaluate"]
    assert watch.seconds["train"] >= 0.02
    assert sum(watch.seconds.values()) <= watch.total


def test_a_peak_is_told_though_the_memory_was_freed_and_told_again() -> None:
    for _ in range(2):
        memory = PeakMemory(CPU)
        block = np.ones(200 * MEGA, np.uint8)
        memory.sample()
        del block
        assert 195 * MEGA < memory.read() < 260 * MEGA
    assert PeakMemory(CPU).read() < 50 * MEGA


def test_without_a_kernel_s_mark_samples_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_reset_high_water", lambda: False)
    memory = PeakMemory(CPU)
    block = np.ones(100 * MEGA, np.uint8)
    memory.sample()
    del block
    assert memory.read() > 95 * MEGA


def test_latency_leaves_the_mode_alone(room: Resident) -> None:
    room.base.model.eval()
    found = latency(room.base.model, room.tokens("selection"), CPU, "fp32")
    assert 0 < found.ms < 5000
    assert 0 <= found.error < float("inf")
    assert not room.base.model.training


def test_the_error_of_a_median_is_half_of_its_interval() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        found = _median(np.sort(rng.exponential(size=60)))
        covered += abs(found.ms - np.log(2)) <= 1.5 * found.error
    assert covered / 400 > 0.9
    assert _median(np.full(8, 2.0)) == Latency(2.0, 0.0)


def test_the_batches_measured_are_spread_over_the_sizes() -> None:
    sizes = np.random.default_rng(0).permutation(600)
    assert sorted(int(sizes[i]) for i in _spread(sizes)) == [50, 150, 250, 350, 450, 550]
    assert _spread(np.array([5])) == [0]


def test_the_rate_is_that_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = np.array([8] * 20 + [16] * 20)
    tokens = Tokens(
        np.zeros(480, np.int32), None, np.concatenate([[0], np.cumsum(lengths)]), np.zeros(40), 0, longest=64
    )
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def work(indices: np.ndarray) -> None:
        clock[0] += 1e-3 * lengths[indices].sum()

    batches = list(np.arange(40).reshape(10, 4))
    assert _rate(work, tokens, batches) == pytest.approx(40 / 0.48)
