"""``autotune pareto``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.options import Json, Store, Study
from autotune.cli.output import echo, echo_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autotune.results import Entry, StudyResults
    from autotune.store import StudyRow

Csv = Annotated[bool, typer.Option("--csv", help="Print CSV on stdout.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw the front: a .png, .svg or .pdf file.")]
Across = Annotated[
    str | None,
    typer.Option("--x", metavar="NAME", help="With --plot: what is drawn across.  [default: the second objective]"),
]
Upwards = Annotated[
    str | None, typer.Option("--y", metavar="NAME", help="With --plot: what is drawn upwards.  [default: the first]")
]
All = Annotated[bool, typer.Option("--all", help="Every configuration trained in full, the dominated ones too.")]


def command(
    study: Study,
    as_json: Json = False,
    as_csv: Csv = False,
    all_: All = False,
    plot: Plot = None,
    x: Across = None,
    y: Upwards = None,
    store: Store = None,
) -> None:
    """Print the Pareto front of a study.

    It is made of trials trained in full; figures are means over their seeds.
    """
    from autotune.cli.report import front_json, print_entries
    from autotune.cli.stores import opened
    from autotune.errors import AutotuneError
    from autotune.results import of_study

    if as_json and as_csv:
        raise AutotuneError("--json and --csv exclude each other", "give one of them")
    if (x or y) and plot is None:
        raise AutotuneError("--x and --y say what a picture shows, and none was asked for", "add --plot front.png")
    with opened(store) as found:
        row = found.study(study)
        view = of_study(row, found.history(row.id))
    if plot is not None:
        _draw(row, view, plot, x, y)
        if not (as_json or as_csv or all_):
            echo(str(plot))
            return
    entries = view.entries if all_ else view.front
    if as_json:
        echo_json(front_json(row.name, view, entries))
    elif as_csv:
        echo(to_csv(view, entries).rstrip("\n"))
    elif entries:
        print_entries(entries, view.objectives)
    else:
        echo(f"no trial of {study} has been trained in full yet; see: autotune status {study}")


def _draw(row: StudyRow, view: StudyResults, file: Path, x: str | None, y: str | None) -> None:
    from autotune.errors import AutotuneError
    from autotune.facts import TaskFacts
    from autotune.objectives import objective
    from autotune.pictures.canvas import save
    from autotune.pictures.front import draw, value_of

    metrics = TaskFacts.from_dict(row.facts["task"]).metrics
    across = objective(x, metrics) if x else next(iter(view.objectives[1:]), objective("trainable_params", metrics))
    upwards = objective(y, metrics) if y else view.primary
    for one in (across, upwards):
        if view.entries and not any(value_of(entry, one) for entry in view.entries):
            raise AutotuneError(
                f"no trial of {row.name} has a value of {one.name}", f"search with it: --objective {one.name}"
            )
    if across.name == upwards.name:
        raise AutotuneError(f"{across.name} is on both axes", "name two objectives with --x and --y")
    save(draw(view, across, upwards, row.name), file)


def to_csv(view: StudyResults, entries: Sequence[Entry]) -> str:
    """One row for each entry: what it is, objectives, held-out metrics, then a column for each parameter."""
    from autotune.results import plain

    names = [o.name for o in view.objectives]
    metrics = sorted({m for e in entries for m in e.held_out})
    parameters = sorted({p for e in entries for p in e.config})
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["trial", "kind", "label", "seeds", *names, *(f"held_out.{m}" for m in metrics), *parameters])
    for e in entries:
        values = [plain(n, e.values[n].mean) if n in e.values else "" for n in names]
        scores = [e.held_out[m].mean if m in e.held_out else "" for m in metrics]
        config = e.to_dict()["config"]
        cells = [json.dumps(v) if isinstance(v, list) else v for v in (config.get(p, "") for p in parameters)]
        rows.writerow([e.trial, e.kind.value, e.label, e.seeds, *values, *scores, *cells])
    return text.getvalue()
