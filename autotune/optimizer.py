"""The engine without the trainer: ask what to train next, train it yourself, tell what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autotune.asking import (
    Values,
    check_own,
    checked_numbers,
    checked_pool,
    checked_values,
    identity,
    odd,
    read_objectives,
    refusal,
    told_by,
)
from autotune.budget import Budget
from autotune.decision import Action, Decision, Done, Start, Stop, Thaw, Wait
from autotune.errors import AutotuneError
from autotune.event_json import event_from_json, event_to_json
from autotune.history import Event, History, Lost, Returned
from autotune.objectives import Constraint, Objective
from autotune.pareto import front_mask
from autotune.standing import ends, feasible
from autotune.trial import (
    Config,
    CurvePoint,
    Failure,
    FailureKind,
    SegmentResult,
    SegmentStatus,
    Trial,
    TrialState,
)

if TYPE_CHECKING:
    from autotune.space import SearchSpace
    from autotune.strategies.auto import Choice
    from autotune.strategies.base import Setting


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
        trials: int | None = None,
        trainings: float | None = None,
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
            space: a search space, its file, or its definition. One that speaks of layers has to know how many:
                ``SearchSpace.load("peft").bind(12)``.
            objectives: names to ``maximize`` or ``minimize``, or ``Objective``s; the first is the primary one.
            strategy: ``auto``, or SEARCHER+SCHEDULER such as ``mobo+freeze-thaw``, ``tpe+asha``, ``random+fifo``.
            seed: of every random draw.
            full: the fidelity of a full training, a whole number of whatever you train by (epochs, examples); 1 if
                trainings cannot be cut.
            lowest: the lowest fidelity that says anything; nothing below full / eta³ is asked for either.
            eta: the step from one rung to the next.
            budget: in the units of the costs that ``tell`` is given; the engine plans with it. Ending is up to you.
            trials: to begin at most; those are then brought as far as they deserve.
            trainings: in full that the budget holds, if you know about how many; ``auto`` chooses by it.
            resumes: whether a trial trained to one fidelity pays only the rest to reach a higher one.
            known: gives the objectives that are known before training, exactly; they are never modelled. A
                configuration of which it tells none, or no finite number, is never asked.
            refuse: why a configuration cannot run, or None.
            pool: the only configurations there are, where just these can be evaluated.
            constraints: bounds such as ``params<=1M``. What breaks one on a known value is never asked; for the others,
                of objectives or of anything else that ``tell`` is given, models learn where they hold.
            defaults: try the space's default configuration first.
            losses: what ``tell`` is given holds ``loss`` and ``train_loss`` besides the objectives; before the end of a
                training they rank trials better than a metric that counts right answers.
            warm_start: optimizers of other tasks, as far as they have come: their fronts are tried first, and models
                learn how far they can be trusted.

        Raises:
            AutotuneError: an argument makes no sense.
        """
        from autotune.space import SearchSpace
        from autotune.strategies import Setting, choice, levels, make_strategy, parse, recall, worth_a_rung
        from autotune.strategies.early import LOSSES

        checked_numbers(full, lowest, eta, seed, budget=budget, trials=trials, trainings=trainings)
        self.space = space if isinstance(space, SearchSpace) else SearchSpace.load(space)
        if pool is not None:
            pool = checked_pool(pool, self.space)
        told = set() if known is None else told_by(known, self.space, pool, refuse)
        self.objectives = read_objectives(objectives, told)
        bounds = [Constraint.parse(c) if isinstance(c, str) else c for c in constraints]
        self._known = known
        learnt = [o.name for o in self.objectives if not o.known_before_training]
        learnt_bounds = [b for b in bounds if b.name not in told]
        self.learnt = tuple(dict.fromkeys([*learnt, *(b.name for b in learnt_bounds)]))
        """What ``tell`` has to be given: the objectives that are learnt, and what else is bounded."""
        earlier = [
            recall(f"#{i}", other.history, other.setting, self.space, self.objectives)
            for i, other in enumerate(warm_start, start=1)
        ]
        self.setting: Setting = Setting(
            space=self.space,
            objectives=self.objectives,
            levels=levels(full, eta, worth_a_rung(full, eta, lowest)),
            eta=eta,
            costs=self._costs,
            refuse=lambda config: refusal(config, refuse, self._costs, self.objectives, bounds),
            identity=identity,
            constraints=bounds,
            learnt_bounds=learnt_bounds,
            enqueued=[self.space.default()] if defaults and pool is None else [],
            earlier=earlier,
            seed=seed,
            lowest=lowest,
            resumes=resumes,
            pool=pool,
            left=self._left,
            trainings=trials if trainings is None else trainings,
            losses=losses,
        )
        self.chosen: Choice = choice(*parse(strategy), self.setting)
        """The strategy in use, and why this one where it was left to choose."""
        self._losses = LOSSES if losses else ()
        self._strategy = make_strategy(self.chosen.searcher, self.chosen.scheduler, self.setting)
        self._budget, self._seed = budget, seed
        self._history = History(full=full, budget=Budget(device_seconds=budget, trials=trials))
        self._events: list[Event] = []
        self.ended = ""
        """Why nothing is left to ask; empty before ``ask`` has found that."""
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
            self._decide(answer, answer.trial)
            rng = np.random.default_rng((self._seed, self._history.decisions))
            answer = self._strategy.next(self._history, rng)
        if isinstance(answer, Done):
            self.ended = answer.reason
        if isinstance(answer, Wait | Done):
            return None
        return self._asked(answer)

    def again(self, trial: int) -> Asked:
        """Ask for a failed trial's next piece after all: its failure was not its own.

        Raises:
            AutotuneError: that trial has not failed.
        """
        known = self._history.trials.get(trial)
        if known is None or known.state is not TrialState.FAILED:
            raise AutotuneError(f"trial {trial} has not failed", "name a trial that was told to have failed")
        self.ended = ""
        end = next(level for level in self.setting.levels if level > known.examples_seen)
        return self._asked(Thaw(trial, end, f"continued to {end:,}: taken up again"))

    def tell(
        self,
        asked: Asked,
        values: Values | None,
        cost: float = 0.0,
        *,
        curve: Mapping[int, Values] | None = None,
        error: str = "",
        reached: int | None = None,
    ) -> None:
        """Say what came of a piece of training.

        Args:
            asked: what ``ask`` gave.
            values: all that is ``learnt``, at ``asked.end``; None if the training failed. One that is no finite number
                counts as a failure, too.
            cost: of this piece, in the units of ``budget``.
            curve: the learnt objectives at fidelities between start and end, by fidelity.
            error: what went wrong, if it failed.
            reached: where the training has ended for good, if not at ``asked.end``: somebody stopped it there, or it
                can become no better, which makes it a full one.

        Raises:
            AutotuneError: it was not asked, or told already; an objective is missing; the cost is no number.
        """
        trial = self._running(asked, cost)
        end = asked.end if reached is None else reached
        if not asked.start < end <= self._history.full:
            raise AutotuneError(f"reached={end} is not after {asked.start}", f"give at most {self._history.full}")
        ended = None if values is None else checked_values(values, self.learnt, self._losses)
        error = error or odd(ended or {}, self.learnt)
        objectives = [o.name for o in self.objectives if not o.known_before_training]
        told = {k: checked_values(v, objectives) for k, v in sorted((curve or {}).items()) if asked.start < k < end}
        points = {k: v for k, v in told.items() if not odd(v, objectives)}
        if ended is not None and not error:
            points[end] = ended
        failed = end not in points
        before = trial.device_seconds
        seconds = {k: before + cost * (k - asked.start) / (end - asked.start) for k in points}
        result = SegmentResult(
            asked.number,
            asked.trial,
            trial.attempt,
            SegmentStatus.FAILED if failed else SegmentStatus.DONE,
            asked.start if failed else end,
            tuple(CurvePoint(k, v, seconds[k]) for k, v in points.items()),
            cost,
            failure=Failure(FailureKind.ERROR, error) if failed else None,
        )
        del self._under_way[asked.trial]
        self._fold(Returned(result))
        if reached is not None and self._history.trials[asked.trial].state is TrialState.PAUSED:
            self.give_up(asked.trial, f"it was stopped at {reached:,}")

    def lost(self, asked: Asked, cost: float = 0.0) -> None:
        """Say that a piece of training will never be told: its machine went away. The trial may be asked again.

        Raises:
            AutotuneError: it was not asked, or told already; the cost is no number.
        """
        trial = self._running(asked, cost)
        del self._under_way[asked.trial]
        self._fold(Lost(asked.number, asked.trial, trial.attempt, cost))

    def give_up(self, trial: int, reason: str) -> None:
        """Say that a paused trial cannot go on; it will not be asked again.

        Raises:
            AutotuneError: that trial is not paused.
        """
        known = self._history.trials.get(trial)
        if known is None or known.state is not TrialState.PAUSED:
            raise AutotuneError(f"trial {trial} is not paused", "give up a trial between two pieces of its training")
        self._decide(Stop(trial, reason), trial)

    def complete(self) -> list[Trial]:
        """The trials trained in full."""
        return [t for t in self._history.trials.values() if t.state is TrialState.COMPLETE]

    def front(self) -> list[Trial]:
        """The trials trained in full that break no bound and that no other such one dominates."""
        trials = [t for t in self.complete() if feasible(t, self.setting.constraints)]
        mask = front_mask(ends(trials, self.objectives))
        return [t for t, good in zip(trials, mask, strict=True) if good]

    def to_json(self) -> list[dict[str, Any]]:
        """Everything asked and told so far, as JSON-able data for ``take_up``."""
        return [event_to_json(event) for event in self._events]

    def take_up(self, told: Sequence[Mapping[str, Any]]) -> dict[int, Asked]:
        """Go on where another optimizer of the same arguments was.

        Args:
            told: what its ``to_json`` gave.

        Returns:
            What was asked and not told yet, by trial; ``tell`` it, or ``lost``.

        Raises:
            AutotuneError: this one has been asked already, or the data are none of an optimizer's.
        """
        if self._events:
            raise AutotuneError("an optimizer that was asked cannot take up another's state", "make a new one")
        try:
            self._events = [event_from_json(event) for event in told]
            self._history = self._history.after_all(self._events)
        except (KeyError, TypeError, ValueError) as error:
            raise AutotuneError(f"the optimizer's state is damaged ({type(error).__name__}: {error})") from error
        for trial in self._history.trials.values():
            check_own(trial, self.space, self.objectives, self._history.full)
        last = {e.trial: e for e in self._events if isinstance(e, Decision)}
        running = {trial.number: last[trial.number] for trial in self._history.running}
        self._under_way = {trial: decision.number for trial, decision in running.items()}
        return {trial: self._piece(decision) for trial, decision in running.items()}

    def _asked(self, action: Start | Thaw) -> Asked:
        if isinstance(action, Start):
            trial = max(self._history.trials, default=-1) + 1
            return self._piece(self._decide(action, trial, self._costs(action.config)))
        return self._piece(self._decide(action, action.trial))

    def _piece(self, decision: Decision) -> Asked:
        action, trial = decision.action, self._history.trials[decision.trial]
        assert isinstance(action, Start | Thaw), "nothing else is trained"
        return Asked(trial.number, trial.config, trial.examples_seen, action.end, action.reason, decision.number)

    def _decide(self, action: Action, trial: int, known: Values | None = None) -> Decision:
        history = self._history
        attempt = history.trials[trial].attempt if trial in history.trials else 0
        decision = Decision(history.decisions, history.revision, history.elapsed, action, trial, attempt, known or {})
        self._fold(decision)
        if isinstance(action, Start | Thaw):
            self._under_way[trial] = decision.number
        return decision

    def _fold(self, event: Event) -> None:
        self._events.append(event)
        self._history = self._history.after(event)

    def _running(self, asked: Asked, cost: float) -> Trial:
        known = self._history.trials.get(asked.trial)
        if self._under_way.get(asked.trial) != asked.number or known is None or known.config != asked.config:
            raise AutotuneError(
                f"trial {asked.trial} to {asked.end} is not under way", "tell each answer of ask() once"
            )
        if not 0 <= cost < float("inf"):
            raise AutotuneError(f"cost={cost} cannot be added to the others", "give a number of 0 or more")
        return known

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
        return {} if self._known is None else {name: float(value) for name, value in self._known(config).items()}
