"""``autotune train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.options import Json, Overwrite
from autotune.cli.output import echo, echo_json, echo_table, progress
from autotune.words import figure

if TYPE_CHECKING:
    from autotune.export import TrainResult

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
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or cuda:1.")]
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
    device: Device = "auto",
    offline: Offline = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Train an exported configuration and save the adapter.

    At full length and on all training data, the search's selection part included. With --as-studied the exit code is 1
    where the scores are not the study's.
    """
    from autotune.export import train
    from autotune.settings.machine import offline as machine_offline

    result = train(
        source,
        task=task,
        model=model,
        data_dir=data_dir,
        out=out,
        seed=seed,
        epochs=epochs,
        as_studied=as_studied,
        threads=threads,
        device=device,
        offline=offline or machine_offline(),
        overwrite=overwrite,
        progress=progress,
    )
    if as_json:
        echo_json(result.to_dict())
    else:
        _print(result)
    if result.equal is False:
        raise typer.Exit(1)


def _print(result: TrainResult) -> None:
    echo(f"{result.title}: {result.method} on {result.task}, seed {result.seed}, saved in {result.folder}")
    echo(f"trained on {result.trained_on}, {result.examples:,} examples ({result.epochs:.3g} epochs)")
    recorded = result.recorded.held_out if result.recorded else {}
    scored = [("held-out", name, value, recorded.get(name)) for name, value in result.held_out.items()]
    before = result.recorded.selection if result.recorded else {}
    scored += [("selection", name, value, before.get(name)) for name, value in result.selection.items()]
    rows = [[f"{part} {name}", figure(name, value), figure(name, other)] for part, name, value, other in scored]
    echo_table(["metric", "now", "in the study"], rows, right=["now", "in the study"])
    if result.equal is not None:
        echo("every score is the study's to the last bit" if result.equal else "the scores differ from the study's")
    for note in result.notes:
        progress(f"note: {note}")
