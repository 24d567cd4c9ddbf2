"""What a study would decide if nothing ever went wrong: without store, loop or executor, from the strategy alone."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np
from helpers.studies import INFO
from helpers.synthetic import answer

from autotune.controller.assemble import Facts, budget_of, setting_of, strategy_of
from autotune.controller.fit import fit
from autotune.controller.loop import decision_for
from autotune.decision import Action, Decision, Done, Start, Stop, Thaw, Wait
from autotune.history import Event, Extended, History, Returned
from autotune.spec import StudySpec
from autotune.strategies.base import Setting
from autotune.trial import Segment

Made = tuple[int, int, Action]
"""Trial, attempt, what was decided about it."""
Came = tuple[int, str, int]
"""Trial, purpose and end of a segment whose result came."""


@dataclass
class Course:
    """What was decided, and in which order results came."""

    decided: list[Made] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)
    history: History | None = None


def parts(study: StudySpec) -> tuple[Facts, Setting, object]:
    """Facts, setting and fidelity of a study of the synthetic problem."""
    facts = Facts.from_info(INFO)
    fidelity = fit(study, budget_of(study), facts.task, facts.calibration)
    return facts, setting_of(study, facts, fidelity.levels), fidelity


def uninterrupted(study: StudySpec) -> Course:
    """Run a study on a virtual clock, results one at a time."""
    facts, setting, fidelity = parts(study)
    strategy = strategy_of(study, setting, fidelity)
    points = fidelity.evaluate_at(facts.task.train)
    made, now, due = Course(), 0.0, []
    history = History(fidelity.full).after(Extended(budget_of(study)))
    while True:
        last = None
        while len(history.running) < study.workers:
            seen = history.at(now)
            last = strategy.next(seen, np.random.default_rng([study.seed, seen.draw]))
            if isinstance(last, Wait | Done):
                break
            decision = decision_for(last, seen, setting)
            history = history.after(decision)
            made.decided.append((decision.trial, decision.attempt, last))
            if not isinstance(last, Stop):
                result = answer(_segment(history, decision, fidelity.full, points))
                heapq.heappush(due, (now + result.device_seconds, decision.number, _came(history, decision), result))
        if not due:
            assert isinstance(last, Done), last
            made.history = history
            return made
        now, _, came, result = heapq.heappop(due)
        made.came.append(came)
        history = history.after(Returned(result))


def _segment(history: History, decision: Decision, full: int, points: tuple[int, ...]) -> Segment:
    trial, training = history.trials[decision.trial], isinstance(decision.action, Start | Thaw)
    start, end = trial.examples_seen, trial.target or 0
    common = (decision.number, trial.number, trial.attempt, trial.config, trial.seed, start)
    return Segment(*common, end, full, points if training else (), purpose="train" if training else "score")


def _came(history: History, decision: Decision) -> Came:
    training = isinstance(decision.action, Start | Thaw)
    return decision.trial, "train" if training else "score", history.trials[decision.trial].target or 0


def course(events: list[Event], full: int) -> Course:
    """The same of a record: decisions that only ran something again left out, and lost segments."""
    made, history, asked = Course(), History(full), {}
    for event in events:
        before, history = history, history.after(event)
        if isinstance(event, Decision):
            if not isinstance(event.action, Stop):
                asked[event.number] = _came(history, event)
            if history.repeated == before.repeated:
                made.decided.append((event.trial, event.attempt, event.action))
        elif isinstance(event, Returned):
            made.came.append(asked[event.result.number])
    made.history = history
    return made
