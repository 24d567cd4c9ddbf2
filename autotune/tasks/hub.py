"""GLUE from the Hugging Face Hub, or from what an earlier download left on this machine."""

from __future__ import annotations

import os
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError
from autotune.tasks.files import find_parts, read_part
from autotune.tasks.tables import Table

REPOSITORY = "nyu-mll/glue"
PATIENCE = 5.0
"""Seconds to wait for the Hub's first answer."""


def glue_tables(name: str, splits: Sequence[str], offline: bool) -> Mapping[str, Table]:
    """The tables of a GLUE task by split, from a cache of ``datasets`` or the Hub's client, else from the Hub.

    Args:
        name: such as ``mrpc``.
        splits: those that are needed.
        offline: never ask the Hub; ``HF_HUB_OFFLINE`` and ``HF_DATASETS_OFFLINE`` say the same.

    Raises:
        AutotuneError: nothing is cached and the Hub is out of reach; within seconds.
    """
    cached = cached_tables(name, splits)
    if cached:
        return cached
    remedy = "pass --data-dir FOLDER, where FOLDER holds GLUE's TSV folders (MRPC/train.tsv, MRPC/dev.tsv, ...)"
    if offline or is_offline():
        raise AutotuneError(
            f"glue/{name} is not cached on this machine, and the Hub may not be asked (offline)", remedy
        )
    trouble = unreachable(endpoint())
    if trouble:
        raise AutotuneError(f"glue/{name} cannot be loaded: {endpoint()} is out of reach ({trouble})", remedy)
    try:
        return _download(name, splits)
    except Exception as error:  # whatever the Hub's client raises, the person needs the same remedy
        raise AutotuneError(f"glue/{name} cannot be loaded from {endpoint()}: {error}", remedy) from error


def endpoint() -> str:
    """The Hub's address."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def is_offline() -> bool:
    """Whether the environment forbids the Hub."""
    return any(
        os.environ.get(name, "").strip().lower() in ("1", "true", "yes", "on")
        for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")
    )


def unreachable(address: str, patience: float = PATIENCE) -> str | None:
    """Why an address does not answer within ``patience`` seconds, name resolution included; None if it does."""
    outcome: list[str | None] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(address, method="HEAD")  # noqa: S310 - the user's own Hub address
            with urllib.request.urlopen(request, timeout=patience):  # noqa: S310
                outcome.append(None)
        except urllib.error.HTTPError as error:
            outcome.append(None if error.code < 500 and error.code not in (403, 407) else f"HTTP status {error.code}")
        except (OSError, ValueError) as error:
            outcome.append(str(getattr(error, "reason", error)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(patience)
    return outcome[0] if outcome else f"no answer within {patience:g} s"


def cached_tables(name: str, splits: Sequence[str]) -> Mapping[str, Table]:
    """What earlier downloads left: files of ``datasets``' cache, or of the Hub client's; empty where they left none."""
    for folder in _cache_folders(name):
        prefix = "glue-" if any(folder.glob("glue-*.arrow")) else ""
        parts = find_parts(folder, prefix)
        if all(split in parts for split in splits):
            return {split: read_part(parts[split]) for split in splits}
    return {}


def _cache_folders(name: str) -> list[Path]:
    home = Path(os.environ.get("HF_HOME") or _xdg_cache() / "huggingface").expanduser()
    datasets = Path(os.environ.get("HF_DATASETS_CACHE") or home / "datasets").expanduser()
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
    written = [
        *datasets.glob(f"nyu-mll___glue/{name}/*/*/glue-train*.arrow"),
        *datasets.glob(f"glue/{name}/*/*/glue-train*.arrow"),
        *hub.glob(f"datasets--nyu-mll--glue/snapshots/*/{name}/train-*.parquet"),
    ]
    return [path.parent for path in sorted(written, key=lambda p: p.stat().st_mtime, reverse=True)]


def _xdg_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _download(name: str, splits: Sequence[str]) -> dict[str, Table]:
    import datasets

    loaded: Mapping[str, Any] = datasets.load_dataset(REPOSITORY, name)
    return {
        split: Table({c: list(loaded[split][c]) for c in loaded[split].column_names}, f"{REPOSITORY} {name} {split}")
        for split in splits
    }
