"""Folders that appear whole or not at all."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autotune.errors import AutotuneError
from autotune.export.training_file import FILE

README, METRICS = "README.md", "metrics.json"
WRITTEN = frozenset(
    {FILE, README, METRICS, "adapter_config.json", "autotune_adapter.json", "adapter_model.safetensors"}
)
"""Every file that ``--to autotune`` or a training writes: a folder with anything else in it is never replaced."""


def check_place(out: Path, *, overwrite: bool, writes: frozenset[str] = WRITTEN, mark: str = FILE) -> None:
    """Refuse a folder that holds something.

    Args:
        out: where a folder is to appear.
        overwrite: whether what an earlier export or training wrote there may go.
        writes: every name that such an export or training writes.
        mark: the one of them that it always writes.

    Raises:
        AutotuneError: it is a file, or it is not empty.
    """
    if out.exists() and not out.is_dir():
        raise AutotuneError(f"{out} is a file", "name a new folder with --out")
    inside = sorted(p.name for p in out.iterdir()) if out.is_dir() else []
    foreign = [name for name in inside if name not in writes] or ([] if mark in inside else inside)
    if foreign:
        raise AutotuneError(
            f"the folder {out} holds what an export of this kind does not write, such as {foreign[0]}",
            "name a new folder with --out",
        )
    if inside and not overwrite:
        raise AutotuneError(
            f"the folder {out} holds an earlier export or training",
            "replace it with --overwrite, or name a new folder with --out",
        )


@contextmanager
def staged(out: Path, *, overwrite: bool = False, writes: frozenset[str] = WRITTEN, mark: str = FILE) -> Iterator[Path]:
    """A new folder that takes the place of ``out`` when the block ends, and vanishes if it does not end well.

    Raises:
        AutotuneError: see ``check_place``; or the disk is full or cannot be written.
    """
    check_place(out, overwrite=overwrite, writes=writes, mark=mark)
    temporary = out.parent / f".{out.name}.{uuid.uuid4().hex[:8]}.tmp"
    with explained(out):
        temporary.mkdir(parents=True)
    try:
        yield temporary
        with explained(out):
            _take_place(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def explained(out: Path) -> Iterator[None]:
    """Turns a failed write into a message that names the folder."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise AutotuneError(
            f"{out} cannot be written: {reason}", "free some space, or name a folder elsewhere with --out"
        ) from error


def check_space(out: Path, needed: float) -> None:
    """Refuse before the work what the disk could not hold after it.

    Args:
        out: an existing folder on that disk.
        needed: bytes.

    Raises:
        AutotuneError: there is less.
    """
    free = shutil.disk_usage(out).free
    if free < needed:
        raise AutotuneError(
            f"{needed / 1e6:,.1f} MB are to be written, and the disk of {out.parent} has {free / 1e6:,.1f} MB left",
            "free some space, or name a folder elsewhere with --out",
        )


def _take_place(new: Path, out: Path) -> None:
    if not out.is_dir() or not any(out.iterdir()):
        new.rename(out)  # onto an empty folder as well
        return
    old = new.with_suffix(".old")
    out.rename(old)
    try:
        new.rename(out)
    except BaseException:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def written(out: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A new file that takes the place of ``out`` when the block ends, and vanishes if it does not end well.

    Raises:
        AutotuneError: something is there already, or it cannot be written.
    """
    out = out.expanduser()
    if out.is_dir() or (out.exists() and not overwrite):
        remedy = "name a file" if out.is_dir() else "replace it with --overwrite, or name another file"
        raise AutotuneError(f"there is a {'folder' if out.is_dir() else 'file'} {out} already", remedy)
    temporary = out.parent / f".{out.name}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        with explained(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
