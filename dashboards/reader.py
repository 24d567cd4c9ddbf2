"""Reads studies for the pages: what has not changed is not read again, what is new is read alone."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from autotune.decision import Decision
from autotune.errors import AutotuneError
from autotune.facts import ModelFacts
from autotune.history import Event, History
from autotune.insight.calibration import MOST
from autotune.objectives import Constraint, Objective
from autotune.results import Made, StudyResults, objectives_of, results
from autotune.space import SearchSpace
from autotune.spec import StudySpec
from autotune.store import SegmentRow, Store, StudyRow
from autotune.trial import CurvePoint, TrialKind, TrialState

from .frame import Rows, trials_frame

MOST_STUDIES = 6
"""Studies that are kept in memory; the one not looked at for the longest goes first."""
MOST_CURVES = 400
"""Curves that are kept for outlooks."""
PATIENCE = 0.4
"""Seconds for which an answer about a study's revision is believed."""


@dataclass(frozen=True)
class Known:
    """What snapshots of one study hand on, so that each computes only what is new. Not for several threads."""

    rows: Rows = field(default_factory=Rows)
    entries: Made = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """A study as it stood at one revision. Of each curve only the last point is held."""

    row: StudyRow
    history: History
    events: Sequence[Event]
    known: Known = field(repr=False)

    @property
    def key(self) -> tuple[int, int, str, bool]:
        """Changes when anything that a page shows may have."""
        return self.row.id, self.row.revision, self.row.status.value, self.row.alive

    @cached_property
    def objectives(self) -> tuple[Objective, ...]:
        """The primary one first."""
        return objectives_of(self.row)

    @cached_property
    def constraints(self) -> list[Constraint]:
        """Of the study."""
        return [Constraint.parse(text) for text in StudySpec.from_dict(self.row.spec).constraints]

    @cached_property
    def facts(self) -> ModelFacts:
        """Of the model."""
        return ModelFacts.from_dict(self.row.facts["model"])

    @cached_property
    def space(self) -> SearchSpace:
        """Bound to the model."""
        return SearchSpace.from_dict(self.row.spec["space"]).bind(self.facts.layers)

    @cached_property
    def results(self) -> StudyResults:
        """Front, winner and controls."""
        return results(self.history, self.objectives, self.constraints, self.known.entries)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All trials, as ``trials_frame`` says."""
        return trials_frame(self.history, self.results, self.constraints, self.known.rows)

    def settle(self) -> None:
        """Compute what is shared with later snapshots, before several threads ask for it."""
        _ = self.frame

    @property
    def said(self) -> dict[int, str]:
        """Configurations in words, by trial."""
        return self.known.rows.said

    def decisions(self, trial: int) -> list[Decision]:
        """The recorded decisions about a trial."""
        return [e for e in self.events if isinstance(e, Decision) and e.trial == trial]


class Reader:
    """Snapshots of the studies of one store. Several requests may ask at once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._snapshots: OrderedDict[str, tuple[float, Snapshot]] = OrderedDict()
        self._curves: dict[tuple[int, int, int], tuple[CurvePoint, ...]] = {}
        self._full: tuple[str, int, int, History] | None = None
        self._lock, self._full_lock = threading.RLock(), threading.Lock()

    def names(self) -> list[str]:
        """The studies, newest first."""
        return [row.name for row in reversed(self.store.studies())]

    def newest(self) -> str:
        """The study that a page without a name shows.

        Raises:
            AutotuneError: there is none.
        """
        names = self.names()
        if not names:
            raise AutotuneError("this store has no studies yet", "begin one with: autotune search demo")
        return names[0]

    def snapshot(self, name: str) -> Snapshot:
        """The study as it stands now.

        Raises:
            AutotuneError: there is no such study, or the store cannot be read.
        """
        with self._lock:
            now = time.monotonic()
            seen, known = self._snapshots.get(name, (0.0, None))
            if known is not None and now - seen < PATIENCE:
                return known
            row = self.store.study(name)
            if known is None or known.row.id != row.id or row.revision < known.row.revision:
                found = self._read(row)
            elif row.revision == known.row.revision:
                found = known if _same(row, known.row) else replace(known, row=row)
            else:
                found = self._advanced(known, row)
            found.settle()
            self._snapshots[name] = (now, found)
            self._snapshots.move_to_end(name)
            while len(self._snapshots) > MOST_STUDIES:
                self._snapshots.popitem(last=False)
            return found

    def _read(self, row: StudyRow) -> Snapshot:
        told = [(revision, e) for revision, e in self.store.events(row.id, curves=False) if revision <= row.revision]
        events = [event for _, event in told]
        history = History(row.full).after_all(events)
        last = self.store.last_points(row.id)
        trials = {n: replace(t, curve=(last[n],)) if n in last else t for n, t in history.trials.items()}
        return Snapshot(row, replace(history, trials=trials), events, Known())

    def _advanced(self, known: Snapshot, row: StudyRow) -> Snapshot:
        told = self.store.events(row.id, known.row.revision)
        new = [event for revision, event in told if revision <= row.revision]
        return Snapshot(row, known.history.after_all(new), [*known.events, *new], known.known)

    def full(self, snapshot: Snapshot) -> History:
        """The study's history with whole curves, at the snapshot's revision or later; one study's is kept."""
        row = snapshot.row
        with self._full_lock:
            kept = self._full
            if kept is None or kept[:2] != (row.name, row.id):
                revision, history = 0, History(row.full)
            elif kept[2] >= row.revision:
                return kept[3]
            else:
                revision, history = kept[2], kept[3]
            told = self.store.events(row.id, revision)
            history = history.after_all(event for _, event in told)
            self._full = (row.name, row.id, told[-1][0] if told else revision, history)
            return history

    def curve(self, snapshot: Snapshot, trial: int) -> list[CurvePoint]:
        """A trial's whole curve."""
        return self.store.curve(snapshot.row.id, trial)

    def finished(self, snapshot: Snapshot, trial: int) -> History:
        """A history of this trial and some that have ended, with whole curves: what its outlook rests on."""
        trials = snapshot.history.trials
        ended = [n for n, t in trials.items() if t.state is TrialState.COMPLETE and t.kind is not TrialKind.REPEAT]
        kept = dict.fromkeys([*ended[:: max(1, len(ended) // MOST)][:MOST], trial])
        for n in kept:
            place = (snapshot.row.id, n, trials[n].examples_seen)
            if place not in self._curves:
                self._curves[place] = tuple(self.curve(snapshot, n))
        while len(self._curves) > MOST_CURVES:
            self._curves.pop(next(iter(self._curves)))
        whole = {n: replace(trials[n], curve=self._curves[snapshot.row.id, n, trials[n].examples_seen]) for n in kept}
        return History(snapshot.row.full, trials=whole)

    def segments(self, snapshot: Snapshot) -> list[SegmentRow]:
        """The study's segments."""
        return self.store.segments(snapshot.row.id)


def _same(a: StudyRow, b: StudyRow) -> bool:
    return (a.status, a.alive, a.message) == (b.status, b.alive, b.message)
