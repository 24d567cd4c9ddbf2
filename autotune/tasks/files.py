"""Finding and reading data files: a single file, a folder of splits, or what ``datasets`` saves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError
from autotune.tasks.tables import Table, join
from autotune.tasks.text_files import read_csv, read_json, read_tsv

_DESCRIPTIONS = ("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json")
FORMS = "csv, tsv, jsonl, json, parquet or arrow"
TRAIN = re.compile(r"(^|.*[-_.])train(ing)?([-_.]|$)", re.I)
VALIDATION = re.compile(r"(^|.*[-_.])(validation|valid|val|dev|development|eval)([-_.]|$)", re.I)
TEST = re.compile(r"(^|.*[-_.])test([-_.]|$)", re.I)


def read_file(path: Path) -> Table:
    """The table that a file holds, by its suffix.

    Raises:
        AutotuneError: the suffix is of another kind, or the content does not fit it.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise AutotuneError(f"{path} is of no kind that can be read", f"give {FORMS}")
    return reader(path)


def find_parts(folder: Path, prefix: str = "") -> dict[str, list[Path]]:
    """The files of each split of a folder, by the split's name.

    The name is a file's own without ``-00000-of-00001``, or the one that ``datasets`` saved the split under (the empty
    name for a single saved data set).

    Args:
        folder: of data files, or what ``save_to_disk`` wrote; its ``data`` folder counts where it has none itself.
        prefix: of the files that count; the split's name is what follows.

    Raises:
        AutotuneError: two kinds of file hold one split, or what ``datasets`` saved is damaged.
    """
    try:
        if (folder / "dataset_dict.json").exists():
            return _saved_splits(folder)
        if (folder / "state.json").exists():
            return {"": _saved_files(folder)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AutotuneError(f"the data set saved in {folder} is damaged: {error!r}", "save it again") from None
    parts: dict[str, list[Path]] = {}
    for path in _data_files(folder, prefix):
        name = re.sub(r"-\d{5}-of-\d{5}$", "", path.stem).removeprefix(prefix)
        parts.setdefault(name, []).append(path)
    for name, paths in parts.items():
        if len({p.suffix.lower() for p in paths}) > 1:
            listed = ", ".join(p.name for p in paths)
            raise AutotuneError(f"{folder} holds {name!r} in several forms: {listed}", "keep one of them")
    return parts


def read_part(paths: list[Path]) -> Table:
    """The rows of all files of a split."""
    return join([read_file(p) for p in paths], str(paths[0]) if len(paths) == 1 else str(paths[0].parent))


def _data_files(folder: Path, prefix: str) -> list[Path]:
    for place in (folder, folder / "data"):
        if place.is_dir():
            found = sorted(p for p in place.iterdir() if p.is_file() and p.suffix.lower() in _READERS)
            found = [p for p in found if p.name.startswith(prefix) and p.name[0] != "." and p.name not in _DESCRIPTIONS]
            if found:
                return found
    return []


def _saved_splits(folder: Path) -> dict[str, list[Path]]:
    names = json.loads((folder / "dataset_dict.json").read_text("utf-8"))["splits"]
    return {name: _saved_files(folder / name) for name in names}


def _saved_files(folder: Path) -> list[Path]:
    state = json.loads((folder / "state.json").read_text("utf-8"))
    return [folder / file["filename"] for file in state["_data_files"]]


def _read_parquet(path: Path) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _from_arrow(pq.read_table(path), path)
    except (pa.ArrowException, OSError) as error:
        raise AutotuneError(f"{path} cannot be read as parquet: {error}", f"give {FORMS}") from None


def _read_arrow(path: Path) -> Table:
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as source:
            try:
                return _from_arrow(pa.ipc.open_stream(source).read_all(), path)
            except pa.ArrowInvalid:
                return _from_arrow(pa.ipc.open_file(source).read_all(), path)
    except (pa.ArrowException, OSError) as error:
        raise AutotuneError(f"{path} cannot be read as arrow: {error}", f"give {FORMS}") from None


def _from_arrow(table: Any, path: Path) -> Table:
    features: dict[str, Any] = {}
    metadata = table.schema.metadata or {}
    if b"huggingface" in metadata:
        features = json.loads(metadata[b"huggingface"]).get("info", {}).get("features") or {}
    names = {
        c: tuple(f["names"]) for c, f in features.items() if isinstance(f, dict) and f.get("_type") == "ClassLabel"
    }
    wanted = [c for c in table.column_names if not c.startswith("__index_level_")]
    return Table({c: table.column(c).to_pylist() for c in wanted}, str(path), names)


_READERS: dict[str, Callable[[Path], Table]] = {
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".jsonl": read_json,
    ".ndjson": read_json,
    ".json": read_json,
    ".parquet": _read_parquet,
    ".arrow": _read_arrow,
}
