"""A plain search over numbers, for models: settings and histories made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autotune.budget import Budget
from autotune.history import History
from autotune.objectives import Objective
from autotune.space import SearchSpace
from autotune.strategies.base import Setting
from autotune.trial import Config, CurvePoint, Trial, TrialState

LOSS, TIME = Objective("loss", "minimize"), Objective("time", "minimize")
SIZE = Objective("size", "minimize", known_before_training=True)
LEVELS = (1, 3, 9)


def space(width: int = 2) -> SearchSpace:
    """Numbers x0, x1, ... within [0, 1]."""
    parameters = {f"x{i}": {"type": "float", "low": 0.0, "high": 1.0} for i in range(width)}
    return SearchSpace.from_dict({"name": "cube", "parameters": parameters})


def setting(objectives: Sequence[Objective] = (LOSS, SIZE), levels: tuple[int, ...] = LEVELS, **more: Any) -> Setting:
    """Of a search over the square; ``size`` is x0."""
    given: dict[str, Any] = {
        "space": space(),
        "objectives": objectives,
        "levels": levels,
        "eta": 3,
        "costs": lambda config: {"size": float(config["x0"])},
        "refuse": lambda config: None,
        "identity": lambda config: repr(sorted(config.items())),
    }
    return Setting(**(given | more))


def config(*x: float) -> Config:
    """The configuration at a point."""
    return {f"x{i}": float(v) for i, v in enumerate(x)}


def trial(number: int, at: Sequence[float], scores: Mapping[int, Mapping[str, float]], **more: Any) -> Trial:
    """A trial with its values by fidelity; complete at 9, paused before, at one second for each step."""
    seen = max(scores, default=0)
    given: dict[str, Any] = {
        "state": TrialState.COMPLETE if seen == LEVELS[-1] else TrialState.PAUSED,
        "examples_seen": seen,
        "curve": tuple(CurvePoint(level, dict(values), float(level)) for level, values in scores.items()),
        "known": {"size": float(at[0])},
        "device_seconds": float(seen),
    }
    return Trial(number, config(*at), **(given | more))


def complete(
    points: Sequence[Sequence[float]], values: Callable[..., Mapping[str, float]], end: int = 9
) -> list[Trial]:
    """Trials trained to one fidelity."""
    return [trial(i, x, {end: values(*x)}) for i, x in enumerate(points)]


def history(*trials: Trial, full: int = LEVELS[-1], budget: Budget | None = None) -> History:
    """A history of these trials alone."""
    spent = {"search": sum(t.device_seconds for t in trials)}
    return History(full, budget or Budget(), {t.number: t for t in trials}, spent, decisions=len(trials))


def points(count: int, seed: int = 0, width: int = 2) -> list[list[float]]:
    """Random places."""
    return np.random.default_rng(seed).random((count, width)).tolist()
