"""Earlier studies that a new one learns from: read once, kept with the new study."""

from __future__ import annotations

from collections.abc import Sequence

from autotune import plugins
from autotune.controller.assemble import Facts, constraints_of, objectives_of, setting_of
from autotune.controller.checks import Checks
from autotune.errors import AutotuneError
from autotune.objectives import Objective
from autotune.space import SearchSpace
from autotune.spec import StudySpec
from autotune.store import Store, StudyRow
from autotune.strategies import Earlier, recall
from autotune.strategies.portfolio import portfolio
from autotune.trial import TrialState

_KEY = "earlier"
"""Where a study's environment keeps them: a decision must not change when the earlier study goes on or is deleted."""


def check_sources(store: Store, names: Sequence[str]) -> None:
    """Refuse a study that cannot be learnt from, before any worker starts.

    Raises:
        AutotuneError: there is none of that name, or nothing in it has been trained in full.
    """
    for name in names:
        history = store.history(store.study(name).id)
        if not any(t.state is TrialState.COMPLETE for t in history.trials.values()):
            raise AutotuneError(
                f"study {name!r} has trained nothing in full yet: there is nothing to learn from",
                f"go on with it first: autotune resume {name}; or leave --warm-start out",
            )


def recalled(store: Store | None, spec: StudySpec, facts: Facts) -> list[Earlier]:
    """What the studies that a specification names say within its space, and the recorded searches that ship.

    Args:
        store: that holds the studies; None where it names none.
        spec: of the new study.
        facts: of its model and task.

    Raises:
        AutotuneError: a study says nothing there.
    """
    space, wanted = SearchSpace.from_dict(dict(spec.space)).bind(facts.model.layers), objectives_of(spec, facts.task)
    found = [] if store is None else _studies(store, spec.warm_start, space, wanted)
    if spec.portfolio and spec.searcher == "mobo":  # who asks for random or TPE's proposals is given these
        checks = Checks(facts.model, constraints_of(spec, facts.task))
        found += portfolio(facts.task.task, space, wanted, checks.costs, checks.refuse)
    return found


def _studies(store: Store, names: Sequence[str], space: SearchSpace, objectives: Sequence[Objective]) -> list[Earlier]:
    found = []
    for name in names:
        row = store.study(name)
        theirs = StudySpec.from_dict(row.spec)
        plugins.import_modules(theirs.plugins)
        told = Facts.from_info(row.facts)
        setting = setting_of(theirs, told, row.levels)
        found.append(recall(f"study {name}", store.history(row.id), setting, space, objectives, told.model.layers))
    return found


def note(earlier: Earlier) -> str:
    """A line of the plan."""
    ends = sum(depth == 0 for depth in earlier.depth)
    return f"learns from {earlier.name}: {ends} full trainings, {len(earlier.first)} of the front tried first"


def kept(earlier: Sequence[Earlier]) -> dict[str, list[dict[str, object]]]:
    """For the study's environment; empty where there are none."""
    return {_KEY: [e.to_dict() for e in earlier]} if earlier else {}


def kept_by(row: StudyRow) -> list[Earlier]:
    """What a study was begun with."""
    return [Earlier.from_dict(data) for data in row.environment.get(_KEY, ())]
