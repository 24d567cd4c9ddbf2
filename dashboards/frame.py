"""All trials of a study as one data frame: what the front is drawn from, and what the table shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autotune.history import History
from autotune.objectives import Constraint, Objective
from autotune.pareto import front_mask
from autotune.results import StudyResults
from autotune.standing import feasible
from autotune.trial import Trial, TrialKind, TrialState
from autotune.words import describe

FIXED = ("trial", "status", "kind", "label", "method", "configuration", "seeds", "examples", "device_seconds")
"""Columns that every study has; objectives, metrics and costs follow."""
STATUSES = ("front", "dominated", "infeasible", "control", "running", "paused", "stopped", "failed", "repeat")


def trials_frame(
    history: History,
    found: StudyResults,
    constraints: Sequence[Constraint] = (),
    said: dict[int, str] | None = None,
) -> pd.DataFrame:
    """One row for each trial, in their order.

    Args:
        history: of the study; of each curve only the last point is looked at.
        found: its results.
        constraints: of the study.
        said: configurations in words by trial, filled here and used again: they never change.

    Returns:
        ``trial``, ``status`` (one of ``STATUSES``; ``control`` says nothing of the front), ``on_front``, ``winner``,
        ``kind``, ``label``, ``method``, ``configuration`` in words, ``seeds``, ``examples``, ``device_seconds``; every
        metric (mean over seeds where it was trained in full, else the last value), every cost, and ``held_out.``
        metrics. NaN where a trial has none.
    """
    words = {} if said is None else said
    trials = list(history.trials.values())
    names = _names(trials, found.objectives)
    rows = [_row(t, names, words) for t in trials]
    frame = pd.DataFrame(rows, columns=["trial", "kind", "label", "method", "configuration", "seeds", "examples",
                                        "device_seconds", *names], index=[t.number for t in trials])  # fmt: skip
    _average(frame, history, found, names)
    allowed = np.array([feasible(t, constraints) for t in trials], dtype=bool) if constraints else True
    status = [_status(t) for t in trials]
    frame.insert(1, "status", pd.Series(status, index=frame.index, dtype=object))
    frame["on_front"] = _on_front(frame, found.objectives, allowed)
    done = frame["status"] == "complete"
    frame.loc[done, "status"] = np.where(frame.loc[done, "on_front"], "front", "dominated")
    frame.loc[done & ~np.broadcast_to(allowed, len(frame)), "status"] = "infeasible"
    frame["winner"] = frame["trial"] == (found.winner.trial if found.winner else -1)
    return frame


def _names(trials: Sequence[Trial], objectives: Sequence[Objective]) -> list[str]:
    """Objectives first, then metrics, costs and held-out metrics."""
    names: dict[str, None] = dict.fromkeys(o.name for o in objectives)
    for t in trials:
        for group in (t.curve[-1].metrics if t.curve else {}, t.known, t.measured):
            names.update(dict.fromkeys(n for n in group if not n.endswith("_error")))
    held = {f"held_out.{n}": None for t in trials if t.held_out for n in t.held_out}
    return [*names, *held]


def _row(t: Trial, names: Sequence[str], words: dict[int, str]) -> list[Any]:
    text = words.get(t.number)
    if text is None:
        text = words[t.number] = describe(t.config)
    last: Mapping[str, float] = t.curve[-1].metrics if t.curve else {}
    values = {**last, **t.measured, **t.known}
    if t.held_out:
        values |= {f"held_out.{n}": v for n, v in t.held_out.items()}
    method = str(t.config.get("method", ""))
    return [
        t.number, t.kind.value, t.label, method, text, 1, t.examples_seen, t.device_seconds,
        *(values.get(n, math.nan) for n in names),
    ]  # fmt: skip


def _average(frame: pd.DataFrame, history: History, found: StudyResults, names: Sequence[str]) -> None:
    """Put means over seeds where a configuration was trained with several."""
    several = set(history.repeats)
    for entry in found.entries if several else ():
        if entry.trial in several:
            stats = {**entry.measured, **entry.metrics, **entry.values}
            stats |= {f"held_out.{n}": s for n, s in entry.held_out.items()}
            for name, stat in stats.items():
                if name in names:
                    frame.loc[entry.trial, name] = stat.mean
            frame.loc[entry.trial, "seeds"] = entry.seeds


def _status(t: Trial) -> str:
    if t.kind is TrialKind.REPEAT:
        return "repeat"
    if t.state is TrialState.COMPLETE:
        return "control" if t.kind is TrialKind.CONTROL else "complete"
    return t.state.value


def _on_front(frame: pd.DataFrame, objectives: Sequence[Objective], allowed: Any) -> Any:
    """Which configurations trained in full no other one dominates; controls are rivals too."""
    entered = frame["status"].isin(("complete", "control")).to_numpy() & allowed
    points = minimized(frame, objectives)
    entered &= np.isfinite(points).all(axis=1)
    mask = np.zeros(len(frame), dtype=bool)
    if entered.any():
        mask[entered] = front_mask(points[entered])
    return mask


def minimized(frame: pd.DataFrame, objectives: Sequence[Objective]) -> np.ndarray:
    """The objectives turned so that smaller is better, shape (trials, objectives)."""
    return np.column_stack([o.minimized(1.0) * frame[o.name].to_numpy(dtype=float) for o in objectives])


def row_reader(frame: pd.DataFrame, history: History) -> tuple[set[str], Callable[[int], Mapping[str, Any]]]:
    """For filters: every name that a trial may be asked for, and a trial's values by name.

    Parameters go by their full name and by its last word; columns come first.
    """
    columns = list(frame.columns)
    table = dict(zip(frame["trial"].tolist(), frame.to_numpy(dtype=object).tolist(), strict=True))
    parameters = {p for t in history.trials.values() for p in t.config}
    names = set(columns) | parameters | {p.rpartition(".")[2] for p in parameters}

    def values(trial: int) -> Mapping[str, Any]:
        config = history.trials[trial].config
        short = {p.rpartition(".")[2]: v for p, v in config.items()}
        return {**short, **config, **dict(zip(columns, table[trial], strict=True))}

    return names, values
