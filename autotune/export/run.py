"""``autotune train``: a configuration trained in full, by the workers' own loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from autotune.export import flags
from autotune.export.full_training import FullTraining
from autotune.export.reading import read
from autotune.export.result import TrainResult
from autotune.export.staging import check_place, staged
from autotune.export.training_file import TrainingFile
from autotune.settings import checks


def train(
    path: str | Path,
    *,
    out: str | Path | None = None,
    task: str | None = None,
    model: str | None = None,
    data_dir: str | Path | None = None,
    seed: int | None = None,
    epochs: float | None = None,
    as_studied: bool = False,
    threads: int | None = None,
    device: str = "auto",
    offline: bool = False,
    overwrite: bool = False,
    progress: Callable[[str], None] | None = None,
) -> TrainResult:
    """Train an exported configuration in full and save its adapter.

    It trains on all training data of the task, the selection part included, for as many epochs as the study did, and is
    scored on the held-out split.

    Args:
        path: a ``training.yaml``, or a folder that holds one.
        out: the folder for the adapter, its own ``training.yaml`` and ``metrics.json``; a new one below ``runs`` when
            None. It appears whole at the end, or not at all.
        task: other data than the study's: a task's name, a file or a folder.
        model: another base model, or another place of the same.
        data_dir: where the data are, if no longer where the study found them.
        seed: another than the file's.
        epochs: other than the file's.
        as_studied: train exactly what was recorded: the same part of the data, seed, length, precision and threads. On
            a CPU this reaches the recorded scores to the last bit.
        threads: of torch; all cores when None.
        device: ``cpu``, ``cuda``, ``cuda:1``; ``auto`` is the file's.
        offline: never ask the Hub.
        overwrite: replace what an earlier training wrote to ``out``.
        progress: told a line now and then.

    Raises:
        AutotuneError: something in the file, the flags, the data, the model or the disk does not allow it, or the
            training diverged. Nothing is left behind then.
    """
    tell = progress or (lambda _: None)
    given = read(path)
    if as_studied:
        flags.check_as_studied(given, seed=seed, epochs=epochs, threads=threads)
    file = flags.applied(
        given,
        task=task,
        model=model,
        data_dir=None if data_dir is None else str(data_dir),
        seed=seed,
        epochs=epochs,
        threads=threads if not as_studied else given.threads,
        device=device,
        offline=offline,
    )
    checks.check(file.spec())
    place = _place(out, given, Path(path), overwrite=overwrite)
    with staged(place, overwrite=overwrite) as folder, _own_threads():
        return FullTraining(file, given, as_studied, tell).run(folder, place)


def _place(out: str | Path | None, file: TrainingFile, path: Path, *, overwrite: bool) -> Path:
    """Where the folder is to be: as told, else the first free name below ``runs``."""
    if out is not None:
        place = Path(out).expanduser()
        check_place(place, overwrite=overwrite)
        return place
    source = path.absolute()
    name = f"{file.study}-{file.trial}" if file.study else (source.name if source.is_dir() else source.stem)
    folder = Path("runs")
    taken = {p.name for p in folder.iterdir()} if folder.is_dir() else set()
    free = (n for n in (f"{name}-{i}" for i in range(2, len(taken) + 3)) if n not in taken)
    return folder / (name if name not in taken or overwrite else next(free))


@contextmanager
def _own_threads() -> Iterator[None]:
    """Gives the process its number of threads back."""
    import torch

    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)
