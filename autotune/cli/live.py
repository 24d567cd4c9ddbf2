"""The live display of a running study on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from autotune.cli import events
from autotune.cli.output import rich_table
from autotune.cli.progress import STARTING, Lookup, ending
from autotune.cli.standings import leaders
from autotune.decision import Decision
from autotune.history import Charged, Event, History
from autotune.objectives import Objective
from autotune.trial import TrialState
from autotune.words import clock, describe, figure

if TYPE_CHECKING:
    from autotune.controller import Outcome

ROWS = 8
"""Of the front that are shown while a study runs."""


class Live(AbstractContextManager["Live"]):
    """Budget bar, running trials, the front so far and failures by kind, drawn on stderr."""

    def __init__(self, lookup: Lookup, console: Console | None = None) -> None:
        self._lookup = lookup
        self._console = console or Console(stderr=True)
        self._objectives: Sequence[Objective] = ()
        self._study = ""
        self._now: tuple[History, str, float, float | None] | None = None
        self._live = RichLive(
            console=self._console,
            get_renderable=self.render,
            refresh_per_second=2,
            transient=True,
            redirect_stdout=False,
        )

    def __enter__(self) -> Live:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def started(self, study: str, plan_lines: Sequence[str]) -> None:
        """Print the plan above the display."""
        self._study, self._objectives = study, self._lookup(study)
        for text in [f"study     {study}", *plan_lines]:
            self._print(text)

    def event(self, history: History, event: Event) -> None:
        """Take the history over; results leave a line above the display, decisions none."""
        before = self._now
        self._now = (history, *(before[1:] if before else ("search", 0.0, None)))
        if not isinstance(event, Decision | Charged):
            self._print(events.line(history, event, self._objectives), style="dim")

    def status(self, history: History, phase: str, fraction: float, seconds_left: float | None) -> None:
        """Take everything over; the display draws itself twice a second."""
        self._now = (history, phase, fraction, seconds_left)

    def note(self, text: str) -> None:
        """Print it above the display."""
        self._print(text, style="yellow")

    def finished(self, outcome: Outcome) -> None:
        """Print why the study ended."""
        self._print(ending(outcome))

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style))

    def render(self) -> RenderableType:
        """What the display shows now."""
        if self._now is None:
            return Text(STARTING)
        history, phase, fraction, left = self._now
        parts: list[RenderableType] = [_bar(history, phase, fraction, left)]
        if history.running:
            parts.append(_running(history, self._objectives))
        if self._objectives:
            parts.append(_front(history, self._objectives))
        counts = [f"{n} {kind}" for kind, n in events.failures(history).items()]
        if counts:
            parts.append(Text(f"failed: {', '.join(counts)}", style="red"))
        return Group(*parts)


def _bar(history: History, phase: str, fraction: float, left: float | None) -> Table:
    grid = Table.grid(padding=(0, 1))
    trials = history.trials.values()
    done = sum(t.state is TrialState.COMPLETE for t in trials)
    said = f"{fraction:4.0%} of {history.budget}  {phase}  {clock(history.elapsed)}"
    said += f", {clock(left)} left" if left is not None else ""
    grid.add_row(
        ProgressBar(total=1.0, completed=fraction, width=24), Text(f"{said}  {len(trials)} trials, {done} complete")
    )
    return grid


def _running(history: History, objectives: Sequence[Objective]) -> Any:
    rows = []
    for trial in history.running[:ROWS]:
        target = f"{trial.examples_seen:,} → {trial.target:,} / {history.full:,}"
        rows.append([events.name_of(trial), describe(trial.config), target, events.score_of(trial, objectives) or "-"])
    return rich_table(["running", "configuration", "examples", "last score"], rows, right=["examples"])


def _front(history: History, objectives: Sequence[Objective]) -> Any:
    rows = []
    for trial in leaders(history, objectives)[:ROWS]:
        values = [figure(o.name, trial.value(o.name)) for o in objectives]
        rows.append([str(trial.number), describe(trial.config), *values, f"{trial.examples_seen / history.full:.0%}"])
    names = [o.name for o in objectives]
    return rich_table(["front so far", "configuration", *names, "trained"], rows, right=[*names, "trained"])
