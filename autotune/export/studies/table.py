"""The trials of a study as a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from autotune.results import objectives_of, plain
from autotune.trial import Trial, config_to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from autotune.objectives import Objective
    from autotune.store import Store


def frame(store: Store, name: str) -> pd.DataFrame:
    """A row for each trial, in order.

    Returns:
        What it is (``trial``, ``kind``, ``label``, ``state``, ``seed``, ``repeat_of``, ``bracket``), how far it came
        (``examples``, ``device_seconds``), the objectives by their names as last observed, every metric as
        ``selection.NAME`` and ``held_out.NAME``, costs as ``known.NAME`` and ``measured.NAME``, the configuration as
        ``config.NAME`` (layer subsets as JSON lists), and ``failure``.
    """
    import pandas as pd

    row = store.study(name)
    objectives = objectives_of(row)
    trials = [trial for _, trial in sorted(store.history(row.id).trials.items())]
    rows = [_row(trial, objectives) for trial in trials]
    groups = ("", "selection.", "held_out.", "known.", "measured.", "config.", "failure")
    names = dict.fromkeys(key for one in rows for key in one)
    ordered = sorted(names, key=lambda key: next(i for i, g in reversed(list(enumerate(groups))) if key.startswith(g)))
    columns = {name: [one.get(name) for one in rows] for name in ordered}
    return pd.DataFrame({name: pd.array(cells, dtype=_kind(cells)) for name, cells in columns.items()})


def _kind(cells: Sequence[Any]) -> Any:
    """A type that has room for what is missing and keeps whole numbers whole."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if not kinds or kinds == {int}:
        return "Int64"
    if kinds == {bool}:
        return "boolean"
    return "Float64" if kinds <= {int, float} else "string" if kinds == {str} else object


def _row(trial: Trial, objectives: Sequence[Objective]) -> dict[str, Any]:
    last = trial.curve[-1].metrics if trial.curve else {}
    values = {o.name: v for o in objectives if (v := trial.value(o.name)) is not None}
    config = {k: json.dumps(v) if isinstance(v, list) else v for k, v in config_to_json(trial.config).items()}
    parts = {
        "selection": last,
        "held_out": trial.held_out or {},
        "known": {k: plain(k, v) for k, v in trial.known.items()},
        "measured": trial.measured,
        "config": config,
    }
    return {
        "trial": trial.number,
        "kind": trial.kind.value,
        "label": trial.label,
        "state": trial.state.value,
        "seed": trial.seed,
        "repeat_of": trial.repeat_of,
        "bracket": trial.bracket,
        "examples": trial.examples_seen,
        "device_seconds": trial.device_seconds,
        **{name: plain(name, value) for name, value in values.items()},
        **{f"{part}.{name}": value for part, of in parts.items() for name, value in of.items()},
        "failure": trial.failure.kind.value if trial.failure else None,
    }
