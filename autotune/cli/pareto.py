"""``autotune pareto``."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.options import Json, Store, Study
from autotune.cli.output import echo, echo_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autotune.results import Entry, StudyResults

Csv = Annotated[bool, typer.Option("--csv", help="Print CSV on stdout.")]
All = Annotated[bool, typer.Option("--all", help="Every configuration trained in full, the dominated ones too.")]


def command(study: Study, as_json: Json = False, as_csv: Csv = False, all_: All = False, store: Store = None) -> None:
    """Print the Pareto front of a study.

    It is made of trials trained in full; figures are means over their seeds.
    """
    from autotune.cli.report import front_json, print_entries
    from autotune.cli.stores import opened
    from autotune.errors import AutotuneError
    from autotune.results import of_study

    if as_json and as_csv:
        raise AutotuneError("--json and --csv exclude each other", "give one of them")
    with opened(store) as found:
        row = found.study(study)
        view = of_study(row, found.history(row.id))
    entries = view.entries if all_ else view.front
    if as_json:
        echo_json(front_json(row.name, view, entries))
    elif as_csv:
        echo(to_csv(view, entries).rstrip("\n"))
    elif entries:
        print_entries(entries, view.objectives)
    else:
        echo(f"no trial of {study} has been trained in full yet; see: autotune status {study}")


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
