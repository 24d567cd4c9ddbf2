"""What a run under Ray Tune has found: the front, read from the experiment's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.fs
from ray.tune import Result, ResultGrid

from autotune.errors import AutotuneError
from autotune.event_json import event_from_json
from autotune.history import History
from autotune.integrations.tune.search import STATE, read_state
from autotune.objectives import Objective
from autotune.pareto import front_mask
from autotune.standing import ends
from autotune.trial import TrialState, config_to_json


@dataclass(frozen=True)
class Found:
    """A trial of the front."""

    trial_id: str
    """Tune's name of it."""
    config: Mapping[str, Any]
    values: Mapping[str, float]
    """Every objective, the known ones too, after a full training."""
    result: Result
    """As Tune tells it: checkpoint, metrics, path."""


def front(results: ResultGrid) -> list[Found]:
    """The trials trained in full that no other dominates, the best by the first objective first.

    Args:
        results: of ``Tuner.fit``, or of ``Tuner.restore(...).get_results``.

    Raises:
        AutotuneError: the experiment was not searched by ``Search``.
    """
    state = _newest(results)
    objectives = [Objective(**said) for said in state["objectives"]]
    history = History(state["full"]).after_all(event_from_json(event) for event in state["events"])
    names = {number: name for name, number in state["trials"].items()}
    told = {result.metrics["trial_id"]: result for result in results if result.metrics}
    trials = [t for t in history.trials.values() if t.state is TrialState.COMPLETE and names.get(t.number) in told]
    rows = ends(trials, objectives)
    mask = front_mask(rows)
    order = [i for i in np.argsort(rows[:, 0], kind="stable").tolist() if mask[i]]
    return [
        Found(
            names[trials[i].number],
            config_to_json(trials[i].config),
            {o.name: o.minimized(value) for o, value in zip(objectives, rows[i].tolist(), strict=True)},
            told[names[trials[i].number]],
        )
        for i in order
    ]


def _newest(results: ResultGrid) -> dict[str, Any]:
    chosen = pyarrow.fs.FileSelector(results.experiment_path)
    before, after = STATE.split("{}")
    files = [
        info.path
        for info in results.filesystem.get_file_info(chosen)
        if info.base_name.startswith(before) and info.base_name.endswith(after)
    ]
    if not files:
        raise AutotuneError(
            f"{results.experiment_path} has no state of a search", "give the results of a Tuner that used Search"
        )
    with results.filesystem.open_input_stream(max(files)) as stream:
        return read_state(stream.readall().decode(), max(files))
