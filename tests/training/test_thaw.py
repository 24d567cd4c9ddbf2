"""A thawed trial equals an uninterrupted one, to the bit."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from helpers.segments import after, following, never, segment

from autotune.methods import catalogue, load_base
from autotune.tasks import Task
from autotune.training import read_checkpoint
from autotune.training.resident import Resident
from autotune.training.worker import Worker
from autotune.trial import CurvePoint, SegmentResult, SegmentStatus

BATCH, STEPS = 8, 20
FULL = BATCH * STEPS * 2
VARIANTS: list[dict[str, Any]] = [
    *({"method": name} for name in catalogue()),
    *({"method": "lora", "lora.init": init} for init in ("pissa", "eva", "corda", "mica")),
    *({"method": "lora", "lora.optimizer": optimizer} for optimizer in ("lora_plus", "lora_fa")),
    {"method": "bitfit+lora+prefix+serial_adapter"},
    {"method": "lora", "lora.variant": "dora", "lora.dropout": 0.3, "lora.targets": "all", "lora.rank": 3},
    {"method": "lora", "lora.variant": "rslora", "lora.layers": (0, 2), "schedule": "cosine", "lora.dropout": 0.1},
    {"method": "serial_adapter", "serial_adapter.sites": "both", "serial_adapter.layers": (1,), "schedule": "constant"},
    {"method": "parallel_adapter", "parallel_adapter.sites": "both", "warmup": 0.5},
]


def named(config: dict[str, Any]) -> str:
    return "-".join(str(v) for k, v in config.items() if k != "schedule")


@pytest.mark.parametrize("config", [v | {"batch_size": BATCH} for v in VARIANTS], ids=named)
def test_four_segments_of_five_steps_equal_one_of_twenty(worker: Worker, config: dict[str, Any]) -> None:
    # 76 examples make epochs of ten steps whose last is half a batch: segments end within epochs and at their borders.
    ends = [40, 76, 112, 152]
    whole = worker.run(segment(config, ends[-1], full=FULL, evaluate_at=tuple(ends)), never)
    parts = [worker.run(segment(config, ends[0], full=FULL), never)]
    for end in ends[1:]:
        parts.append(worker.run(following(parts[-1], config, end, full=FULL), never))
    assert_ok(whole, *parts)
    assert_same_state(whole, parts[-1])
    assert metrics(whole.curve) == metrics(tuple(p for part in parts for p in part.curve))
    assert [p.examples for p in whole.curve] == [40, 76, 116, 152]  # batches are whole


@pytest.mark.parametrize("method", ["lora", "serial_adapter", "full"])
def test_the_same_in_bf16(model: str, task: Task, method: str) -> None:
    base = load_base(model, task.facts, max_length=64, offline=True, precision="bf16")
    worker = Worker(Resident(base, task, torch.device("cpu"), precision="bf16"), {})
    config = {"method": method, "batch_size": BATCH}
    whole = worker.run(segment(config, 160, evaluate_at=(80,)), never)
    first = worker.run(segment(config, 80), never)
    second = worker.run(following(first, config, 160), never)
    assert_ok(whole, first, second)
    assert_same_state(whole, second)
    assert metrics(whole.curve) == metrics(first.curve + second.curve)


def test_a_cancelled_segment_goes_on_as_if_nothing_had_happened(worker: Worker) -> None:
    config = {"method": "lora", "lora.dropout": 0.2, "batch_size": BATCH}
    whole = worker.run(segment(config, 240), never)
    first = worker.run(segment(config, 240), after(steps=7))
    assert first.status is SegmentStatus.CANCELLED
    assert (first.examples_seen, first.curve) == (7 * BATCH, ())
    second = worker.run(following(first, config, 240), never)
    assert_ok(whole, second)
    assert_same_state(whole, second)
    assert metrics(whole.curve) == metrics(second.curve)


def test_the_same_segment_twice_gives_the_same_bits(worker: Worker) -> None:
    config = {"method": "lora", "lora.dropout": 0.2, "batch_size": BATCH}
    first = worker.run(segment(config, 160), never)
    torch.rand(100)  # the state of the process's own generator is of no account
    worker.run(segment({"method": "full"}, 16, seed=5), never)
    second = worker.run(segment(config, 160), never)
    assert_same_state(first, second)
    other = worker.run(segment(config, 160, seed=12), never)
    assert weights(other).keys() == weights(first).keys()
    assert any(not torch.equal(weights(other)[n], t) for n, t in weights(first).items())


def test_a_complete_training_keeps_its_weights_alone(worker: Worker) -> None:
    config = {"method": "bitfit", "batch_size": BATCH}
    paused = worker.run(segment(config, 80, full=160), never)
    complete = worker.run(following(paused, config, 160, full=160), never)
    assert_ok(paused, complete)
    assert read_checkpoint(paused.checkpoint or b"").optimizer
    assert not read_checkpoint(complete.checkpoint or b"").optimizer
    assert complete.examples_seen >= 160


def test_the_process_keeps_its_own_random_state(worker: Worker) -> None:
    torch.manual_seed(4)
    before = torch.get_rng_state()
    worker.run(segment({"method": "lora", "batch_size": BATCH}, 32), never)
    assert torch.equal(torch.get_rng_state(), before)


def weights(result: SegmentResult) -> dict[str, torch.Tensor]:
    return dict(read_checkpoint(result.checkpoint or b"").weights)


def metrics(curve: tuple[CurvePoint, ...]) -> list[dict[str, float]]:
    return [dict(point.metrics) for point in curve]


def assert_ok(*results: SegmentResult) -> None:
    for result in results:
        assert result.status is SegmentStatus.DONE, result.failure


def assert_same_state(one: SegmentResult, other: SegmentResult) -> None:
    a, b = read_checkpoint(one.checkpoint or b""), read_checkpoint(other.checkpoint or b"")
    assert (a.position.step, a.position.examples, a.position.epoch) == (
        b.position.step,
        b.position.examples,
        b.position.epoch,
    )
    assert a.weights.keys() == b.weights.keys()
    assert a.optimizer.keys() == b.optimizer.keys() == a.weights.keys()
    assert a.state.keys() == b.state.keys()
    assert all(torch.equal(tensor, b.state[name]) for name, tensor in a.state.items())
    for name, tensor in a.weights.items():
        assert torch.equal(tensor, b.weights[name]), name
        for key, state in a.optimizer[name].items():
            assert torch.equal(state, b.optimizer[name][key]), (name, key)
