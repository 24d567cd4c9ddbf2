"""A study as an Optuna study, which optuna-dashboard and ``optuna.load_study`` open."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from autotune.errors import AutotuneError
from autotune.export.studies.parameters import Parameters
from autotune.facts import ModelFacts
from autotune.objectives import Constraint, Objective
from autotune.results import objectives_of
from autotune.space import SearchSpace
from autotune.spec import StudySpec
from autotune.trial import Trial, TrialState
from autotune.words import describe

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from autotune.store import Store, StudyRow

_STATES = {
    TrialState.COMPLETE: "COMPLETE",
    TrialState.FAILED: "FAIL",
    TrialState.STOPPED: "PRUNED",
    TrialState.PAUSED: "PRUNED",
    TrialState.RUNNING: "RUNNING",
}
"""Optuna knows no pause: what was given up or waits at the end of a study is pruned there."""


def write(store: Store, name: str, url: str, *, overwrite: bool = False) -> str:
    """Write a study into an Optuna storage.

    Args:
        store: that holds it.
        name: of the study, there too.
        url: of the storage, such as ``sqlite:///x.db``.
        overwrite: replace a study of that name.

    Returns:
        The storage's URL.

    Raises:
        AutotuneError: the storage has a study of that name, or cannot be written.
    """
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    if "://" not in url:
        raise AutotuneError(f"{url} is no URL of an Optuna storage", f"write for example: sqlite:///{url}")
    row = store.study(name)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        storage = optuna.storages.RDBStorage(url)
        if name in optuna.get_all_study_names(storage):
            if not overwrite:
                raise AutotuneError(f"there is a study {name!r} already in {url}", "replace it with --overwrite")
            optuna.delete_study(study_name=name, storage=storage)
        objectives = objectives_of(row)
        made = optuna.create_study(storage=storage, study_name=name, directions=[o.direction for o in objectives])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            made.set_metric_names([o.name for o in objectives])
        for key, value in _about(row).items():
            made.set_user_attr(key, value)
        try:
            made.add_trials(_trials(store, row, objectives))
        except BaseException:
            optuna.delete_study(study_name=name, storage=storage)
            raise
    except (SQLAlchemyError, ImportError, ValueError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise AutotuneError(f"{url} cannot be written: {reason}", "write for example: sqlite:///x.db") from error
    return url


def _about(row: StudyRow) -> dict[str, Any]:
    task = row.facts["task"]
    return {
        "task": task["task"],
        "model": row.spec["model"],
        "examples of a full training": row.full,
        "levels": list(row.levels),
        "budget": list(row.spec["budget"]),
        "seed": row.seed,
        "message": row.message,
        "autotune": row.environment.get("packages", {}).get("autotune", ""),
        "values": "on the selection part; parameters are without the head",
    }


def _trials(store: Store, row: StudyRow, objectives: Sequence[Objective]) -> list[FrozenTrial]:
    spec = StudySpec.from_dict(row.spec)
    trials = [t for _, t in sorted(store.history(row.id).trials.items())]
    layers = ModelFacts.from_dict(row.facts["model"]).layers
    parameters = Parameters(SearchSpace.from_dict(dict(spec.space)).bind(layers), trials, layers)
    times = _times(store, row)
    constraints = [Constraint.parse(text) for text in spec.constraints]
    return [_trial(t, objectives, parameters, times.get(t.number, (row.created, None)), constraints) for t in trials]


def _times(store: Store, row: StudyRow) -> dict[int, tuple[float, float | None]]:
    """When each trial began and ended."""
    found: dict[int, tuple[float, float | None]] = {}
    for segment in store.segments(row.id):
        if segment.purpose == "train":
            began = found[segment.trial][0] if segment.trial in found else segment.started_at or segment.submitted_at
            found[segment.trial] = (began, segment.ended_at)
    return found


def _trial(
    trial: Trial,
    objectives: Sequence[Objective],
    parameters: Parameters,
    times: tuple[float, float | None],
    constraints: Sequence[Constraint],
) -> FrozenTrial:
    import optuna

    values = [trial.value(o.name) for o in objectives]
    state = optuna.trial.TrialState[_STATES[trial.state]]
    if state is optuna.trial.TrialState.COMPLETE and None in values:
        state = optuna.trial.TrialState.PRUNED  # an objective was never observed: Optuna wants all of a complete one
    params, distributions = parameters.of(trial)
    finished = state.is_finished()
    made = optuna.trial.create_trial(
        state=state,
        params=params,
        distributions=distributions,
        values=[float(v) for v in values if v is not None] if state is optuna.trial.TrialState.COMPLETE else None,
        intermediate_values=_curve(trial, objectives[0].name),
        user_attrs=_attributes(trial, objectives),
        system_attrs=_feasibility(trial, constraints),
    )
    made.datetime_start = datetime.fromtimestamp(times[0])
    made.datetime_complete = datetime.fromtimestamp(times[1] or times[0]) if finished else None
    return made


def _curve(trial: Trial, primary: str) -> dict[int, float]:
    return {p.examples: p.metrics[primary] for p in trial.curve if primary in p.metrics}


def _feasibility(trial: Trial, constraints: Iterable[Constraint]) -> dict[str, Any]:
    """Optuna's own key: above 0 is infeasible."""
    last = trial.curve[-1].metrics if trial.curve else {}
    figures = {**last, **trial.measured, **trial.known}
    found = [float(not c.holds(figures)) for c in constraints]
    return {"constraints": found} if found else {}


def _attributes(trial: Trial, objectives: Sequence[Objective]) -> dict[str, Any]:
    parts: dict[str, Mapping[str, Any]] = {
        "known": trial.known,
        "measured": trial.measured,
        "selection": trial.curve[-1].metrics if trial.curve else {},
        "held_out": trial.held_out or {},
    }
    names = {o.name for o in objectives}
    said: dict[str, Any] = {
        "configuration": describe(trial.config),
        "kind": trial.kind.value,
        "label": trial.label,
        "state": trial.state.value,
        "seed": trial.seed,
        "repeat_of": trial.repeat_of,
        "examples": trial.examples_seen,
        "device_seconds": trial.device_seconds,
        "failure": f"{trial.failure.kind.value}: {trial.failure.message}" if trial.failure else None,
    }
    said |= {f"{part}.{k}": v for part, of in parts.items() for k, v in of.items() if part != "known" or k not in names}
    return {k: v for k, v in said.items() if v not in (None, "")}
