"""A whole study written for other tools, or to be taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autotune.errors import AutotuneError
from autotune.export.staging import written

if TYPE_CHECKING:
    from autotune.store import Store


def export_study(store: Store, name: str, to: str, place: str | None, *, overwrite: bool = False) -> str:
    """Write a study as an Optuna study, a table of its trials, or its whole record.

    Args:
        store: that holds it.
        name: of the study.
        to: one of ``autotune.export.targets.STUDY_TARGETS``.
        place: a file, or for ``optuna`` a storage's URL; None for the text itself, of ``csv`` and ``json``.
        overwrite: replace what is there.

    Returns:
        The place, or the text where there is none.

    Raises:
        AutotuneError: there is no such study, or the place is taken or cannot be written.
    """
    from autotune.export.studies import optuna, record, table

    if to == "optuna":
        url = _required(to, place, "sqlite:///x.db")
        return optuna.write(store, name, url, overwrite=overwrite)
    if to == "parquet":
        path = Path(_required(to, place, f"{name}.parquet"))
        with written(path, overwrite=overwrite) as file:
            table.frame(store, name).to_parquet(file, index=False)
        return str(path)
    text = record.dumps(store, name) if to == "json" else table.frame(store, name).to_csv(index=False)
    if place is None:
        return text
    with written(Path(place), overwrite=overwrite) as file:
        file.write_text(text, encoding="utf-8")
    return place


def _required(to: str, place: str | None, example: str) -> str:
    if place is None:
        raise AutotuneError(f"where to write the {to}?", f"write for example: --to {to} {example}")
    return place
