"""Trials, histories and settings made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from helpers.peft_like import PeftLike
from helpers.simulate import setting_of

from autotune.history import History
from autotune.objectives import COSTS, Objective
from autotune.strategies.base import Setting
from autotune.trial import CurvePoint, Failure, FailureKind, Trial, TrialKind, TrialState

OBJECTIVES = (Objective("accuracy", "maximize"), COSTS["trainable_params"])
CONFIG = {"method": "bitfit", "bitfit.layers": (0,), "bitfit.lr": 1e-2, "batch_size": 16}


def trial(number: int, scores: Mapping[int, float], params: float = 1000.0, **changes: Any) -> Trial:
    """A paused trial with accuracies by fidelity, the last of which is where it stands."""
    curve = tuple(CurvePoint(examples, {"accuracy": score}, 0.0) for examples, score in scores.items())
    made = Trial(
        number,
        CONFIG | {"bitfit.lr": 1e-3 + 1e-6 * number},
        state=TrialState.PAUSED,
        examples_seen=max(scores, default=0),
        curve=curve,
        known={"trainable_params": params},
    )
    return replace(made, **changes)


def failed(number: int, kind: FailureKind, **changes: Any) -> Trial:
    """A trial that failed before it was ever scored."""
    return trial(number, {}, state=TrialState.FAILED, failure=Failure(kind, "made up"), **changes)


def history_of(*trials: Trial, full: int = 900) -> History:
    """A history of these trials alone."""
    return History(full, trials={t.number: t for t in trials}, decisions=len(trials))


def control(number: int, scores: Mapping[int, float], params: float = 1000.0, **changes: Any) -> Trial:
    """A control that is paused, as no scheduler may touch it."""
    return trial(number, scores, params, kind=TrialKind.CONTROL, **changes)


def small_setting() -> Setting:
    """Levels 100, 300, 900 and eta 3, accuracy against parameters."""
    return setting_of(PeftLike(levels=(100, 300, 900)))


def spread(n: int, seed: int = 0) -> Sequence[tuple[float, float]]:
    """Random (accuracy, parameters)."""
    rng = np.random.default_rng(seed)
    return [(float(a), float(p)) for a, p in zip(rng.random(n), rng.integers(100, 10_000, n), strict=True)]
