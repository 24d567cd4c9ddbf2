"""The recorded history of a study, and how each event changes it.

Everything that decides is a function of a ``History``. The live controller, a resumed one and a replay all build it by
the same ``after``, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from autotune.budget import Budget
from autotune.decision import Decision, Score, Start, Stop, Thaw
from autotune.digest import Digest
from autotune.trial import Failure, FailureKind, SegmentResult, SegmentStatus, Trial, TrialState

MOST_ATTEMPTS = 3
"""A trial under which workers died this often is given up."""
MILESTONE = 256
"""Trainings that have come back at a history's first milestone."""
DEVICES_WAITING, TRIALS_KNOWN = 16, 400
"""So many devices at work, and so many trials, let decisions do without one result more."""


@dataclass(frozen=True)
class Returned:
    """A worker's result was accepted."""

    result: SegmentResult


@dataclass(frozen=True)
class Lost:
    """A running segment will never return: its worker or the controller died."""

    number: int
    """Of the decision that started it."""
    trial: int
    attempt: int
    device_seconds: float
    """What it held its device for, as far as is known."""
    message: str = ""
    worker: str = ""
    """The one that died; empty where the controller went away, which is no sign against the trial."""


@dataclass(frozen=True)
class Charged:
    """Device time outside segments: ``startup`` or ``calibration``."""

    kind: str
    seconds: float
    worker: str = ""


@dataclass(frozen=True)
class Extended:
    """The budget was set, at the start or by ``resume --budget``."""

    budget: Budget


Event = Decision | Returned | Lost | Charged | Extended


