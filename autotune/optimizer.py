"""The engine without the trainer: ask what to train next, train it yourself, tell what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autotune.budget import Budget
from autotune.decision import Decision, Done, Start, Thaw, Wait
from autotune.errors import AutotuneError
from autotune.history import History, Lost, Returned
from autotune.objectives import Constraint, Objective
from autotune.pareto import front_mask
from autotune.trial import (
    Config,
    CurvePoint,
    Failure,
    FailureKind,
    SegmentResult,
    SegmentStatus,
    Trial,
    TrialState,
    config_to_json,
)

if TYPE_CHECKING:
    from autotune.space import SearchSpace
    from autotune.strategies.base import Setting

Values = Mapping[str, float]
_TRIES = 1000
"""Random configurations that are looked at for one that may run."""
_MOST_STEPS = 3
"""Rungs below a full training: what a smaller share of it tells is hardly worth a trial."""


@dataclass(frozen=True)
class Asked:
    """A piece of training to do."""

    trial: int
    config: Config
    start: int
    """The fidelity that the trial has reached; 0 for a new one."""
    end: int
    """The fidelity to train it to."""
    reason: str
    """Why this, in words."""
    number: int
    """Of the decision."""


class Optimizer:
    """Searches a space for the front of several objectives, in a loop of your own.

    ::

        optimizer = autotune.Optimizer(space, {"accuracy": "maximize", "seconds": "minimize"}, full=27)
        while (asked := optimizer.ask()) is not None and spent < budget:
            values, cost = train(asked.config, asked.start, asked.end)
            optimizer.tell(asked, values, cost)
        print(optimizer.front())

    What it asks is a function of what it was told, in which order, and of ``seed``.
    """

    def __init__(
        self,
        space: SearchSpace | str | Path | Mapping[str, Any],
        objectives: Sequence[Objective] | Mapping[str, str],
        strategy: str = "auto",
        seed: int = 0,
        *,
        full: int = 1,
        lowest: int = 1,
        eta: int = 3,
        budget: float | None = None,
        resumes: bool = True,
        known: Callable[[Config], Values] | None = None,
        refuse: Callable[[Config], str | None] | None = None,
        pool: Sequence[Config] | None = None,
        constraints: Sequence[str | Constraint] = (),
        defaults: bool = True,
        losses: bool = False,
        warm_start: Sequence[Optimizer] = (),
    ) -> None:
        """Prepare.

        Args:
            space: a search space, its name or file, or its definition.
            objectives: names to ``maximize`` or ``minimize``, or ``Objective``s; the first is the primary one.
            strategy: ``auto``, or SEARCHER+SCHEDULER such as ``mobo+freeze-thaw``, ``tpe+asha``, ``random+fifo``.
            seed: of every random draw.
            full: the fidelity of a full training, a whole number of whatever you train by (epochs, examples); 1 if
                trainings cannot be cut.
            lowest: the lowest fidelity that says anything; nothing below full / eta³ is asked for either.
            eta: the step from one rung to the next.
            budget: in the units of the costs that ``tell`` is given; the engine plans with it. Ending is up to you.
            resumes: whether a trial trained to one fidelity pays only the rest to reach a higher one.
            known: gives the objectives that are known before training, exactly; they are never modelled.
            refuse: why a configuration cannot run, or None.
            pool: the only configurations there are, where just these can be evaluated.
            constraints: bounds on known objectives, such as ``params<=1M``.
            defaults: try the space's default configuration first.
            losses: what ``tell`` is given holds ``loss`` and ``train_loss`` besides the objectives; before the end of a
                training they rank trials better than a metric that counts right answers.
            warm_start: optimizers of other tasks, as far as they have come: their fronts are tried first, and models
                learn how far they can be trusted.

        Raises:
            AutotuneError: an argument makes no sense.
        """
        from autotune.space import SearchSpace
        from autotune.strategies import Setting, levels, make_strategy, parse, recall

        if not 1 <= lowest <= full:
            raise AutotuneError(f"lowest={lowest} and full={full} are no ladder", "give 1 <= lowest <= full")
        if eta < 2:
            raise AutotuneError(f"eta={eta} makes no ladder", "give eta of 2 or more")
        self.space = space if isinstance(space, SearchSpace) else SearchSpace.load(space)
        if pool is not None:
            pool = _checked(pool, self.space)
        told = set() if known is None else _told(known, self.space, pool, refuse)
        self.objectives = _objectives(objectives, told)
        bounds = [Constraint.parse(c) if isinstance(c, str) else c for c in constraints]
        self._known = known
        earlier = [
            recall(f"#{i}", other.history, other.setting, self.space, self.objectives)
            for i, other in enumerate(warm_start, start=1)
        ]
        self.setting: Setting = Setting(
            space=self.space,
            objectives=self.objectives,
            levels=levels(full, eta, max(lowest, round(full / eta**_MOST_STEPS))),
            eta=eta,
            costs=self._costs,
            refuse=lambda config: _refusal(config, refuse, self._costs, bounds),
            identity=_identity,
            constraints=bounds,
            enqueued=[self.space.default()] if defaults and pool is None else [],
            earlier=earlier,
            seed=seed,
            lowest=lowest,
            resumes=resumes,
            pool=pool,
            left=self._left,
            losses=losses,
        )
        self._strategy = make_strategy(*parse(strategy), self.setting)
        self._budget, self._seed = budget, seed
        self._history = History(full=full, budget=Budget(device_seconds=budget))
        self._under_way: dict[int, int] = {}
        """By trial, the decision whose outcome is still to be told."""

    @property
    def history(self) -> History:
        """Everything told so far; it never changes, each ``tell`` makes a new one."""
        return self._history

    def ask(self) -> Asked | None:
        """What to train next; None while that depends on what is still being trained, or when nothing is left.

        May be called several times before the answers are told: each call answers for one more free device.
        """
        history = self._history
        rng = np.random.default_rng((self._seed, history.decisions))
        answer = self._strategy.next(history, rng)
        while not isinstance(answer, Start | Thaw | Wait | Done):
            self._decide(answer, answer.trial, {})
            rng = np.random.default_rng((self._seed, self._history.decisions))
            answer = self._strategy.next(self._history, rng)
        if isinstance(answer, Wait | Done):
            return None
        number = self._history.decisions
        if isinstance(answer, Start):
            trial = max(self._history.trials, default=-1) + 1
            self._decide(answer, trial, self._costs(answer.config))
            return Asked(trial, answer.config, 0, answer.end, answer.reason, number)
        trial, seen = answer.trial, self._history.trials[answer.trial].examples_seen
        self._decide(answer, trial, {})
        return Asked(trial, self._history.trials[trial].config, seen, answer.end, answer.reason, number)

    def tell(
        self,
        asked: Asked,
        values: Values | None,
        cost: float = 0.0,
        *,
        curve: Mapping[int, Values] | None = None,
        error: str = "",
    ) -> None:
        """Say what came of a piece of training.

        Args:
            asked: what ``ask`` gave.
            values: the learnt objectives at ``asked.end``; None if the training failed.
            cost: of this piece, in the units of ``budget``.
            curve: the same at fidelities between start and end, by fidelity.
            error: what went wrong, where ``values`` is None.

        Raises:
            AutotuneError: it was not asked, or told already; an objective is missing; the cost is no number.
        """
        trial = self._running(asked, cost)
        points = {k: v for k, v in sorted((curve or {}).items()) if asked.start < k < asked.end}
        if values is not None:
            points[asked.end] = values
        for point in points.values():
            self._check(point)
        before = trial.device_seconds
        seconds = {k: before + cost * (k - asked.start) / (asked.end - asked.start) for k in points}
        result = SegmentResult(
            asked.number,
            asked.trial,
            trial.attempt,
            SegmentStatus.FAILED if values is None else SegmentStatus.DONE,
            asked.start if values is None else asked.end,
            tuple(CurvePoint(k, dict(v), seconds[k]) for k, v in points.items()),
            cost,
            failure=Failure(FailureKind.ERROR, error) if values is None else None,
        )
        del self._under_way[asked.trial]
        self._history = self._history.after(Returned(result))

    def lost(self, asked: Asked, cost: float = 0.0) -> None:
        """Say that a piece of training will never be told: its machine went away. The trial may be asked again.

        Raises:
            AutotuneError: it was not asked, or told already; the cost is no number.
        """
        trial = self._running(asked, cost)
        del self._under_way[asked.trial]
        self._history = self._history.after(Lost(asked.number, asked.trial, trial.attempt, cost))

    def complete(self) -> list[Trial]:
        """The trials trained in full."""
        return [t for t in self._history.trials.values() if t.state is TrialState.COMPLETE]

    def front(self) -> list[Trial]:
        """The trials trained in full that no other dominates."""
        trials = self.complete()
        values = [[o.minimized(t.value(o.name) or 0.0) for o in self.objectives] for t in trials]
        mask = front_mask(np.array(values).reshape(len(trials), len(self.objectives)))
        return [t for t, good in zip(trials, mask, strict=True) if good]

    def _decide(self, action: Any, trial: int, known: Values) -> None:
        history = self._history
        attempt = history.trials[trial].attempt if trial in history.trials else 0
        decision = Decision(history.decisions, history.revision, history.elapsed, action, trial, attempt, dict(known))
        self._history = history.after(decision)
        if isinstance(action, Start | Thaw):
            self._under_way[trial] = decision.number

    def _running(self, asked: Asked, cost: float) -> Trial:
        if self._under_way.get(asked.trial) != asked.number:
            raise AutotuneError(
                f"trial {asked.trial} to {asked.end} is not under way", "tell each answer of ask() once"
            )
        if not 0 <= cost < float("inf"):
            raise AutotuneError(f"cost={cost} cannot be added to the others", "give a number of 0 or more")
        return self._history.trials[asked.trial]

    def _left(self, history: History) -> float:
        if self._budget is None:
            return float("inf")
        seen = sum(t.examples_seen for t in history.trials.values())
        usual = history.device_seconds / seen if seen else 0.0
        ahead = 0.0
        for trial in history.running:
            rate = trial.device_seconds / trial.examples_seen if trial.examples_seen else usual
            ahead += rate * ((trial.target or 0) - (trial.examples_seen if self.setting.resumes else 0))
        return self._budget - history.device_seconds - ahead

    def _costs(self, config: Config) -> Values:
        return {} if self._known is None else self._known(config)

    def _check(self, values: Values) -> None:
        for objective in self.objectives:
            if not objective.known_before_training and objective.name not in values:
                told = ", ".join(values) or "nothing"
                raise AutotuneError(
                    f"objective {objective.name!r} is missing: told {told}", "tell every objective that is learnt"
                )


def _told(
    known: Callable[[Config], Values],
    space: SearchSpace,
    pool: Sequence[Config] | None,
    refuse: Callable[[Config], str | None] | None,
) -> set[str]:
    """The names that ``known`` tells, of a configuration that may run: of others it need not know anything."""
    rng = np.random.default_rng(0)
    candidates: Iterable[Config] = pool or chain([space.default()], (space.sample(rng) for _ in range(_TRIES)))
    config = next((c for c in candidates if refuse is None or refuse(c) is None), None)
    return set() if config is None else set(known(config))


def _checked(pool: Sequence[Config], space: SearchSpace) -> tuple[Config, ...]:
    """The pool, once it is known to lie within the space."""
    if not pool:
        raise AutotuneError("the pool is empty", "give the configurations that can be evaluated, or no pool")
    for number, config in enumerate(pool):
        try:
            space.validate(config)
        except AutotuneError as error:
            raise AutotuneError(
                f"configuration {number} of the pool lies outside space {space.name!r}: {error.message}",
                "leave it out, or widen the space",
            ) from None
    return tuple(pool)


def _objectives(given: Sequence[Objective] | Mapping[str, str], told: set[str]) -> tuple[Objective, ...]:
    if not isinstance(given, Mapping):
        found = tuple(given)
    else:
        for name, direction in given.items():
            if direction not in ("maximize", "minimize"):
                raise AutotuneError(f"objective {name!r} is to {direction!r}", "write maximize or minimize")
        found = tuple(Objective(name, direction, name in told) for name, direction in given.items())  # type: ignore[arg-type]
    if not found:
        raise AutotuneError("no objective was given", 'give for example {"accuracy": "maximize"}')
    untold = [o.name for o in found if o.known_before_training and o.name not in told]
    if untold:
        raise AutotuneError(
            f"objective {untold[0]!r} is known before training, but `known` does not tell it",
            f"pass known=..., which gives {{{untold[0]!r}: ...}} for a configuration",
        )
    return found


def _refusal(
    config: Config,
    refuse: Callable[[Config], str | None] | None,
    costs: Callable[[Config], Values],
    bounds: Sequence[Constraint],
) -> str | None:
    reason = refuse(config) if refuse is not None else None
    if reason is not None or not bounds:
        return reason
    known = costs(config)
    return next((f"breaks {bound}" for bound in bounds if not bound.holds(known)), None)


def _identity(config: Config) -> str:
    return json.dumps(config_to_json(config), sort_keys=True)
