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


def read_folder(folder: Path) -> dict[str, Table]:
    """The tables of a folder by split: a file's name before ``-00000-of-00001``, or the splits that ``datasets`` saved.

    Raises:
        AutotuneError: the folder has no data files, or two kinds of file for one split.
    """
    if (folder / "dataset_dict.json").exists():
        names = json.loads((folder / "dataset_dict.json").read_text("utf-8"))["splits"]
        return {name: _read_saved(folder / name) for name in names}
    if (folder / "state.json").exists():
        return {"": _read_saved(folder)}
    grouped: dict[str, list[Path]] = {}
    for path in data_files(folder):
        grouped.setdefault(re.sub(r"-\d{5}-of-\d{5}$", "", path.stem), []).append(path)
    for name, paths in grouped.items():
        if len({p.suffix.lower() for p in paths}) > 1:
            listed = ", ".join(p.name for p in paths)
            raise AutotuneError(f"{folder} holds {name!r} in several forms: {listed}", "keep one of them")
    return {name: join([read_file(p) for p in paths], str(folder)) for name, paths in grouped.items()}


def data_files(folder: Path) -> list[Path]:
    """The data files of a folder, or of its ``data`` folder where it has none, sorted by name."""
    for place in (folder, folder / "data"):
        if place.is_dir():
            found = sorted(p for p in place.iterdir() if p.is_file() and p.suffix.lower() in _READERS)
            found = [p for p in found if p.name not in ("dataset_info.json", "state.json", "dataset_infos.json")]
            if found:
                return found
    return []


def _read_saved(folder: Path) -> Table:
    state = json.loads((folder / "state.json").read_text("utf-8"))
    return join([_read_arrow(folder / f["filename"]) for f in state["_data_files"]], str(folder))


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
