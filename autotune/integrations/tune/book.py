"""Which of Tune's trials is which of the engine's, what runs, and what came of it. Knows nothing of Ray."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from autotune.errors import AutotuneError
from autotune.optimizer import Asked, Optimizer
from autotune.trial import Config, TrialState

logger = logging.getLogger(__name__)
SECONDS = "time_this_iter_s"
"""Where Tune writes how long a trial took for a result."""


class Verdict(Enum):
    """What a trial shall do after a result."""

    GO_ON = "go on"
    PAUSE = "pause"
    STOP = "stop"


@dataclass
class Piece:
    """A piece of training that was asked for and is not told yet."""

    asked: Asked
    points: dict[int, dict[str, float]] = field(default_factory=dict)
    """The objectives by fidelity."""
    cost: float = 0.0
    """Seconds of training."""


class Book:
    """Asks the engine while there is room, and tells it what Tune reports."""

    def __init__(self, optimizer: Optimizer, time: str, names: Collection[str]) -> None:
        """Begin.

        Args:
            optimizer: the engine.
            time: the key of results that holds the fidelity.
            names: the keys of results that the engine is told.
        """
        self.optimizer, self._time, self._names = optimizer, time, tuple(names)
        self.slots = math.inf
        """Trials that may run at once."""
        self.numbers: dict[str, int] = {}
        """Tune's names of trials, and the engine's."""
        self._names_of: dict[int, str] = {}
        self._open: dict[int, Piece] = {}
        self._fresh: int | None = None
        """A trial that was asked for and that Tune has not made yet."""
        self._thaws: list[int] = []
        self._waits_at = -1

    def plan(self) -> None:
        """Ask what to do next, as long as there is room; one new trial at a time."""
        engine = self.optimizer
        while self._fresh is None and len(self._open) < self.slots and not engine.ended:
            if self._waits_at == engine.history.revision:
                return
            asked = engine.ask()
            if asked is None:  # and so it stays until something is told
                self._waits_at = engine.history.revision
                return
            self._open[asked.trial] = Piece(asked)
            logger.info("trial %d to %d: %s", asked.trial, asked.end, asked.reason)
            if asked.trial in self._names_of:
                self._thaws.append(asked.trial)
            else:
                self._fresh = asked.trial

    def claim(self, name: str) -> Config | None:
        """The configuration for a new trial of that name, if one is wanted."""
        if self._fresh is None:
            return None
        number, self._fresh = self._fresh, None
        self.numbers[name], self._names_of[number] = number, name
        return self._open[number].asked.config

    @property
    def over(self) -> bool:
        """Nothing runs, and nothing more will be asked."""
        return bool(self.optimizer.ended) and not self._open

    def thaws(self) -> list[str]:
        """The paused trials that shall go on."""
        return [self._names_of[number] for number in self._thaws]

    def thawed(self, name: str) -> None:
        """Tune has taken it up."""
        self._thaws.remove(self.numbers[name])

    def runs(self, name: str) -> bool:
        """Whether a piece of its training is under way, or waits for room."""
        return self.numbers[name] in self._open

    def given_up(self, name: str) -> bool:
        """Whether a paused trial will never go on."""
        state = self.optimizer.history.trials[self.numbers[name]].state
        return state in (TrialState.STOPPED, TrialState.FAILED) or (self.over and state is TrialState.PAUSED)

    def report(self, name: str, result: Mapping[str, Any]) -> Verdict:
        """A result of a running trial.

        Raises:
            AutotuneError: it does not tell how far the training has come.
        """
        number = self.numbers[name]
        piece = self._open.get(number)
        if piece is None:  # it was told already, and Tune's answer crossed ours
            return Verdict.STOP
        at, problem = self._note(piece, result)
        full, ended = self.optimizer.history.full, bool(result.get("done"))
        if not ended and at < piece.asked.end:
            return Verdict.GO_ON
        del self._open[number]
        if problem:
            self._fail(piece, name, problem)
        elif ended:  # by itself: what it is worth now it stays worth
            self._tell(piece, self._values(result)[0], full)
        else:
            self._tell(piece, piece.points[at])
        return self._verdict(number)

    def close(self, name: str, result: Mapping[str, Any] | None = None, error: str = "") -> None:
        """A trial has ended without our doing: it failed, or somebody stopped it."""
        number = self.numbers.get(name, -1)
        piece = self._open.pop(number, None)
        if piece is None:
            trial = self.optimizer.history.trials.get(number)
            if trial is not None and trial.state is TrialState.PAUSED:
                self.optimizer.give_up(number, "it was stopped in Tune while it was paused")
            return
        if number in self._thaws:
            self._thaws.remove(number)
        if result is not None and not error:
            self._note(piece, result)
        if error or not piece.points:
            self._fail(piece, name, error or "it was stopped before a result with every objective")
            return
        last = max(piece.points)
        self._tell(piece, piece.points[last], min(last, self.optimizer.history.full))

    def again(self, name: str) -> None:
        """Tune takes up a trial that had failed."""
        asked = self.optimizer.again(self.numbers[name])
        self._open[asked.trial] = Piece(asked)

    def settle(self, known: Collection[str]) -> None:
        """After a restore: what was asked for a trial that Tune's own snapshot has not got was never begun."""
        for number, piece in list(self._open.items()):
            name = self._names_of.get(number)
            if name is not None and name not in known:
                del self._open[number], self._names_of[number], self.numbers[name]
                self.optimizer.lost(piece.asked, piece.cost)

    def to_json(self) -> dict[str, Any]:
        """The state, as JSON-able data."""
        pieces = {n: {"points": list(p.points.items()), "cost": p.cost} for n, p in self._open.items()}
        return {"events": self.optimizer.to_json(), "trials": self.numbers, "pieces": pieces}

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Go on where ``to_json`` was written.

        Raises:
            AutotuneError: the state is damaged.
        """
        waiting = self.optimizer.take_up(state["events"])
        self.numbers = {name: int(number) for name, number in state["trials"].items()}
        self._names_of = {number: name for name, number in self.numbers.items()}
        for number, asked in waiting.items():
            noted = state["pieces"].get(str(number), {"points": [], "cost": 0.0})
            self._open[number] = Piece(asked, {int(at): values for at, values in noted["points"]}, noted["cost"])
            if number not in self._names_of:
                self._fresh = number

    def _verdict(self, number: int) -> Verdict:
        if self.optimizer.history.trials[number].state is not TrialState.PAUSED:
            return Verdict.STOP
        self.plan()
        if number in self._thaws:  # it may keep its place
            self._thaws.remove(number)
            return Verdict.GO_ON
        return Verdict.PAUSE

    def _note(self, piece: Piece, result: Mapping[str, Any]) -> tuple[int, str]:
        """Its fidelity, and what is wrong with it."""
        if self._time not in result:
            raise AutotuneError(
                f"a result has no {self._time!r}, only {', '.join(sorted(result))}",
                f"report {self._time!r}, or say Search(..., time=...) by what you train",
            )
        at = int(result[self._time])
        values, problem = self._values(result)
        if at not in piece.points:
            piece.cost += max(0.0, float(result.get(SECONDS, 0.0)))
        if at > piece.asked.start and not problem:
            piece.points[at] = values
        return at, problem

    def _values(self, result: Mapping[str, Any]) -> tuple[dict[str, float], str]:
        values: dict[str, float] = {}
        for name in self._names:
            if name not in result:
                return {}, f"it did not report {name!r}"
            try:
                values[name] = float(result[name])
            except (TypeError, ValueError):
                return {}, f"it reported {name}={result[name]!r}, which is no number"
            if not math.isfinite(values[name]):
                return {}, f"it reported {name}={values[name]}"
        return values, ""

    def _tell(self, piece: Piece, values: dict[str, float], reached: int | None = None) -> None:
        end = piece.asked.end if reached is None else reached
        curve = {at: point for at, point in piece.points.items() if at < end}
        self.optimizer.tell(piece.asked, values, piece.cost, curve=curve, reached=reached)

    def _fail(self, piece: Piece, name: str, problem: str) -> None:
        logger.warning("trial %s counts as failed: %s", name, problem)
        self.optimizer.tell(piece.asked, None, piece.cost, error=problem)
