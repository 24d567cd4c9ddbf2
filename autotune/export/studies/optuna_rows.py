"""Many trials into an Optuna database at once.

``Study.add_trials`` asks the database about every value before it writes it, and counts all earlier trials for each new
one: minutes for ten thousand. Here the same rows go in by table, in one transaction.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

SCHEMA = 12
"""The version of Optuna's tables that this file writes."""
CHUNK = 500
"""Trials at a time: some thirty thousand rows."""


def can_add(storage: RDBStorage) -> bool:
    """Whether the tables are the ones known here, and the database gives back the numbers of many new rows at once."""
    from optuna.storages._rdb import models

    dialect = storage.engine.dialect
    returns = dialect.insert_executemany_returning and dialect.insert_executemany_returning_sort_by_parameter_order
    return models.SCHEMA_VERSION == SCHEMA and bool(returns)


def add(storage: RDBStorage, study: str, trials: Sequence[FrozenTrial]) -> None:
    """Add trials to a study that has none yet, all or nothing.

    Args:
        storage: for which ``can_add`` is true.
        study: its name.
        trials: in their order.
    """
    import sqlalchemy as sa
    from optuna.storages._rdb import models as m

    number = storage.get_study_id_from_name(study)
    tables = {model: sa.inspect(model).local_table for model in _models()}
    said: dict[int, str] = {}
    with storage.engine.begin() as connection:
        for start in range(0, len(trials), CHUNK):
            part = trials[start : start + CHUNK]
            rows = [
                {"number": start + i, "study_id": number, "state": t.state, "datetime_start": _utc(t.datetime_start),
                 "datetime_complete": _utc(t.datetime_complete)}
                for i, t in enumerate(part)
            ]  # fmt: skip
            key = tables[m.TrialModel].c.trial_id
            insert = sa.insert(tables[m.TrialModel]).returning(key, sort_by_parameter_order=True)
            keys = connection.execute(insert, rows).scalars().all()
            inside: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
            for trial_id, trial in zip(keys, part, strict=True):
                for model, row in _rows(trial, said):
                    inside[model].append({"trial_id": trial_id, **row})
            for model, more in inside.items():
                connection.execute(sa.insert(tables[model]), more)


def _models() -> tuple[Any, ...]:
    from optuna.storages._rdb import models as m

    return (
        m.TrialModel, m.TrialValueModel, m.TrialParamModel, m.TrialUserAttributeModel, m.TrialSystemAttributeModel,
        m.TrialIntermediateValueModel,
    )  # fmt: skip


def _rows(trial: FrozenTrial, said: dict[int, str]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """What belongs to a trial, by table; ``said`` keeps distributions in JSON."""
    _, values, params, user, system, curve = _models()
    for objective, number in enumerate(trial.values or ()):
        value, kind = values.value_to_stored_repr(number)
        yield values, {"objective": objective, "value": value, "value_type": kind}
    for name, given in trial.params.items():
        distribution = trial.distributions[name]
        stored = {"param_value": distribution.to_internal_repr(given), "distribution_json": _json(distribution, said)}
        yield params, {"param_name": name, **stored}
    for model, attributes in ((user, trial.user_attrs), (system, trial.system_attrs)):
        for name, given in attributes.items():
            yield model, {"key": name, "value_json": json.dumps(given)}
    for step, number in trial.intermediate_values.items():
        value, kind = curve.intermediate_value_to_stored_repr(number)
        yield curve, {"step": step, "intermediate_value": value, "intermediate_value_type": kind}


def _json(distribution: BaseDistribution, said: dict[int, str]) -> str:
    from optuna.distributions import distribution_to_json

    if id(distribution) not in said:
        said[id(distribution)] = distribution_to_json(distribution)
    return said[id(distribution)]


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
