"""Losses or the metric itself before the end: the model takes what foretells the ends that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from helpers.cube import SIZE, config, history, points, setting, trial

from autotune.history import History
from autotune.objectives import Objective
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.surrogate import Surrogate
from autotune.trial import Trial

ACCURACY = Objective("accuracy", "maximize")
MADE = setting((ACCURACY, SIZE), losses=True)


def searched(ends: int, *, by: str, seed: int = 0) -> History:
    """Trials of which so many have ended; the early losses, or the early metric, told how, and the other nothing."""
    rng = np.random.default_rng(seed)
    trials: list[Trial] = []
    for i, at in enumerate(points(30, seed=seed)):
        worth, nothing = float(rng.normal()), float(rng.normal())
        loss, metric = (-worth, nothing) if by == "losses" else (nothing, worth)
        early = {"accuracy": 0.5 + 0.05 * metric, "loss": 1 + 0.1 * loss, "train_loss": 1 + 0.1 * loss}
        scores = {1: early}
        if i < ends:
            scores |= {3: early, 9: {"accuracy": 0.7 + 0.05 * worth + 0.002 * float(rng.normal())}}
        trials.append(trial(i, at, scores))
    return history(*trials)


def model(past: History) -> Surrogate:
    return Surrogate(past, MADE, Basis(MADE))


def test_the_losses_are_kept_where_they_tell() -> None:
    assert model(searched(12, by="losses")).models[ACCURACY].name == "accuracy"


def test_the_metric_is_taken_where_it_tells_more() -> None:
    past = searched(12, by="metric")
    found = model(past)
    assert found.models[ACCURACY].name == "accuracy itself"
    early = [t.curve[0].metrics["accuracy"] for t in past.trials.values()][12:]
    foretold = found.means([config(*map(float, t.config.values())) for t in past.trials.values()][12:])[:, 0]
    assert np.corrcoef(early, foretold)[0, 1] < -0.7


def test_a_few_ends_are_no_reason_to_doubt_the_losses() -> None:
    assert model(searched(5, by="metric")).models[ACCURACY].name == "accuracy"


def test_after_a_milestone_its_choice_holds() -> None:
    milestone = searched(12, by="metric")
    now = replace(searched(12, by="losses"), milestone=milestone)
    found = model(now)
    assert found.models[ACCURACY].name == "accuracy itself"
    assert (found.models[ACCURACY].parameters.scales == model(milestone).models[ACCURACY].parameters.scales).all()
