"""The final training: the workers' loop without segments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.segments import never, segment

from autotune.methods import recipe
from autotune.training import train_full
from autotune.training.failures import DivergedError
from autotune.training.resident import Resident
from autotune.training.worker import Worker
from autotune.trial import SegmentStatus

CONFIG: dict[str, Any] = {"method": "lora", "lora.dropout": 0.1, "batch_size": 8}


def test_it_reaches_a_trial_s_scores_exactly(room: Resident) -> None:
    worker = Worker(room, {})
    trial = worker.run(segment(CONFIG, 160, full=160, evaluate_at=(80,)), never)
    scored = worker.run(segment(CONFIG, 160, 160, full=160, checkpoint=trial.checkpoint, purpose="score"), never)
    seen: list[int] = []
    plan = recipe(CONFIG, room.base.facts)
    final = train_full(room, plan, seed=11, full=160, evaluate_at=(80, 160), progress=lambda n, full: seen.append(n))
    final.attachment.detach()
    assert scored.status is SegmentStatus.DONE, scored.failure
    assert final.metrics == scored.held_out
    assert [dict(p.metrics) for p in final.curve] == [dict(p.metrics) for p in trial.curve]
    assert final.examples == trial.examples_seen
    assert seen == sorted(seen)
    assert seen[0] == 0


def test_all_training_data_and_a_saved_adapter(room: Resident, tmp_path: Path) -> None:
    data = room.task.all_training()
    final = train_full(room, recipe(CONFIG, room.base.facts), seed=1, full=2 * len(data), data=data)
    final.attachment.save(tmp_path / "adapter")
    final.attachment.detach()
    assert final.examples == 2 * len(data)
    assert final.curve == ()
    assert (tmp_path / "adapter" / "adapter_config.json").exists()


def test_a_divergence_raises_and_gives_the_base_back(room: Resident) -> None:
    plan = recipe({"method": "full", "lr": 1e30, "warmup": 0.0}, room.base.facts)
    with pytest.raises(DivergedError):
        train_full(room, plan, seed=1, full=64)
