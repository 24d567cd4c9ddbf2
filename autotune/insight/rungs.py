"""Whether the rungs rank trials as the end does, and who went on from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from autotune.history import History
from autotune.objectives import Objective
from autotune.strategies.early import EARLY, early_loss
from autotune.strategies.rungs import level_points, observed
from autotune.trial import Trial, TrialKind, TrialState

FEWEST = 4
"""Trials below which a rank correlation says nothing."""


def rank_correlation(history: History, levels: Sequence[int], primary: Objective) -> pd.DataFrame:
    """How well what trials had shown at each level orders them as they ended.

    Only trials trained in full can be asked, so the correlation is that among the survivors: lower than among all.

    Args:
        history: of the study.
        levels: fidelities in examples, ascending; the last is a full training.
        primary: the objective that the end is ranked by.

    Returns:
        A row for each level but the last and each ``by`` (the metric's own name, or ``early_loss``, by which rungs
        compare): ``examples``, ``by``, ``spearman`` (1: as at the end), ``trials``.
    """
    from scipy.stats import spearmanr

    done = [t for t in _trained(history) if t.state is TrialState.COMPLETE and t.curve]
    rows = []
    for index, examples in enumerate(levels[:-1]):
        for by in (primary, EARLY):
            early, ends = _pairs(done, levels, index, by, primary)
            if len(early) < FEWEST or np.ptp(early) == 0 or np.ptp(ends) == 0:
                continue
            rows.append((examples, by.name, float(spearmanr(early, ends).statistic), len(early)))
    return pd.DataFrame(rows, columns=["examples", "by", "spearman", "trials"])


def _pairs(
    trials: Sequence[Trial], levels: Sequence[int], index: int, by: Objective, primary: Objective
) -> tuple[list[float], list[float]]:
    pairs = []
    for trial in trials:
        point = level_points(trial, levels).get(index)
        early = None if point is None else early_loss(point) if by is EARLY else observed(trial, point, by)
        end = observed(trial, trial.curve[-1], primary)
        if early is not None and end is not None and np.isfinite([early, end]).all():
            pairs.append((by.minimized(early), primary.minimized(end)))
    return [a for a, _ in pairs], [b for _, b in pairs]


def promotions(history: History, levels: Sequence[int]) -> pd.DataFrame:
    """Of the search's trials, how many reached each level and what became of them there.

    Returns:
        A row for each level: ``examples``, ``reached``, ``went_on`` (beyond it), ``paused``, ``stopped``, ``failed``,
        ``running`` (those that stand there now), ``complete`` at the last.
    """
    trials = [t for t in history.trials.values() if t.kind is TrialKind.SEARCH]
    rows = []
    for index, examples in enumerate(levels):
        above = levels[index + 1] if index + 1 < len(levels) else np.inf
        here = [t for t in trials if examples <= t.examples_seen < above]
        reached = sum(t.examples_seen >= examples for t in trials)
        states = {state: sum(t.state is state for t in here) for state in TrialState}
        rows.append(
            {"examples": examples, "reached": reached, "went_on": reached - len(here)}
            | {state.value: number for state, number in states.items()}
        )
    return pd.DataFrame(rows)


def _trained(history: History) -> list[Trial]:
    return [t for t in history.trials.values() if t.kind is not TrialKind.REPEAT]
