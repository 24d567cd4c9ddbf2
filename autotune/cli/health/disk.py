"""The disk under the store."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from autotune.cli.health.finding import Finding
from autotune.words import si

LEAST_FREE = 2e9
"""Bytes of disk below which a study may not end well."""
NETWORK = ("nfs", "cifs", "smb", "fuse.sshfs", "lustre", "gpfs", "beegfs", "ceph", "9p", "afs", "glusterfs")
_ELSEWHERE = "pass --store with another path, or set AUTOTUNE_STORE"


def disk(url: str | None) -> Finding:
    """Its kind, whether it takes files, and its room."""
    from autotune.store.engine import find_place

    place = find_place(url)
    path = place.path or place.checkpoints
    folder = next(p for p in path.absolute().parents if p.is_dir())
    free, kind = shutil.disk_usage(folder).free, file_system(folder)
    said = f"{si(free, 'B')} free in {folder} ({kind})"
    if problem := _refuses(folder):
        return Finding("disk", "wrong", f"{folder} ({kind}) takes no files: {problem}", _ELSEWHERE)
    if kind.startswith(NETWORK) and place.path is not None:
        return Finding(
            "disk",
            "wrong",
            f"{said} is a network file system",
            f"SQLite needs a local disk: {_ELSEWHERE}, or PostgreSQL",
        )
    few = free < LEAST_FREE
    remedy = "make room: autotune studies rm removes studies, autotune studies gc files that none needs" if few else ""
    return Finding("disk", "note" if few else "ok", said, remedy)


def file_system(folder: Path) -> str:
    """Its kind, as the system names it."""
    import psutil

    parts = [p for p in psutil.disk_partitions(all=True) if folder.is_relative_to(p.mountpoint)]
    return max(parts, key=lambda p: len(p.mountpoint)).fstype if parts else "unknown"


def _refuses(folder: Path) -> str:
    """Why it takes no files; empty where it does. Root may write where others may not, so it is tried."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return ""