@dataclass(frozen=True)
class History:
    """A snapshot of a study. Never changed: ``after`` gives the next one."""

    full: int
    """Examples of a full training."""
    budget: Budget = field(default_factory=Budget)
    trials: Mapping[int, Trial] = field(default_factory=dict)
    spent: Mapping[str, float] = field(default_factory=dict)
    """Device seconds by ``startup``, ``calibration``, ``search``, ``control``, ``repeat``, ``score``."""
    revision: int = 0
    """Events so far."""
    decisions: int = 0
    """Decisions so far: the number of the next one."""
    repeated: int = 0
    """Those of them that ran again what had been cut short with its controller."""
    elapsed: float = 0.0
    """Wall-clock seconds of the study, pauses between runs not counted."""
    milestone: History | None = field(default=None, repr=False, compare=False)
    """The history as it was some results ago, for what is slow to learn and changes little."""
    _marks: tuple[History, ...] = field(default=(), repr=False, compare=False)
    """The history as it was a few results ago: twice at most, the earlier one first."""
    _results: int = field(default=0, repr=False, compare=False)
    """Trainings that came back done."""
    _kept: Digest | None = field(default=None, repr=False, compare=False)
    """Of these trials, or of those of the history that this one was made of."""
    _building: bool = field(default=False, repr=False, compare=False)

    @property
    def device_seconds(self) -> float:
        """All device time charged so far."""
        return sum(self.spent.values())

    @cached_property
    def digest(self) -> Digest:
        """What there is to know of all trials."""
        kept = self._kept
        return kept if kept is not None and kept.trials is self.trials else Digest.of(self.trials)

    @property
    def launched(self) -> int:
        """Trials of the search so far."""
        return len(self.trials) - len(self.digest.others)

    @property
    def launching(self) -> bool:
        """Whether the budget lets another trial begin."""
        return self.budget.trials is None or self.launched < self.budget.trials

    @property
    def draw(self) -> int:
        """What the random draws of the next decision are keyed by.

        What is decided again does not count: after a crash the study draws as it would have drawn without.
        """
        return self.decisions - self.repeated

    @property
    def running(self) -> list[Trial]:
        """The trials with a segment under way."""
        return [self.trials[number] for number in self.digest.running]

    @property
    def cut_short(self) -> list[Trial]:
        """The trials that have to run again what was cut short with its controller."""
        return [self.trials[number] for number in self.digest.cut_short]

    @property
    def others(self) -> list[Trial]:
        """The controls and repeats."""
        return [self.trials[number] for number in self.digest.others]

    @cached_property
    def repeats(self) -> Mapping[int, list[Trial]]:
        """The completed repeats by the number of the trial that they repeat, ordered by seed."""
        found: dict[int, list[Trial]] = {}
        for t in self.others:
            if t.repeat_of is not None and t.state is TrialState.COMPLETE:
                found.setdefault(t.repeat_of, []).append(t)
        return {number: sorted(again, key=lambda t: t.seed) for number, again in found.items()}

    def at(self, elapsed: float) -> History:
        """The same history a little later on the clock."""
        return replace(self, elapsed=elapsed)

    def after(self, event: Event) -> History:
        """The history with one event more."""
        applied: History = _APPLY[type(event)](self, event)  # type: ignore[operator]
        return replace(applied, revision=self.revision + 1)

    def after_all(self, events: Iterable[Event]) -> History:
        """The history with several events more; linear in their number."""
        history = replace(self, trials=dict(self.trials), _building=True)
        for event in events:
            history = history.after(event)
        return replace(history, _building=False)

    def _with(self, trial: Trial) -> History:
        trials, digest = self.trials, self.digest
        if self._building and isinstance(trials, dict):  # nobody else holds this dictionary yet
            trials[trial.number] = trial
        else:
            trials = {**trials, trial.number: trial}
        return replace(self, trials=trials, _kept=digest.after(trials, trial))

    @property
    def prepared(self) -> History | None:
        """The somewhat earlier history that decisions are prepared from; None where they are made on the spot."""
        return self._marks[0] if len(self._marks) > 1 else None

    @property
    def preparing(self) -> History | None:
        """The history that the next decisions will be prepared from; None as above."""
        return self._marks[-1] if self._marks else None

    def _counted(self) -> History:
        """After a training came back: this may become a milestone, or a mark.

        A function of the events alone. Lost segments do not count, so that a study that was killed and resumed has the
        milestones and marks that it would have had.
        """
        counted = replace(self, _results=self._results + 1)
        due = MILESTONE if self.milestone is None else self.milestone._results * 17 // 16
        if counted._results >= due:
            counted = replace(counted, milestone=counted._snapshot(milestone=None))
        apart = counted._apart()
        if not apart:
            return replace(counted, _marks=()) if counted._marks else counted
        if counted._marks and counted._results < counted._marks[-1]._results + apart:
            return counted
        return replace(counted, _marks=(*counted._marks[-1:], counted._snapshot(milestone=counted.milestone)))

    def _apart(self) -> int:
        """Results between two marks: how many a decision may do without.

        One where another device trains on meanwhile, more where many do or much is known. None on a single device:
        there the last result is what a decision waits for.
        """
        devices = 1 + len(self.running)
        return max(int(devices > 1), devices // DEVICES_WAITING + len(self.trials) // TRIALS_KNOWN)

    def _snapshot(self, milestone: History | None) -> History:
        trials = dict(self.trials) if self._building else self.trials
        return replace(self, trials=trials, milestone=milestone, _marks=(), _building=False)

    def _charge(self, kind: str, seconds: float) -> dict[str, float]:
        return {**self.spent, kind: self.spent.get(kind, 0.0) + seconds}


def _decided(history: History, decision: Decision) -> History:
    action = decision.action
    repeated = history.repeated
    if isinstance(action, Start):
        trial = Trial(
            decision.trial,
            action.config,
            action.kind,
            action.label,
            action.repeat_of,
            action.seed,
            action.bracket,
            attempt=decision.attempt,
            target=action.end,
            known=decision.known,
        )
    else:
        before = history.trials[action.trial]
        repeated += before.again is not None
        trial = replace(before, again=None)
        if isinstance(action, Thaw):
            trial = replace(trial, state=TrialState.RUNNING, target=action.end, attempt=decision.attempt)
        elif isinstance(action, Score):
            trial = replace(trial, target=trial.examples_seen, attempt=decision.attempt)
        elif isinstance(action, Stop):
            trial = replace(trial, state=TrialState.STOPPED)
    elapsed = max(history.elapsed, decision.elapsed)
    decided = replace(history, decisions=decision.number + 1, repeated=repeated, elapsed=elapsed)
    return decided._with(trial)


def _returned(history: History, event: Returned) -> History:
    result = event.result
    trial = history.trials[result.trial]
    scoring = trial.state is not TrialState.RUNNING
    kind = "score" if scoring else trial.kind.value
    cut = result.status is SegmentStatus.CANCELLED and (scoring or result.examples_seen < (trial.target or 0))
    again = trial.target if cut else None
    trial = replace(trial, target=None, again=again, device_seconds=trial.device_seconds + result.device_seconds)
    if scoring:
        if result.status in (SegmentStatus.DONE, SegmentStatus.FAILED):
            trial = replace(trial, held_out=result.held_out or {})
    else:
        state = TrialState.COMPLETE if result.examples_seen >= history.full else TrialState.PAUSED
        trial = replace(
            trial,
            state=TrialState.FAILED if result.status is SegmentStatus.FAILED else state,
            examples_seen=max(trial.examples_seen, result.examples_seen),
            curve=trial.curve + result.curve,
            measured={**trial.measured, **result.measured},
            failure=result.failure,
        )
    returned = replace(history._with(trial), spent=history._charge(kind, result.device_seconds))
    return returned if scoring or cut else returned._counted()


def _lost(history: History, event: Lost) -> History:
    trial = history.trials[event.trial]
    kind = "score" if trial.state is not TrialState.RUNNING else trial.kind.value
    trial = replace(trial, target=None, again=None if event.worker else trial.target)
    attempt = event.attempt + 1 if event.worker else event.attempt
    given_up = attempt >= MOST_ATTEMPTS
    if kind == "score":
        trial = replace(trial, held_out={} if given_up else None)
    else:
        failure = Failure(FailureKind.LOST, event.message or "the worker went away") if given_up else None
        state = TrialState.FAILED if given_up else TrialState.PAUSED
        trial = replace(trial, state=state, failure=failure)
    lost = history._with(replace(trial, attempt=attempt))
    return replace(lost, spent=history._charge(kind, event.device_seconds))


def _charged(history: History, event: Charged) -> History:
    return replace(history, spent=history._charge(event.kind, event.seconds))


def _extended(history: History, event: Extended) -> History:
    return replace(history, budget=event.budget)


_APPLY = {Decision: _decided, Returned: _returned, Lost: _lost, Charged: _charged, Extended: _extended}
