"""Ends that a model could not ask for by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autotune.decision import Thaw
from autotune.history import History
from autotune.strategies.asha import Asha
from autotune.strategies.base import Setting
from autotune.trial import TrialKind, TrialState

_FIRST = 3
"""Trials that are trained to their ends by fronts before a model is asked which."""
_DOUBT = 0.1
"""Share of later decisions that go by fronts, too."""


def by_fronts(history: History, setting: Setting, halving: Asha, rng: np.random.Generator) -> Thaw | None:
    """A promotion that no model has a say in, now and then; None where the model is to decide.

    A known objective draws the search to its best values before anything is known of the ends elsewhere, and a model
    that has seen ends in one corner only is sure of all others. Where there is one, the first trials to be trained in
    full, and a few later ones, are therefore those that asynchronous halving would promote: the fronts' order keeps
    them spread.
    """
    if not any(objective.known_before_training for objective in setting.objectives):
        return None
    ends = sum(
        t.kind is TrialKind.SEARCH and (t.state is TrialState.COMPLETE or t.target == setting.full)
        for t in history.trials.values()
    )
    if ends >= _FIRST and rng.random() >= _DOUBT:
        return None
    answer = halving.next(history, launching=False)
    if not isinstance(answer, Thaw):
        return None
    return replace(answer, reason=f"by fronts, to learn of ends elsewhere: {answer.reason}")
