"""Earlier studies that a new one learns from: read once, kept with the new study."""

from __future__ import annotations

from collections.abc import Sequence

from autotune import plugins
from autotune.controller.assemble import Facts, objectives_of, setting_of
from autotune.errors import AutotuneError
from autotune.space import SearchSpace
from autotune.spec import StudySpec
from autotune.store import Store, StudyRow
from autotune.strategies import Earlier, recall
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


def recalled(store: Store, spec: StudySpec, facts: Facts) -> list[Earlier]:
    """What the studies that a specification names say within its space.

    Raises:
        AutotuneError: one of them says nothing there.
    """
    found = []
    for name in spec.warm_start:
        row = store.study(name)
        theirs = StudySpec.from_dict(row.spec)
        plugins.import_modules(theirs.plugins)
        told = Facts.from_info(row.facts)
        setting = setting_of(theirs, told, row.levels)
        space = SearchSpace.from_dict(dict(spec.space)).bind(facts.model.layers)
        history, wanted = store.history(row.id), objectives_of(spec, facts.task)
        found.append(recall(name, history, setting, space, wanted, told.model.layers))
    return found


def note(earlier: Earlier) -> str:
    """A line of the plan."""
    ends = sum(depth == 0 for depth in earlier.depth)
    return f"warm start from study {earlier.name}: {ends} full trainings, {len(earlier.first)} of its front tried first"


def kept(earlier: Sequence[Earlier]) -> dict[str, list[dict[str, object]]]:
    """For the study's environment; empty where there are none."""
    return {_KEY: [e.to_dict() for e in earlier]} if earlier else {}


def kept_by(row: StudyRow) -> list[Earlier]:
    """What a study was begun with."""
    return [Earlier.from_dict(data) for data in row.environment.get(_KEY, ())]
