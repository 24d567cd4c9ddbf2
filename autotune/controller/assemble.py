"""A study's parts, made from its specification and what its workers told of model, task and speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autotune import methods
from autotune.budget import Budget
from autotune.controller.checks import Checks, check_controls
from autotune.controller.fit import CONTROL_TRAININGS, Fidelity
from autotune.errors import AutotuneError
from autotune.facts import Calibration, ModelFacts, TaskFacts
from autotune.objectives import COSTS, Constraint, Objective, choose, objective
from autotune.space import SearchSpace
from autotune.spec import StudySpec
from autotune.strategies import Earlier, choose_strategy, make_strategy
from autotune.strategies.allowance import Allowance
from autotune.strategies.base import Setting
from autotune.strategies.controls import Controls
from autotune.strategies.cost import Costing
from autotune.strategies.finalists import Finalists
from autotune.strategies.proposals import Proposals
from autotune.strategies.study import StudyStrategy


@dataclass(frozen=True)
class Facts:
    """What the workers told."""

    model: ModelFacts
    task: TaskFacts
    calibration: Calibration

    @classmethod
    def from_info(cls, info: dict[str, dict[str, object]]) -> Facts:
        """From a worker's ``info`` or a study's recorded facts."""
        return cls(
            ModelFacts.from_dict(info["model"]),
            TaskFacts.from_dict(info["task"]),
            Calibration.from_dict(info["calibration"]),
        )

    def to_dict(self) -> dict[str, dict[str, object]]:
        """As the store keeps them."""
        return {
            "model": self.model.to_dict(),
            "task": self.task.to_dict(),
            "calibration": self.calibration.to_dict(),
        }


def objectives_of(spec: StudySpec, task: TaskFacts) -> tuple[Objective, ...]:
    """The study's objectives, the primary one first.

    Raises:
        AutotuneError: one is unknown or named twice, or none is a metric of the task.
    """
    return choose(spec.objectives, task.metrics, task.rank_metric)


def constraints_of(spec: StudySpec, task: TaskFacts) -> list[Constraint]:
    """The study's constraints.

    Raises:
        AutotuneError: one has a form or a name that is unknown.
    """
    constraints = [Constraint.parse(text) for text in spec.constraints]
    for constraint in constraints:
        objective(constraint.name, task.metrics)
    return constraints


def setting_of(spec: StudySpec, facts: Facts, levels: Sequence[int], earlier: Sequence[Earlier] = ()) -> Setting:
    """What a strategy may know of the study, checked against the model.

    Args:
        spec: what was asked for.
        facts: what the workers told.
        levels: the rungs.
        earlier: searches to learn from.

    Raises:
        AutotuneError: the space, an enqueued configuration or a control does not fit the model.
    """
    constraints = constraints_of(spec, facts.task)
    checks = Checks(facts.model, constraints)
    space = SearchSpace.from_dict(dict(spec.space)).bind(facts.model.layers)
    enqueued = []
    for partial in spec.enqueue:
        config = space.complete(partial)
        if (reason := checks.refuse(config)) is not None:
            raise AutotuneError(
                f"the enqueued configuration {dict(partial)} cannot run: {reason}", "change it, or leave it out"
            )
        enqueued.append(config)
    check_controls(spec.controls, facts.model)
    setting = Setting(
        space=space,
        objectives=objectives_of(spec, facts.task),
        levels=tuple(levels),
        eta=spec.eta,
        costs=checks.costs,
        refuse=checks.refuse,
        identity=checks.identity,
        constraints=constraints,
        learnt_bounds=[c for c in constraints if not objective(c.name, facts.task.metrics).known_before_training],
        enqueued=enqueued,
        earlier=earlier,
        seed=spec.seed,
        losses=True,
    )
    _probe(setting)
    return setting


def strategy_of(spec: StudySpec, setting: Setting, fidelity: Fidelity) -> StudyStrategy:
    """The strategy of the whole study."""
    costing = Costing(fidelity.full, fidelity.full_seconds, fidelity.score_seconds)
    allowance = Allowance(costing, spec.reserve, spec.workers)
    setting = replace(setting, left=allowance.search)
    return StudyStrategy(
        search=make_strategy(spec.searcher, spec.scheduler, setting),
        controls=Controls(setting, spec.controls, _default_lr()),
        finalists=Finalists(setting, spec.seeds, costing),
        allowance=allowance,
    )


def with_strategy(spec: StudySpec, budget: Budget, fidelity: Fidelity) -> tuple[StudySpec, str]:
    """The study with names in the place of ``auto``, and why those."""
    trainings: float | None = budget.trials
    if fidelity.device_seconds is not None:
        trainings = fidelity.device_seconds * (1 - spec.reserve) / fidelity.full_seconds - CONTROL_TRAININGS
    conditional = SearchSpace.from_dict(dict(spec.space)).conditional
    late = any(Constraint.parse(text).late for text in spec.constraints)
    levels = len(fidelity.levels)
    chosen = choose_strategy(spec.searcher, spec.scheduler, trainings, levels, conditional=conditional, late=late)
    return replace(spec, searcher=chosen.searcher, scheduler=chosen.scheduler), chosen.reason


def _default_lr() -> float:
    return float(methods.get("lora").lr.default or 1e-3)


def budget_of(spec: StudySpec) -> Budget:
    """The study's budget."""
    return Budget.parse(spec.budget)


def _probe(setting: Setting) -> None:
    """Refuse a space of which no configuration is found that can run."""
    rng = np.random.default_rng(0)
    if Proposals(setting).draw(lambda config: setting.refuse(config) is None, rng) is None:
        first = setting.refuse(setting.space.sample(rng))
        known = ", ".join(name for name, cost in COSTS.items() if cost.known_before_training)
        raise AutotuneError(
            f"no configuration of space {setting.space.name!r} was found that can run: {first}",
            f"widen the space or the constraints ({known} are computed before training)",
        )
