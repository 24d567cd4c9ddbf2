"""The loop: record what came back, ask the strategy what deserves the free devices, submit segments."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from autotune.controller.accepting import sound
from autotune.controller.fit import time_limit
from autotune.controller.interrupt import Interrupt
from autotune.controller.patience import Patient
from autotune.controller.progress import Outcome, Progress
from autotune.decision import Action, Answer, Decision, Done, Start, Stop, Thaw, Wait
from autotune.executors.base import Executor, Ready, Told
from autotune.history import Charged, Event, History, Lost, Returned
from autotune.objectives import COSTS
from autotune.store import Lease, Store
from autotune.strategies.base import Setting
from autotune.strategies.study import StudyStrategy
from autotune.trial import Segment, SegmentResult, TrialState

POLL_SECONDS = 1.0
"""The longest wait for a result before the lease, a stop request and the display are looked after."""


@dataclass
class Controller:
    """Runs one study until it is done or interrupted. The store is its only memory."""

    store: Store
    study_id: int
    name: str
    executor: Executor
    strategy: StudyStrategy
    setting: Setting
    evaluate_at: tuple[int, ...]
    seed: int
    lease: Lease
    progress: Progress
    history: History
    interrupt: Interrupt
    failpoint: Callable[[str], None] = lambda _: None
    """Called by name between durable operations; fault tests crash here."""
    patient: Patient = field(init=False)
    _under_way: dict[int, tuple[Segment, float]] = field(default_factory=dict, init=False)
    """Segments without their checkpoints, and when they were submitted, by number."""
    _began: float = field(default=0.0, init=False)
    _before: float = field(default=0.0, init=False)
    _last_turn: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.patient = Patient(self.store, self.study_id, self.progress)

    def run(self) -> Outcome:
        """Go on until there is nothing left to do.

        Raises:
            AutotuneError: no worker is left, or the store cannot be written.
            KeyboardInterrupt: the person wants to stop at once.
        """
        self._began, self._before = self.executor.clock(), self.history.elapsed
        while True:
            if self.interrupt.at_once:
                raise KeyboardInterrupt
            answer = None if self.interrupt.asked else self._fill()
            running = self.history.running
            if not running and (self.interrupt.asked or isinstance(answer, Done)):
                return self._outcome(answer)
            if not running and isinstance(answer, Wait):
                raise RuntimeError(f"the strategy waits while nothing runs: {answer.reason}")
            for item in self.executor.wait(POLL_SECONDS):
                self._take(item)
            self._look_after()

    def _fill(self) -> Answer | None:
        """Decide until no device is free; the last answer where it was not an action."""
        while len(self.history.running) < self.executor.capacity():
            now = self.history.at(self._elapsed())
            rng = np.random.default_rng([self.seed, now.draw])
            answer = self.strategy.next(now, rng)
            if isinstance(answer, Wait | Done):
                return answer
            self._decide(answer, now)
        return None

    def _decide(self, action: Action, now: History) -> None:
        decision = decision_for(action, now, self.setting)
        self._record(decision)
        if isinstance(action, Stop):
            self._drop_checkpoints()
            return
        trial = self.history.trials[decision.trial]
        training = isinstance(action, Start | Thaw)
        segment = Segment(
            number=decision.number,
            trial=trial.number,
            attempt=trial.attempt,
            config=trial.config,
            seed=trial.seed,
            start=trial.examples_seen,
            end=action.end if isinstance(action, Start | Thaw) else trial.examples_seen,
            full=self.setting.full,
            evaluate_at=self.evaluate_at if training else (),
            deadline=self.strategy.allowance.segment(now, trial.kind) if training else None,
            purpose="train" if training else "score",
        )
        number = trial.number
        checkpoint = None if segment.start == 0 else self.patient(lambda: self.store.checkpoint(self.study_id, number))
        self._under_way[segment.number] = (segment, self.executor.clock())
        self.executor.submit(replace(segment, checkpoint=checkpoint))
        self.failpoint("submitted")

    def _take(self, item: SegmentResult | Lost | Ready | Told) -> None:
        if isinstance(item, Told):
            self.progress.note(item.text)
        elif isinstance(item, Ready):
            self._record(Charged("startup", item.startup_seconds, item.worker))
        elif isinstance(item, Lost):
            self._under_way.pop(item.number, None)
            self._record(item)
        else:
            item = self._sound(item)
            self._record(Returned(item), checkpoint=item.checkpoint)

    def _sound(self, result: SegmentResult) -> SegmentResult:
        segment, since = self._under_way.pop(result.number, (None, 0.0))
        if segment is None:  # given up long ago: the store will refuse it
            return result
        needed = [o.name for o in self.setting.objectives if o.name not in COSTS]
        return sound(result, segment, needed, self.executor.clock() - since)

    def _record(self, event: Event, checkpoint: bytes | None = None) -> None:
        self.failpoint("before record")
        if not self.patient.append(event, checkpoint, self.history.revision):
            self.progress.note("a result of an attempt that was given up came late and was refused")
            return
        self.failpoint("recorded")
        self.history = self.history.after(event)
        self.progress.event(self.history.at(self._elapsed()), event)

    def _drop_checkpoints(self) -> None:
        """Remove the checkpoints of trials that will never go on."""
        over = (TrialState.STOPPED, TrialState.FAILED)
        kept = [t.number for t in self.history.trials.values() if t.state not in over]
        self.patient(lambda: self.store.drop_checkpoints(self.study_id, kept))

    def _look_after(self) -> None:
        """The lease, stop requests, interrupts and the display."""
        if time.monotonic() - self._last_turn < POLL_SECONDS / 2:
            return
        self._last_turn = time.monotonic()
        self.patient(lambda: self.lease.renew(self._elapsed()))
        requested = self.patient(lambda: self.store.stop_requested(self.study_id))
        if (requested or self.interrupt.asked) and not self.interrupt.passed_on:
            again = "" if requested else "; press Ctrl-C again to stop at once"
            self.progress.note(f"stopping: running segments are saved first{again}")
            self.interrupt.asked = True
            self.executor.cancel()
            self.interrupt.passed_on = True
        history = self.history.at(self._elapsed())
        limit = time_limit(history.budget, self.executor.capacity() or 1)
        left = self.strategy.allowance.total(history)
        fraction = self._fraction(history, limit, left)
        seconds = None if limit is None else max(0.0, left) / max(1, self.executor.capacity())
        self.progress.status(history, self.strategy.phase(history), fraction, seconds)

    def _fraction(self, history: History, limit: float | None, left: float) -> float:
        parts = [] if limit is None else [1 - left / limit]
        if history.budget.trials:
            parts.append(history.launched / history.budget.trials)
        return min(1.0, max(parts, default=0.0))

    def _elapsed(self) -> float:
        return self._before + self.executor.clock() - self._began

    def _outcome(self, answer: Answer | None) -> Outcome:
        if isinstance(answer, Done):
            trials = self.history.trials.values()
            if any(t.state is not TrialState.FAILED for t in trials):
                return Outcome(self.name, "complete", answer.reason)
            kinds = Counter(t.failure.kind.value for t in trials if t.failure)
            said = ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "none was started"
            return Outcome(self.name, "failed", f"no trial succeeded ({said})")
        return Outcome(self.name, "interrupted", "interrupted; everything that was trained is saved")


def decision_for(action: Action, now: History, setting: Setting) -> Decision:
    """The action with its place in the study, as it is recorded."""
    if isinstance(action, Start):
        number, attempt, known = len(now.trials), 0, dict(setting.costs(action.config))
    else:
        number, attempt, known = action.trial, now.trials[action.trial].attempt, {}
    return Decision(now.decisions, now.revision, now.elapsed, action, number, attempt, known)
