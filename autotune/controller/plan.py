"""What a study would run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from autotune.budget import Budget
from autotune.controller.fit import CONTROL_TRAININGS, Fidelity
from autotune.spec import StudySpec
from autotune.strategies.base import Setting
from autotune.strategies.proposals import Proposals
from autotune.trial import Config

if TYPE_CHECKING:
    from autotune.controller.assemble import Facts


_SAMPLES = 50
"""Random configurations of which the largest checkpoint bounds the disk that a study needs."""


@dataclass(frozen=True)
class Plan:
    """Estimates made from a calibration of a few seconds."""

    study: str
    task: str
    model: str
    space: str
    strategy: str
    objectives: tuple[str, ...]
    budget: str
    device: str
    precision: str
    threads: int
    train_examples: int
    selection_examples: int
    held_out_examples: int
    full_examples: int
    epochs: float
    rungs: tuple[int, ...]
    full_seconds: float
    trials: int
    """Search trials that the budget is expected to hold."""
    search_seconds: float | None
    reserve_seconds: float | None
    wall_seconds: float | None
    disk_bytes: int
    """Of checkpoints, at most."""
    strategy_reason: str = ""
    """Why this one, where it was left to choose."""
    notes: tuple[str, ...] = ()
    """What a person should know: how the data were read, what was left out."""

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON-able data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The plan for a person."""
        rungs = " → ".join(f"{level:,}" for level in self.rungs)
        reason = f" (chosen for {self.strategy_reason})" if self.strategy_reason else ""
        lines = [
            f"task      {self.task}: {self.train_examples:,} training, {self.selection_examples:,} selection, "
            f"{self.held_out_examples:,} held-out examples",
            f"model     {self.model} on {self.device}, {self.precision}, {self.threads} threads",
            f"space     {self.space}, objectives {', '.join(self.objectives)}",
            f"strategy  {self.strategy}{reason}, rungs at {rungs} examples",
            f"fidelity  a full training is {self.epochs:.2g} epochs ({self.full_examples:,} examples), "
            f"about {self.full_seconds:.0f} s",
        ]
        if self.search_seconds is not None and self.reserve_seconds is not None:
            lines.append(
                f"budget    {self.budget}: {self.search_seconds / 60:.1f} min for controls and search, "
                f"{self.reserve_seconds / 60:.1f} min kept for finalists"
            )
        else:
            lines.append(f"budget    {self.budget}")
        wall = f", about {self.wall_seconds / 60:.0f} min" if self.wall_seconds is not None else ""
        lines += [f"note      {note}" for note in self.notes]
        lines.append(f"expected  about {self.trials} trials{wall}, at most {self.disk_bytes / 1e6:,.0f} MB on disk")
        return lines


def plan_of(spec: StudySpec, budget: Budget, facts: Facts, fidelity: Fidelity, setting: Setting) -> Plan:
    """Estimate what the study will do."""
    limit = fidelity.device_seconds
    trial_seconds = fidelity.full_seconds * _share_of_full(fidelity, spec)
    controls = CONTROL_TRAININGS * fidelity.full_seconds if spec.controls else 0.0
    search = None if limit is None else limit * (1 - spec.reserve)
    trials = budget.trials or 0
    if search is not None:
        fitting = max(1, int((search - controls) / trial_seconds))
        trials = min(trials, fitting) if trials else fitting
    seconds = limit if limit is not None else trials * trial_seconds + controls + 4 * fidelity.full_seconds
    rng = np.random.default_rng(0)
    samples: list[Config] = [
        s for s in (setting.space.sample(rng) for _ in range(_SAMPLES)) if setting.refuse(s) is None
    ]
    if not samples and (found := Proposals(setting).draw(lambda config: setting.refuse(config) is None, rng)):
        samples = [found]
    checkpoint = max((setting.costs(s)["checkpoint_bytes"] for s in samples), default=0.0)
    return Plan(
        study=spec.study,
        task=facts.task.task,
        model=facts.model.model,
        space=setting.space.name,
        strategy=f"{spec.searcher} + {spec.scheduler}",
        objectives=tuple(o.name for o in setting.objectives),
        budget=str(budget),
        device=facts.calibration.device,
        precision=facts.calibration.precision,
        threads=facts.calibration.threads,
        train_examples=facts.task.train,
        selection_examples=facts.task.selection,
        held_out_examples=facts.task.held_out,
        full_examples=fidelity.full,
        epochs=fidelity.epochs,
        rungs=fidelity.levels,
        full_seconds=fidelity.full_seconds,
        trials=trials,
        search_seconds=search,
        reserve_seconds=None if limit is None or search is None else limit - search,
        wall_seconds=seconds / spec.workers,
        disk_bytes=int(checkpoint * (trials + 10)),
    )


def _share_of_full(fidelity: Fidelity, spec: StudySpec) -> float:
    """What a trial costs on average, in full trainings: each rung is reached by one in eta of the one below."""
    if spec.scheduler == "fifo":
        return 1.0
    shares = [level / fidelity.full for level in fidelity.levels]
    steps = [shares[0], *(b - a for a, b in pairwise(shares))]
    return float(sum(step / spec.eta**i for i, step in enumerate(steps)))
