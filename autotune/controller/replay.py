"""Make every decision of a study again from its recorded history."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autotune import plugins
from autotune.controller.assemble import Facts, setting_of, strategy_of
from autotune.controller.loop import decision_for
from autotune.controller.recalling import kept_by
from autotune.controller.search import fidelity_of
from autotune.decision import Decision, Done, Wait
from autotune.history import History
from autotune.spec import StudySpec
from autotune.store import Store


@dataclass(frozen=True)
class Mismatch:
    """A decision that a replay makes differently."""

    number: int
    recorded: str
    replayed: str


def replay(store: Store, name: str) -> tuple[int, list[Mismatch]]:
    """How many decisions a study has, and those that come out differently when made again.

    Reasons are words, which a later version may choose otherwise; they are not compared.

    Raises:
        AutotuneError: there is no such study.
    """
    row = store.study(name)
    spec, facts, fidelity = StudySpec.from_dict(row.spec), Facts.from_info(row.facts), fidelity_of(row)
    plugins.import_modules(spec.plugins)
    setting = setting_of(spec, facts, fidelity.levels, kept_by(row))
    strategy = strategy_of(spec, setting, fidelity)
    history = History(fidelity.full)
    count, mismatches = 0, []
    for _, event in store.events(row.id):
        if isinstance(event, Decision):
            count += 1
            now = history.at(event.elapsed)
            answer = strategy.next(now, np.random.default_rng([spec.seed, now.draw]))
            if isinstance(answer, Wait | Done):
                mismatches.append(Mismatch(event.number, str(event.action), str(answer)))
            elif _silent(again := decision_for(answer, now, setting)) != _silent(replace(event, known=again.known)):
                mismatches.append(Mismatch(event.number, str(event.action), str(again.action)))
        history = history.after(event)
    return count, mismatches


def _silent(decision: Decision) -> Decision:
    return replace(decision, action=replace(decision.action, reason=""))
