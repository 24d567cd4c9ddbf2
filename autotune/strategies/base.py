"""The protocols of search: a strategy answers what deserves the next free device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from autotune.aside import Aside, when_asked
from autotune.decision import Answer
from autotune.history import History
from autotune.objectives import Constraint, Objective
from autotune.space import SearchSpace
from autotune.strategies.earlier import Earlier
from autotune.strategies.early import before_the_end
from autotune.trial import Config


def unlimited(history: History) -> float:  # noqa: ARG001
    """No limit in device time."""
    return float("inf")


@dataclass(frozen=True)
class Setting:
    """What a strategy may know of a study besides its history."""

    space: SearchSpace
    objectives: Sequence[Objective]
    """The first is the primary one."""
    levels: tuple[int, ...]
    """The rungs: fidelities in examples, ascending; the last is a full training."""
    eta: int
    costs: Callable[[Config], Mapping[str, float]]
    """Costs known before training, by name; exact."""
    refuse: Callable[[Config], str | None]
    """Why a configuration cannot run (invalid for the model, breaks a known constraint), or None."""
    identity: Callable[[Config], str]
    """Equal for configurations that train the same thing, whatever their inactive parameters."""
    constraints: Sequence[Constraint] = ()
    learnt_bounds: Sequence[Constraint] = ()
    """Those of the constraints that only training tells; ``refuse`` knows the others."""
    enqueued: Sequence[Config] = ()
    """Configurations to try first."""
    earlier: Sequence[Earlier] = ()
    """Searches on other tasks that models may learn from."""
    seed: int = 0
    losses: bool = False
    """Curve points hold the task's losses, which rank trials better than a metric before they are trained in full."""
    lowest: int = 1
    """The lowest fidelity that says anything; the ladder's first level may be above it."""
    resumes: bool = True
    """Whether a trial pays only for new training when it is thawed."""
    pool: Sequence[Config] | None = None
    """The only configurations that can be evaluated, where they are that few."""
    left: Callable[[History], float] = unlimited
    """Device seconds that the search may still use, segments under way already taken off."""
    trainings: float | None = None
    """Full trainings that the budget holds, where that is known: what ``auto`` goes by."""
    aside: Aside = when_asked
    """Where a strategy may do slow work ahead of the decisions that need it."""

    def compared_by(self, rung: int) -> tuple[Objective, ...]:
        """The objectives that trials are compared by at the rung of that index."""
        early = self.losses and rung < len(self.levels) - 1
        return before_the_end(self.objectives) if early else tuple(self.objectives)

    @property
    def full(self) -> int:
        """Examples of a full training."""
        return self.levels[-1]


class Strategy(Protocol):
    """History to decision. Holds no state that a history does not determine."""

    def next(self, history: History, rng: np.random.Generator) -> Answer:
        """What the next free device should do.

        Args:
            history: everything recorded so far, running segments included.
            rng: seeded by (study seed, ``History.draw``).
        """
        ...


@dataclass(frozen=True)
class Suggestion:
    """What a searcher would try next, and why, for the decision log."""

    config: Config
    reason: str


class Searcher(Protocol):
    """Proposes configurations."""

    def suggest(self, history: History, rng: np.random.Generator) -> Suggestion | None:
        """A configuration that ``Setting.refuse`` accepts and that no trial holds yet; None when none is left."""
        ...


@runtime_checkable
class Foresighted(Protocol):
    """What a searcher may do besides: prepare its next proposal while devices train."""

    def look_ahead(self, history: History) -> None:
        """Called before every decision, whether it will ask for a proposal or not; returns at once."""
        ...


@dataclass(frozen=True)
class Launch:
    """A scheduler's wish for a new trial."""

    end: int
    reason: str
    bracket: int | None = None


class Scheduler(Protocol):
    """Decides which trial gets how much training."""

    def next(self, history: History, *, launching: bool = True) -> Answer | Launch:
        """Thaw or stop a trial, wait, or launch a new one (whose configuration the searcher chooses).

        Args:
            history: everything recorded so far, running segments included.
            launching: whether new trials may still be launched; without, the answer is never a ``Launch``, and ``Done``
                once the trials that there are have got all that they deserve.
        """
        ...
