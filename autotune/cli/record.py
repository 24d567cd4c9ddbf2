"""``autotune record``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli import search_options as given
from autotune.cli.output import echo, progress

Configurations = Annotated[int, typer.Option("--configurations", metavar="N", min=1, help="Trainings to record.")]
Epochs = Annotated[float, typer.Option("--epochs", metavar="NUMBER", help="Length of each training.")]
Points = Annotated[int, typer.Option("--points", metavar="N", min=1, help="Evaluations of each training.")]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the curves go: a .csv.gz file.")]

_OWN = ("out", "set_", "configurations", "epochs", "points")


def command(
    out: Out,
    task: given.Task = None,
    model: given.Model = None,
    data_dir: given.DataDir = None,
    text_column: given.TextColumn = None,
    label_column: given.LabelColumn = None,
    task_kind: given.TaskKind = None,
    metric: given.Metric = None,
    max_train: given.MaxTrain = None,
    max_length: given.MaxLength = None,
    space: given.Space = None,
    configurations: Configurations = 120,
    epochs: Epochs = 1.0,
    points: Points = 20,
    seed: given.Seed = None,
    precision: given.Precision = None,
    device: given.Device = None,
    threads: given.Threads = None,
    offline: given.Offline = None,
    plugin: given.Plugin = None,
    trust_remote_code: given.Trust = None,
    set_: given.Set = None,
) -> None:
    """Record the learning curves of many configurations, for judging searchers without training.

    The defaults of each method come first, then random configurations. Run it again to go on where it was interrupted.

    autotune record --task demo/docstrings --space peft --out curves/docstrings.csv.gz
    """
    flags = {k: v for k, v in locals().items() if k not in _OWN and v != []}
    from autotune.bench.record import Wanted, record
    from autotune.errors import AutotuneError
    from autotune.settings import resolve

    if not out.name.endswith(".csv.gz"):
        raise AutotuneError(f"--out {str(out)!r} does not end in .csv.gz", f"write: --out {out.with_suffix('')}.csv.gz")
    if not epochs > 0:
        raise AutotuneError(f"--epochs {epochs:g} trains nothing", "write for example: --epochs 1")
    spec = resolve({**flags, "budget": [f"{configurations}trials"]}, set_ or ())
    recording = record(Wanted(spec, configurations, epochs, points), out, progress)
    failed = sum(bool(trial.failure) for trial in recording.trials)
    echo(f"{out}: {len(recording.trials)} configurations, {failed} of them failed")
