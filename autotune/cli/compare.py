"""``autotune compare``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autotune.cli.options import Json, Store
from autotune.cli.output import echo, echo_json, echo_table, progress
from autotune.words import duration, figure

if TYPE_CHECKING:
    from autotune.insight import Comparison, Side
    from autotune.store import Store as OpenStore

Studies = Annotated[list[str], typer.Argument(metavar="STUDY STUDY...", help="Two or more studies of one store.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV on stdout.")]


def command(studies: Studies, as_json: Json = False, as_csv: Csv = False, store: Store = None) -> None:
    """Set studies side by side, over the same device time.

    Hypervolume is the share of the box around every full training of these studies that a study's trainings dominate.
    """
    from autotune.cli.stores import opened
    from autotune.errors import AutotuneError
    from autotune.insight import compare

    if as_json and as_csv:
        raise AutotuneError("--json and --csv exclude each other", "give one of them")
    names = list(dict.fromkeys(studies))
    if len(names) < 2:
        raise AutotuneError("a comparison takes two studies or more", f"write: autotune compare {names[0]} OTHER")
    with opened(store) as found:
        sides = {name: side(found, name) for name in names}
    compared = compare(sides)
    primary = sides[names[0]].objectives[0].name
    if not compared.same_data:
        progress("note: these studies did not see the same examples; their scores do not compare")
    if as_json:
        echo_json(_to_dict(compared, primary))
    elif as_csv:
        echo(_long(compared).to_csv(index=False).rstrip("\n"))
    else:
        _print(compared, primary)


def side(store: OpenStore, name: str) -> Side:
    """A stored study as one side of a comparison."""
    from autotune.insight import Side
    from autotune.objectives import Constraint
    from autotune.results import objectives_of, of_study

    row = store.study(name)
    told = store.events(row.id)
    history = store.history(row.id)
    constraints = [Constraint.parse(text) for text in row.spec.get("constraints") or ()]
    digest = str(row.facts["task"]["digest"])
    events = [event for _, event in told]
    return Side(history, events, objectives_of(row), of_study(row, history), digest, constraints)


def _to_dict(compared: Comparison, primary: str) -> dict[str, Any]:
    lines = {name: line.to_dict("records") for name, line in compared.progress.items()}
    studies = compared.summary.to_dict("records")
    return {
        "primary": primary,
        "then_device_seconds": compared.then,
        "same_data": compared.same_data,
        "studies": [{**s, "winner": None if s["winner"] < 0 else s["winner"]} for s in studies],
        "progress": lines,
    }


def _long(compared: Comparison) -> Any:
    import pandas as pd

    return pd.concat([line.assign(study=name) for name, line in compared.progress.items()])[
        ["study", "device_seconds", "trial", "kind", "value", "best", "hypervolume"]
    ]


def _print(compared: Comparison, primary: str) -> None:
    then = duration(compared.then)
    header = ["study", "trials", "in full", "device time", f"best {primary}", "held out", "hypervolume", "controls'",
              f"best at {then}", f"hypervolume at {then}"]  # fmt: skip
    rows = [
        [
            row["study"],
            str(row["trials"]),
            str(row["full"]),
            duration(row["device_seconds"]),
            figure(primary, row["best"]),
            figure(primary, row["held_out"]),
            f"{row['hypervolume']:.4f}",
            f"{row['controls']:.4f}",
            "-" if math.isnan(row["best_then"]) else figure(primary, row["best_then"]),
            f"{row['hypervolume_then']:.4f}",
        ]
        for row in compared.summary.to_dict("records")
    ]
    echo_table(header, rows, right=header[1:])
    echo("best is the winner's mean over seeds; hypervolume is a share of the box around all full trainings shown here")
