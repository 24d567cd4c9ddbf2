"""``autotune show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.options import Json, Store, StudyOrTrial
from autotune.cli.output import echo, echo_json, echo_table

if TYPE_CHECKING:
    from autotune.history import History
    from autotune.store import StudyRow

Diff = Annotated[
    str | None,
    typer.Option("--diff", metavar="default|TRIAL", help="Only what is set otherwise than by default, or in a trial."),
]
Curve = Annotated[bool, typer.Option("--curve", help="The learning curve on the selection part.")]


def command(
    study: StudyOrTrial, diff: Diff = None, curve: Curve = False, as_json: Json = False, store: Store = None
) -> None:
    """Show a study or one of its trials.

    A trial is shown with its configuration, scores and cost, and why it failed.
    """
    from autotune.cli import show_trial
    from autotune.cli.stores import opened, split, trial_of
    from autotune.errors import AutotuneError

    name, number = split(study)
    if number is None and (diff or curve):
        raise AutotuneError(
            "--diff and --curve are about one trial", f"write for example: autotune show {name}/7 --curve"
        )
    with opened(store) as found:
        row = found.study(name)
        history = found.history(row.id)
        segments = [s for s in found.segments(row.id) if s.trial == number]
        failures = [f for f in found.failures(row.id) if f.trial == number]
    if number is None:
        _study(row, history, as_json, store)
        return
    trial = trial_of(history, row, number)
    view = show_trial.View(row, history, trial, segments, failures)
    if as_json:
        echo_json(view.to_dict(diff))
    else:
        view.print(diff=diff, curve=curve)


def _study(row: StudyRow, history: History, as_json: bool, store: str | None) -> None:
    from autotune.cli.report import print_report, results_json
    from autotune.cli.status import print_study, summary
    from autotune.cli.stores import store_flag
    from autotune.results import of_study
    from autotune.words import describe

    view = of_study(row, history)
    if as_json:
        trials = [{"trial": t.number, "kind": t.kind.value, "state": t.state.value} for t in history.trials.values()]
        echo_json(summary(row, history) | results_json(row, view) | {"trials": trials, "spec": dict(row.spec)})
        return
    print_study(row, history)
    echo()
    rows = []
    for t in history.trials.values():
        said = t.failure.kind.value if t.failure else t.label
        score = t.value(view.primary.name)
        shown = "-" if score is None else f"{score:.4f}"
        rows.append([str(t.number), t.state.value, describe(t.config), f"{t.examples_seen:,}", shown, said])
    if rows:
        header = ["trial", "state", "configuration", "examples", view.primary.name, ""]
        echo_table(header, rows, right=["trial", "examples", view.primary.name])
        echo()
    print_report(row, history, view, store_flag(store))
