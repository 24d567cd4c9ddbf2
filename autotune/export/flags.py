"""What the flags of ``autotune train`` change in a ``training.yaml``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autotune.errors import AutotuneError
from autotune.export.training_file import TrainingFile
from autotune.settings import machine
from autotune.spec import TaskSpec

if TYPE_CHECKING:
    from autotune.training.resident import Resident


def check_as_studied(file: TrainingFile, *, seed: int | None, epochs: float | None, threads: int | None) -> None:
    """Refuse what contradicts ``--as-studied``.

    Raises:
        AutotuneError: nothing is recorded, or a flag asks for something else than what is.
    """
    if file.recorded is None:
        raise AutotuneError(
            "training.yaml records no training that could be repeated (no key 'recorded')", "leave --as-studied out"
        )
    for name, value in (("--seed", seed), ("--epochs", epochs), ("--threads", threads)):
        if value is not None:
            raise AutotuneError(
                f"--as-studied repeats what was recorded, {name} {value} asks for something else", f"leave {name} out"
            )


def applied(
    file: TrainingFile,
    *,
    task: str | None,
    model: str | None,
    data_dir: str | None,
    seed: int | None,
    epochs: float | None,
    threads: int | None,
    device: str,
    offline: bool,
) -> TrainingFile:
    """The file with the flags in it; then what the machine sets for every study, where neither says anything.

    Args:
        file: as it was read.
        task: a task's name or path.
        model: a base model.
        data_dir: a folder.
        seed: of initialisation, data order and dropout.
        epochs: of the training.
        threads: of torch, None for all cores.
        device: ``auto`` for the file's.
        offline: never ask the Hub.

    Raises:
        AutotuneError: a value is out of range, or a path does not exist.
    """
    changes: dict[str, Any] = {"threads": threads}
    if epochs is not None and not 0 < epochs < float("inf"):
        raise AutotuneError(f"--epochs {epochs:g} is not above 0", "write for example: --epochs 3")
    changes |= {k: v for k, v in (("seed", seed), ("epochs", epochs), ("model", model)) if v is not None}
    if device != "auto":
        changes["device"] = device
    return replace(file, task=_task(file.task, task, data_dir, offline=offline), **changes)


def _task(old: TaskSpec, name: str | None, data_dir: str | None, *, offline: bool) -> TaskSpec:
    if data_dir is not None and not Path(data_dir).expanduser().is_dir():
        raise AutotuneError(f"--data-dir {data_dir} is no folder", "give the folder that holds the data")
    found = old
    if name is not None:
        path = Path(name).expanduser()
        # Columns and kind describe a file; the same ones are looked for in the file that takes its place.
        keeps = path.exists() and Path(old.name).suffix != ""
        name = str(path.resolve()) if path.exists() else name
        found = replace(old, name=name) if keeps else TaskSpec(name, old.data_dir, split_seed=old.split_seed)
    set_here = {**machine.read_config(), **machine.read_environment()}
    folder = data_dir or found.data_dir or (set_here.get("data_dir") if found.name.startswith("glue/") else None)
    never_ask = offline or old.offline or machine.offline()
    return replace(
        found, data_dir=None if folder is None else str(Path(folder).expanduser().resolve()), offline=never_ask
    )


def precision(file: TrainingFile, room: Resident) -> str:
    """The file's precision where it was measured on this kind of device, else the faster one here.

    Args:
        file: to be trained.
        room: the base in fp32 on its device.
    """
    if file.precision != "auto" and file.device in ("auto", room.device.type, str(room.device)):
        return file.precision
    from autotune.training.calibrate import calibrate

    regression = room.task.facts.kind == "regression"
    train, selection = room.tokens("train"), room.tokens("selection")
    return calibrate(room.base, train, selection, precision="auto", regression=regression, device=room.device).precision
