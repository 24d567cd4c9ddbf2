"""An Optuna study that is made anew for every question, so it must be quick to make and quick to ask."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import TPESampler
    from optuna.trial import FrozenTrial

Said = tuple[Mapping[str, Any], Mapping[str, "BaseDistribution"]]
"""A configuration in Optuna's words: parameters and distributions by name."""
_THEN = datetime(2000, 1, 1)
"""When every trial began and ended; nothing reads it."""


def told(said: Said, values: Sequence[float] | None = None, broken: Mapping[str, float] | None = None) -> FrozenTrial:
    """A trial to add to a study: complete, or under way where there are no values.

    Args:
        said: its configuration.
        values: objectives.
        broken: by how much each constraint is broken; 0 for one that holds.
    """
    from optuna.trial import TrialState

    params, distributions = said
    trial = _kept()(
        number=-1,
        trial_id=-1,
        state=TrialState.RUNNING if values is None else TrialState.COMPLETE,
        value=None,
        values=values,
        datetime_start=_THEN,
        datetime_complete=None if values is None else _THEN,
        params=dict(params),
        distributions=dict(distributions),
        user_attrs={},
        system_attrs={},
        intermediate_values={},
    )
    for name, by in (broken or {}).items():
        trial.set_constraint(name, by)
    return trial


@cache
def _kept() -> type[FrozenTrial]:
    from optuna.trial import FrozenTrial

    class Kept(FrozenTrial):
        """A study copies what it is given; nothing changes these, and copying all of it takes longer than asking."""

        def __deepcopy__(self, memo: Any) -> FrozenTrial:
            return copy.copy(self)

    return Kept


def sampler_for(trials: Sequence[Said], seed: int) -> TPESampler:
    """Multivariate TPE over a conditional space: groups of parameters are modelled jointly, and drawn when asked for.

    With ``group=True`` Optuna does so, too, but looks for the groups in every trial at each question and draws those of
    every method, of which all but the chosen method's are thrown away.

    Args:
        trials: that the study will hold.
        seed: of its draws.
    """
    from optuna.samplers import TPESampler

    space = {name: domain for _, domains in trials for name, domain in domains.items() if not domain.single()}
    groups = _groups([params for params, _ in trials])

    class OnDemand(TPESampler):
        def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, BaseDistribution]:  # noqa: ARG002
            return space

        def sample_relative(self, study: Any, trial: Any, search_space: dict[str, BaseDistribution]) -> dict[str, Any]:
            sample = super().sample_relative

            def of_group(name: str) -> dict[str, Any]:
                return sample(study, trial, {n: search_space[n] for n in groups[name] if n in search_space})

            return _Lazy(search_space, of_group)

    return OnDemand(n_startup_trials=0, multivariate=True, constant_liar=True, seed=seed)


def _groups(params: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """For each name those that stand in exactly the same trials, in order."""
    holders: dict[str, list[int]] = {}
    for i, names in enumerate(params):
        for name in names:
            holders.setdefault(name, []).append(i)
    together: dict[tuple[int, ...], list[str]] = {}
    for name in sorted(holders):
        together.setdefault(tuple(holders[name]), []).append(name)
    return {name: names for names in together.values() for name in names}


class _Lazy(dict[str, Any]):
    """Sampled parameters; a group is drawn when the first of it is looked up."""

    def __init__(self, names: Mapping[str, Any], draw: Callable[[str], dict[str, Any]]) -> None:
        super().__init__()
        self._names, self._draw = names, draw

    def __contains__(self, name: object) -> bool:
        if name in self._names and not super().__contains__(name):
            self.update(self._draw(str(name)))
        return super().__contains__(name)
