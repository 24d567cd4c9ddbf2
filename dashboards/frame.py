"""All trials of a study as one data frame: what the front is drawn from, and what the table shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
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

_FIXED: dict[str, Any] = {
    "trial": int, "kind": object, "label": object, "method": object, "configuration": object, "seeds": int,
    "examples": int, "device_seconds": float,
}  # fmt: skip
"""Columns that every study has, with their types; objectives, metrics and costs follow."""
HELD = "held_out."
STATUSES = ("front", "dominated", "infeasible", "control", "running", "paused", "stopped", "failed", "repeat")


class Rows:
    """The rows of a study's trials. A row is made again only when its trial has changed, so a study may grow large."""

    def __init__(self) -> None:
        self.said: dict[int, str] = {}
        """Configurations in words, by trial."""
        self._trials: list[Trial] = []
        self._fixed: dict[str, list[Any]] = {name: [] for name in (*_FIXED, "state")}
        self._values: dict[str, list[float]] = {}
        self._where: dict[int, int] = {}

    def take(self, trials: Iterable[Trial]) -> None:
        """Look at all trials of the study, in their order."""
        for place, trial in enumerate(trials):
            if place == len(self._trials):
                self._trials.append(trial)
                self._where[trial.number] = place
                for column in (*self._fixed.values(), *self._values.values()):
                    column.append(math.nan)
            elif self._trials[place] is trial:
                continue
            self._trials[place] = trial
            self._set(place, trial)

    def _set(self, place: int, t: Trial) -> None:
        if t.number not in self.said:
            self.said[t.number] = describe(t.config)
        fixed = (t.number, t.kind.value, t.label, str(t.config.get("method", "")), self.said[t.number], 1,
                 t.examples_seen, t.device_seconds, _state(t))  # fmt: skip
        for column, value in zip(self._fixed.values(), fixed, strict=True):
            column[place] = value
        last: Mapping[str, float] = t.curve[-1].metrics if t.curve else {}
        held = {f"{HELD}{name}": value for name, value in (t.held_out or {}).items()}
        for name, number in {**last, **t.measured, **t.known, **held}.items():
            if name not in self._values:
                if name.endswith("_error"):
                    continue
                self._values[name] = [math.nan] * len(self._trials)
            self._values[name][place] = number

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """What was taken: the fixed columns, then those names, then all other values, held-out ones last."""
        count = len(self._trials)
        rest = sorted((n for n in self._values if n not in names), key=lambda n: n.startswith(HELD))
        values = {n: np.array(self._values.get(n, [math.nan] * count), dtype=float) for n in (*names, *rest)}
        index = list(self._where)
        told = {n: pd.Series(self._fixed[n], index, dtype=kind) for n, kind in _FIXED.items()}
        status = pd.Series(self._fixed["state"], index, dtype=object)
        return pd.DataFrame({"trial": told.pop("trial"), "status": status, **told, **values}, index=index)

    def allowed(self, constraints: Sequence[Constraint]) -> np.ndarray:
        """Which trials break no bound, shape (trials,)."""
        return np.array([feasible(t, constraints) for t in self._trials] if constraints else True, dtype=bool)


def trials_frame(
    history: History, found: StudyResults, constraints: Sequence[Constraint] = (), rows: Rows | None = None
) -> pd.DataFrame:
    """One row for each trial, in their order.

    Args:
        history: of the study; of each curve only the last point is looked at.
        found: its results.
        constraints: of the study.
        rows: of the same study at an earlier time; they are brought up to date.

    Returns:
        ``trial``, ``status`` (one of ``STATUSES``; ``control`` says nothing of the front), ``on_front``, ``winner``,
        ``kind``, ``label``, ``method``, ``configuration`` in words, ``seeds``, ``examples``, ``device_seconds``; every
        metric (mean over seeds where it was trained in full, else the last value), every cost, and ``held_out.``
        metrics. NaN where a trial has none.
    """
    rows = Rows() if rows is None else rows
    rows.take(history.trials.values())
    frame = rows.frame([o.name for o in found.objectives])
    _average(frame, history, found)
    allowed = rows.allowed(constraints)
    frame["on_front"] = _on_front(frame, found.objectives, allowed)
    done = frame["status"] == "complete"
    frame.loc[done, "status"] = np.where(frame.loc[done, "on_front"], "front", "dominated")
    frame.loc[done & ~np.broadcast_to(allowed, len(frame)), "status"] = "infeasible"
    frame["winner"] = frame["trial"] == (found.winner.trial if found.winner else -1)
    return frame


def _average(frame: pd.DataFrame, history: History, found: StudyResults) -> None:
    """Put means over seeds where a configuration was trained with several."""
    several = set(history.repeats)
    for entry in found.entries if several else ():
        if entry.trial in several:
            stats = {**entry.measured, **entry.metrics, **entry.values}
            stats |= {f"{HELD}{n}": s for n, s in entry.held_out.items()}
            for name, stat in stats.items():
                if name in frame.columns:
                    frame.loc[entry.trial, name] = stat.mean
            frame.loc[entry.trial, "seeds"] = entry.seeds


def _state(t: Trial) -> str:
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
