"""A study's record, as ``autotune export --to json`` wrote it, taken into a store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autotune.errors import AutotuneError
from autotune.export.studies import record
from autotune.history import History
from autotune.trial import TrialState

if TYPE_CHECKING:
    from autotune.store import Store


@dataclass(frozen=True)
class Imported:
    """A study that was taken in."""

    study: str
    trials: int
    events: int
    paused: int
    """Trials that cannot go on, because checkpoints are not in a record."""


def import_study(store: Store, file: str | Path, name: str | None = None) -> Imported:
    """Take a study in.

    Args:
        store: to write to.
        file: that ``autotune export STUDY --to json`` wrote.
        name: for the study, where its own is taken.

    Raises:
        AutotuneError: the file holds no study, is damaged or of a later version, or the name is taken.
    """
    file = Path(file).expanduser()
    try:
        given = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise AutotuneError(
            f"{file} cannot be read: {reason}", "write one with: autotune export STUDY --to json"
        ) from None
    row, events = record.loads(given, str(file))
    if name is not None:
        row = replace(row, name=name, spec={**row.spec, "study": name})
    _check_name(store, row.name, file)
    store.take_in(row, events)
    trials = History(row.full).after_all(event for _, event in events).trials
    paused = sum(t.state in (TrialState.PAUSED, TrialState.RUNNING) for t in trials.values())
    return Imported(row.name, len(trials), len(events), paused)


def _check_name(store: Store, name: str, file: Path) -> None:
    if name in [study.name for study in store.studies()]:
        raise AutotuneError(
            f"there is a study {name!r} already in this store",
            f"take it in under another name: autotune import {file} --study {name}-2",
        )
