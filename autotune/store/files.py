"""Checkpoints as files beside the database: written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autotune.errors import AutotuneError

_STUDY_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class StoredFile:
    """A checkpoint that is safely on disk, not yet known to the database."""

    path: str
    """Relative to the folder of checkpoints."""
    bytes: int
    sha256: str


def study_folder(study_id: int, name: str) -> str:
    """The folder of a study's checkpoints. Numbers are never given twice, names may be."""
    return f"{study_id}-{name}"


def write(root: Path, study: str, trial: int, label: str, data: bytes) -> StoredFile:
    """Write a checkpoint: to a temporary file, synced, renamed, the folder synced.

    Args:
        root: the store's folder of checkpoints.
        study: name of the study's folder.
        trial: number of the trial.
        label: start of the file's name; something unique is appended, so that two writers never share a file.
        data: the checkpoint.

    Raises:
        OSError: the disk is full or not writable; nothing is left behind.
    """
    folder = root / study / f"trial-{trial:05d}"
    _make_folder(folder)
    name = f"{label}-{uuid.uuid4().hex[:8]}.ckpt"
    path, temporary = folder / name, folder / f".{name}.tmp"
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        _sync_folder(folder)
    except BaseException:
        temporary.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise
    return StoredFile(path.relative_to(root).as_posix(), len(data), hashlib.sha256(data).hexdigest())


def read(root: Path, path: str, size: int, sha256: str) -> bytes | None:
    """The checkpoint, or None where the file is missing, unreadable or not what was written."""
    try:
        data = _within(root, path).read_bytes()
    except (OSError, AutotuneError):
        return None
    return data if len(data) == size and hashlib.sha256(data).hexdigest() == sha256 else None


def sweep(root: Path, keep: str) -> None:
    """Remove everything in the folder of a trial's checkpoint but that one file."""
    kept = _within(root, keep)
    for path in _files(kept.parent):
        if path != kept:
            _remove(path)


def remove(root: Path, paths: Iterable[str]) -> int:
    """Remove checkpoints and the folders that this empties; returns the bytes freed."""
    freed = 0
    for path in paths:
        place = _within(root, path)
        freed += _remove(place)
        for folder in list(place.parents)[:2]:
            if folder != root and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    return freed


def remove_tree(root: Path, study: str) -> None:
    """Remove a study's folder."""
    shutil.rmtree(_within(root, study), ignore_errors=True)


def all_files(root: Path) -> Iterator[tuple[str, str]]:
    """Every file below the root as (name of the study's folder, path relative to the root)."""
    for path in _files(root):
        relative = path.relative_to(root)
        yield relative.parts[0], relative.as_posix()


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []


def _remove(path: Path) -> int:
    try:
        size = path.stat().st_size
        path.unlink()
    except OSError:
        return 0  # gone already, or kept by a disk that is read-only: garbage to be collected later
    return size


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_folder(made.parent)


def _sync_folder(folder: Path) -> None:
    """Make renames and new entries last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _within(root: Path, path: str) -> Path:
    """A path that a store gave, if it stays in its folder: a store may come from anybody.

    Raises:
        AutotuneError: it leads elsewhere.
    """
    found = Path(os.path.normpath(root / path))
    if found == root or not found.is_relative_to(root):
        raise AutotuneError(f"the store names a file outside of {root}: {path!r}", "see: autotune doctor")
    return found


def check_study_name(name: str) -> None:
    """Refuse a study name that could not be a folder's, or could leave it.

    Raises:
        AutotuneError: the name is not allowed.
    """
    if not _STUDY_NAME.fullmatch(name):
        raise AutotuneError(
            f"study name {name!r} is not allowed",
            "use letters, digits, '.', '_' and '-', at most 100 of them, not a dot first: --study NAME",
        )
