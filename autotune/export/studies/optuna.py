"""A study as an Optuna study, which optuna-dashboard and ``optuna.load_study`` open."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autotune.errors import AutotuneError
from autotune.export.staging import written
from autotune.export.studies import optuna_rows
from autotune.export.studies.parameters import Parameters
from autotune.facts import ModelFacts
from autotune.objectives import Constraint, Objective
from autotune.results import objectives_of
from autotune.space import SearchSpace
from autotune.spec import StudySpec
from autotune.trial import Trial, TrialState
from autotune.words import describe

if TYPE_CHECKING:
    from optuna.storages import RDBStorage
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
        The storage's URL, its password masked.

    Raises:
        AutotuneError: the storage has a study of that name, or cannot be written.
    """
    import optuna
    import sqlalchemy as sa

    from autotune.store.engine import shown

    if "://" not in url:
        raise AutotuneError(f"{url} is no URL of an Optuna storage", f"write for example: sqlite:///{url}")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    row, file = store.study(name), _new_file(url)
    told = shown(sa.make_url(url))
    try:
        if file is None:
            _put(optuna.storages.RDBStorage(url), store, row, overwrite=overwrite)
        else:  # a file that is not there yet appears whole, or not at all
            with written(file) as beside:
                storage = optuna.storages.RDBStorage(f"sqlite:///{beside}")
                try:
                    _put(storage, store, row)
                finally:
                    storage.engine.dispose()
    except (sa.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError, ImportError, ValueError, OSError) as error:
        cause = error.__cause__ or error
        reason = str(getattr(cause, "orig", None) or cause).splitlines()[0]
        raise AutotuneError(f"{told} cannot be written: {reason}", "write for example: sqlite:///x.db") from error
    return told


def _new_file(url: str) -> Path | None:
    """The file of an SQLite storage that has to be made."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        place = make_url(url)
    except ArgumentError as error:
        kind = url.split("://")[0]
        raise AutotuneError(
            f"{kind}://... is no URL of an Optuna storage", "write for example: sqlite:///x.db"
        ) from error
    if place.get_backend_name() != "sqlite" or place.database in (None, "", ":memory:") or place.query:
        return None
    file = Path(str(place.database))
    return None if file.exists() else file


def _put(storage: RDBStorage, store: Store, row: StudyRow, *, overwrite: bool = False) -> None:
    """Write the study under another name, and give it its own once it is whole: a part of it is never found there."""
    import optuna
    import sqlalchemy as sa
    from optuna.storages._rdb.models import StudyModel

    from autotune.store.engine import shown

    names, unfinished = optuna.get_all_study_names(storage), f"{row.name} (being written)"
    if row.name in names and not overwrite:
        raise AutotuneError(
            f"there is a study {row.name!r} already in {shown(storage.engine.url)}", "replace it with --overwrite"
        )
    if unfinished in names:  # an earlier one broke off
        optuna.delete_study(study_name=unfinished, storage=storage)
    objectives = objectives_of(row)
    made = optuna.create_study(storage=storage, study_name=unfinished, directions=[o.direction for o in objectives])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            made.set_metric_names([o.name for o in objectives])
        for key, value in _about(row).items():
            made.set_user_attr(key, value)
        trials = _trials(store, row, objectives)
        if optuna_rows.can_add(storage):
            optuna_rows.add(storage, unfinished, trials)
        else:
            made.add_trials(trials)
        if row.name in names:
            optuna.delete_study(study_name=row.name, storage=storage)
        studies = sa.inspect(StudyModel).local_table
        with storage.engine.begin() as connection:
            renamed = sa.update(studies).where(studies.c.study_name == unfinished).values(study_name=row.name)
            connection.execute(renamed)
    except BaseException:
        optuna.delete_study(study_name=unfinished, storage=storage)
        raise


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
