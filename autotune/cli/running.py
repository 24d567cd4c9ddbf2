"""Running a study under a display, and what is said when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import typer

from autotune.cli.output import echo_json, program, progress
from autotune.cli.progress import shown
from autotune.cli.stores import store_flag
from autotune.executors.base import DevicesLostError

if TYPE_CHECKING:
    from autotune.controller import Outcome, Progress
    from autotune.objectives import Objective

EXIT = {"complete": 0, "failed": 1, "interrupted": 130}
"""Exit code by the outcome's status."""


def taken_names(url: str | None) -> list[str]:
    """The names of the studies in a store; none if there is no store yet, and no file is made.

    A database that is there may be empty: a server's to begin with, or a file that another search is about to fill.
    """
    from autotune.store import Store
    from autotune.store.engine import find_place

    path = find_place(url).path
    if path is not None and not path.exists():
        return []
    with Store.open(url) as store:
        return [row.name for row in store.studies()]


def run(begin: Callable[[Progress], Outcome], url: str | None, *, as_json: bool) -> None:
    """Run a study to its end and report it.

    Args:
        begin: calls the controller.
        url: of the store.
        as_json: events and results as JSON lines on stdout.

    Raises:
        typer.Exit: with 1 where nothing but failures came out, 130 after an interruption.
        DevicesLostError: says how to resume.
    """
    begun: list[str] = []

    def lookup(study: str) -> Sequence[Objective]:
        begun.append(study)
        return _objectives(study, url)

    try:
        with shown(lookup, as_json=as_json) as display:
            outcome = begin(display)
    except KeyboardInterrupt:
        if begun:
            progress(f"stopped at once; what was recorded is safe: {program()} resume {begun[0]}{store_flag(url)}")
        raise
    except DevicesLostError as error:
        if begun:
            error.remedy = f"once they are back: {program()} resume {begun[0]}{store_flag(url)}"
        raise
    _report(outcome, url, as_json)
    if outcome.status == "interrupted":
        progress(f"go on with: {program()} resume {outcome.study}{store_flag(url)}")
    raise typer.Exit(EXIT.get(outcome.status, 1))


def _objectives(study: str, url: str | None) -> Sequence[Objective]:
    from autotune.results import objectives_of
    from autotune.store import Store

    with Store.open(url, create=False, read_only=True) as store:
        return objectives_of(store.study(study))


def _report(outcome: Outcome, url: str | None, as_json: bool) -> None:
    from autotune.cli.report import print_report, results_json
    from autotune.results import of_study
    from autotune.store import Store

    with Store.open(url, create=False, read_only=True) as store:
        row = store.study(outcome.study)
        history = store.history(row.id)
    found = of_study(row, history)
    if as_json:
        data = {"event": "finished", "status": outcome.status, "message": outcome.message}
        echo_json(data | results_json(row, found), line=True)
    elif outcome.status != "interrupted":
        print_report(row, history, found, store_flag(url))
