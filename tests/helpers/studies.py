"""Whole studies on a virtual clock over a real store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers.minilm import MODEL, SPEED, TASK
from helpers.synthetic import answer as synthetic

from autotune.controller import Outcome, search
from autotune.executors.simulated import SimulatedExecutor
from autotune.space import SearchSpace
from autotune.spec import StudySpec, TaskSpec
from autotune.trial import Segment, SegmentResult

INFO = {"model": MODEL.to_dict(), "task": TASK.to_dict(), "calibration": SPEED.to_dict()}


def spec(name: str = "made-up", space: str = "quick", **settings: Any) -> StudySpec:
    """A study of the synthetic problem."""
    settings.setdefault("budget", ("20cpu-min",))
    settings.setdefault("searcher", "random")
    return StudySpec(
        TaskSpec("glue/mrpc"), "builtin/minilm", SearchSpace.load(space, {}).to_dict(), study=name, **settings
    )


def simulated(
    workers: int = 1, answer: Callable[[Segment], SegmentResult] = synthetic, startup: float = 8.0
) -> SimulatedExecutor:
    """Workers on a virtual clock that say what the synthetic problem says."""
    return SimulatedExecutor(answer, INFO, workers, startup)


def run(folder: Path, study: StudySpec, **options: Any) -> Outcome:
    """Run a study to its end in ``folder/store.db``."""
    return search(study, str(folder / "store.db"), executor=simulated(study.workers, **options))
