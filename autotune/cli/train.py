"""``autotune train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.output import echo

Source = Annotated[Path, typer.Argument(metavar="DIR-or-CONFIG", help="An exported folder, or a training.yaml.")]
Task = Annotated[str | None, typer.Option("--task", help="Another task than the study's.")]
Model = Annotated[str | None, typer.Option("--model", help="Another model than the study's.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of GLUE's tasks, instead of the Hub.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where the trained adapter goes.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Another seed than the study's.")]
Epochs = Annotated[float | None, typer.Option("--epochs", help="Another length than the study's full training.")]
AsStudied = Annotated[
    bool,
    typer.Option("--as-studied", help="Train on the search's part alone, which reaches the study's score exactly."),
]
Threads = Annotated[int | None, typer.Option("--threads", help="CPU threads.")]
Offline = Annotated[bool, typer.Option("--offline", help="Do not ask the Hub.")]


def command(
    source: Source,
    task: Task = None,
    model: Model = None,
    data_dir: DataDir = None,
    out: Out = None,
    seed: Seed = None,
    epochs: Epochs = None,
    as_studied: AsStudied = False,
    threads: Threads = None,
    offline: Offline = False,
) -> None:
    """Train an exported configuration and save the adapter.

    At full length and on all training data, the search's selection part included.
    """
    from autotune.export import train

    options = {
        "task": task,
        "model": model,
        "data_dir": data_dir,
        "out": out,
        "seed": seed,
        "epochs": epochs,
        "as_studied": as_studied,
        "threads": threads,
        "offline": offline,
    }
    echo(str(train(source, **options)))
