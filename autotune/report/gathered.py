"""Everything that a report is about, read from the store once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autotune.decision import Action
from autotune.facts import Calibration, ModelFacts, TaskFacts
from autotune.history import Event, History
from autotune.plugins import import_modules
from autotune.results import StudyResults, of_study
from autotune.spec import StudySpec

if TYPE_CHECKING:
    from autotune.store import FailureRow, Store, StudyRow


@dataclass(frozen=True)
class Predictions:
    """Of one training on the held-out split."""

    logits: NDArray[np.float64]
    """Shape (examples, outputs)."""
    labels: NDArray[np.float64]
    """Shape (examples,)."""


@dataclass(frozen=True)
class Gathered:
    """A study with all that a report says of it."""

    row: StudyRow
    history: History
    results: StudyResults
    events: Sequence[tuple[int, Event]]
    """With their revisions, in order."""
    actions: Sequence[Action]
    failures: Sequence[FailureRow]
    predictions: Mapping[int, Predictions]
    """By trial, of the winner, its repeats, the controls and theirs; empty for what was not scored."""

    @property
    def spec(self) -> StudySpec:
        """What was asked."""
        return StudySpec.from_dict(self.row.spec)

    @property
    def model(self) -> ModelFacts:
        """The base model."""
        return ModelFacts.from_dict(self.row.facts["model"])

    @property
    def task(self) -> TaskFacts:
        """The data."""
        return TaskFacts.from_dict(self.row.facts["task"])

    @property
    def speed(self) -> Calibration:
        """The machine."""
        return Calibration.from_dict(self.row.facts["calibration"])


def gather(store: Store, name: str) -> Gathered:
    """Read a study.

    Raises:
        AutotuneError: there is none of that name.
    """
    row = store.study(name)
    import_modules(StudySpec.from_dict(row.spec).plugins)
    events = store.events(row.id)
    history = History(row.full).after_all(event for _, event in events)
    found = of_study(row, history)
    entries = [found.winner, *found.controls.values()]
    wanted = {number for entry in entries if entry is not None for number in entry.trials}
    told = {number: store.predictions(row.id, number) for number in sorted(wanted)}
    predictions = {n: Predictions(np.array(p["logits"]), np.array(p["labels"])) for n, p in told.items() if p}
    actions = [d.action for d in store.decisions(row.id)]
    return Gathered(row, history, found, events, actions, store.failures(row.id), predictions)
