"""What a study has found: its front, winner, finalists and controls, derived from the recorded history.

Commands, the Python API, exports and dashboards all read a study through these plain types. Only trials at full
fidelity count. Repeats with other seeds are averaged into the trial that they repeat. The winner is chosen on the
selection part; held-out scores are reported beside it and never choose anything.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import Any, Protocol

import numpy as np

from autotune import standing
from autotune.facts import TaskFacts
from autotune.history import History
from autotune.objectives import COSTS, Constraint, Objective, choose
from autotune.pareto import front_mask
from autotune.spec import StudySpec
from autotune.trial import Config, Trial, TrialKind, TrialState, config_to_json


@dataclass(frozen=True)
class Stat:
    """A figure over the seeds that a configuration was trained with."""

    mean: float
    sd: float | None
    """Sample standard deviation; None with a single seed."""
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Stat:
        """The figure of one or more values."""
        if len(values) == 1:
            return cls(float(values[0]), None, 1)
        return cls(fmean(values), stdev(values), len(values))


@dataclass(frozen=True)
class Entry:
    """A configuration trained to the end, with one or more seeds."""

    trial: int
    kind: TrialKind
    label: str
    config: Config
    seeds: int
    trials: tuple[int, ...]
    """The trial itself, then its completed repeats."""
    values: Mapping[str, Stat]
    """Every objective that was observed, on the selection part."""
    metrics: Mapping[str, Stat]
    """Every metric at the end of training, on the selection part."""
    held_out: Mapping[str, Stat]
    """Every metric on the held-out split; empty before scoring."""
    known: Mapping[str, float]
    """Costs computed before training."""
    measured: Mapping[str, Stat] = field(default_factory=dict)
    """Costs measured while training."""

    def to_dict(self) -> dict[str, Any]:
        """The row of the front as ``autotune pareto --json`` prints it: means over seeds."""
        return {
            "trial": self.trial,
            "config": config_to_json(self.config),
            "values": {name: plain(name, stat.mean) for name, stat in self.values.items()},
            "held_out": {name: stat.mean for name, stat in self.held_out.items()} or None,
        }


def plain(name: str, value: float) -> float | int:
    """The value of an objective as JSON has it: counts and sizes are whole numbers."""
    return round(value) if name in COSTS and COSTS[name].known_before_training else value


@dataclass(frozen=True)
class StudyResults:
    """Everything the reports of a study say."""

    objectives: tuple[Objective, ...]
    """The first is the primary one."""
    entries: tuple[Entry, ...]
    """Every configuration trained to the end, best primary objective first."""
    front: tuple[Entry, ...]
    """The non-dominated ones among them, best primary objective first."""
    winner: Entry | None
    """None before a trial of the search is complete."""
    controls: Mapping[str, Entry]
    """By name: ``head``, ``lora``, ``lora-tuned``, ``full``, as far as they are complete."""
    finalists: tuple[Entry, ...]
    """Trials of the search with more than one seed or a held-out score, best first."""
    states: Mapping[str, int] = field(default_factory=dict)
    """Number of trials by state."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """Number of failed trials by kind of failure."""

    @property
    def named(self) -> list[tuple[str, Entry]]:
        """The winner and the controls, those that there are."""
        winner = [("winner", self.winner)] if self.winner else []
        return [*winner, *self.controls.items()]

    @property
    def primary(self) -> Objective:
        """The objective that crowns."""
        return self.objectives[0]

    def entry(self, trial: int) -> Entry | None:
        """The entry that a trial belongs to, as itself or as a repeat."""
        return next((e for e in self.entries if trial in e.trials), None)


Made = dict[int, tuple[list[Trial], Entry]]
"""Entries with the trainings that they were made from, by trial."""


def results(
    history: History, objectives: Sequence[Objective], constraints: Sequence[Constraint] = (), known: Made | None = None
) -> StudyResults:
    """The results of a history.

    Args:
        history: of the study.
        objectives: of the study, the primary one first.
        constraints: what breaks one is no entry, and so neither on the front nor the winner.
        known: entries of an earlier time of the same study; those that stand are taken, new ones are put there.
    """
    known = {} if known is None else known
    primary = objectives[0]
    trials = standing.complete(history, TrialKind.SEARCH, TrialKind.CONTROL)
    made = {t.number: _entry(history, t, objectives, known) for t in standing.best_first(history, trials, primary)}
    kept = [e for e in made.values() if all(c.holds(_figures(e)) for c in constraints)]
    searched = [e for e in kept if e.kind is TrialKind.SEARCH]
    most = max((e.seeds for e in searched), default=0)  # the best of many single trainings is an optimist
    winner = next((e for e in searched if e.seeds == most), None)
    failed = [t.failure.kind.value for t in history.trials.values() if t.failure and t.state is TrialState.FAILED]
    return StudyResults(
        tuple(objectives),
        tuple(kept),
        tuple(front(kept, objectives)),
        winner,
        _controls(history, made, primary),
        tuple(e for e in searched if e.seeds > 1 or e.held_out),
        dict(Counter(t.state.value for t in history.trials.values())),
        dict(Counter(failed)),
    )


def front(entries: Sequence[Entry], objectives: Sequence[Objective]) -> list[Entry]:
    """The non-dominated entries, in their order; one that lacks an objective is on no front."""
    full = [e for e in entries if all(o.name in e.values and math.isfinite(e.values[o.name].mean) for o in objectives)]
    if not full:
        return []
    mask = front_mask(np.array([[o.minimized(e.values[o.name].mean) for o in objectives] for e in full]))
    return [e for e, kept in zip(full, mask, strict=True) if kept]


def _figures(entry: Entry) -> dict[str, float]:
    return {name: stat.mean for name, stat in {**entry.metrics, **entry.measured}.items()} | dict(entry.known)


def _entry(history: History, trial: Trial, objectives: Sequence[Objective], known: Made) -> Entry:
    runs = standing.repeats(history, trial.number)
    before, entry = known.get(trial.number, ((), None))
    if entry is None or len(before) != len(runs) or any(a is not b for a, b in zip(before, runs, strict=True)):
        entry = _made(trial, runs, objectives)
        known[trial.number] = runs, entry
    return entry


def _made(trial: Trial, runs: Sequence[Trial], objectives: Sequence[Objective]) -> Entry:
    last = [run.curve[-1].metrics for run in runs if run.curve]
    scored = [run.held_out for run in runs if run.held_out]
    observed = {o.name: [v for run in runs if (v := run.value(o.name)) is not None] for o in objectives}
    return Entry(
        trial=trial.number,
        kind=trial.kind,
        label=trial.label,
        config=trial.config,
        seeds=len(runs),
        trials=tuple(run.number for run in runs),
        values={name: Stat.of(values) for name, values in observed.items() if values},
        metrics=_stats(last),
        held_out=_stats(scored),
        known=trial.known,
        measured=_stats([run.measured for run in runs]),
    )


def _stats(rows: Sequence[Mapping[str, float]]) -> dict[str, Stat]:
    return {name: Stat.of([row[name] for row in rows if name in row]) for name in (rows[0] if rows else ())}


def _controls(history: History, made: Mapping[int, Entry], primary: Objective) -> dict[str, Entry]:
    by_label = {e.label: e for e in made.values() if e.kind is TrialKind.CONTROL}
    found = {name: by_label[name] for name in ("head", standing.DEFAULT_LORA) if name in by_label}
    tuned = standing.tuned_control(history, primary)
    grid = any(t.label.startswith(standing.TUNED) for t in history.trials.values())
    if grid and tuned is not None:
        found["lora-tuned"] = made[tuned.number]
    return found | ({"full": by_label["full"]} if "full" in by_label else {})


def better_controls(found: StudyResults) -> list[str]:
    """The controls with a better mean of the primary objective than the winner; one trial counts once."""
    winner, primary = found.winner, found.primary
    if winner is None:
        return []
    score = primary.minimized(winner.values[primary.name].mean)
    better = {e.trial: n for n, e in found.controls.items() if primary.minimized(e.values[primary.name].mean) < score}
    return list(better.values())


class Recorded(Protocol):
    """What is asked of a study as the store keeps it."""

    @property
    def spec(self) -> Mapping[str, Any]:
        """The specification, as ``StudySpec.to_dict`` says it."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """``model``, ``task`` and ``calibration``."""
        ...


def objectives_of(study: Recorded) -> tuple[Objective, ...]:
    """The objectives of a stored study, the primary one first."""
    task = TaskFacts.from_dict(study.facts["task"])
    return choose(study.spec.get("objectives") or (), task.metrics, task.rank_metric)


def of_study(study: Recorded, history: History) -> StudyResults:
    """The results of a stored study."""
    spec = StudySpec.from_dict(study.spec)
    return results(history, objectives_of(study), [Constraint.parse(text) for text in spec.constraints])
