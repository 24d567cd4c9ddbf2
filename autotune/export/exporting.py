"""A trial of a study written for something that is to train or to use it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autotune.export.chosen import choose
from autotune.export.staging import staged
from autotune.export.targets import MERGED, find

if TYPE_CHECKING:
    from autotune.store import Store


def export_trial(
    store: Store,
    study: str,
    trial: int | None,
    out: str | Path,
    *,
    to: str = "autotune",
    merge: bool = False,
    overwrite: bool = False,
) -> Path:
    """Write a trial as a folder for a target.

    A configuration that was trained with several seeds is exported with the adapter of its own trial, the first.

    Args:
        store: that holds the study.
        study: its name.
        trial: its number; None for the winner.
        out: the folder; it appears whole or not at all.
        to: for whom, one of ``autotune.export.targets.TARGETS``.
        merge: write the whole model instead, the adapter folded into it.
        overwrite: replace an earlier export of the same kind in that place.

    Returns:
        The folder.

    Raises:
        AutotuneError: there is no such study, trial or target, no winner yet, the target cannot express the trial, the
            base model is not there, or the folder cannot be written.
    """
    out = Path(out).expanduser()
    target = find(MERGED if merge else to)
    chosen = choose(store, study, trial)
    with staged(out, overwrite=overwrite, writes=target.writes, mark=target.mark) as folder:
        target.write(chosen, folder, out)
    return out
