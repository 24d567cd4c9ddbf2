"""Opening the store and finding a study in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from autotune.errors import AutotuneError
from autotune.settings import machine

if TYPE_CHECKING:
    from autotune.history import History
    from autotune.store import Store, StudyRow
    from autotune.trial import Trial


@contextmanager
def opened(url: str | None, *, write: bool = False) -> Iterator[Store]:
    """The store that a flag, the environment or the configuration file names; it must exist.

    Args:
        url: the flag ``--store``.
        write: whether the command changes it.
    """
    from autotune.store import Store

    with Store.open(machine.store_url(url), create=False, read_only=not write) as store:
        yield store


def split(text: str) -> tuple[str, int | None]:
    """Read ``STUDY`` or ``STUDY/TRIAL``.

    Raises:
        AutotuneError: the trial is no number.
    """
    study, slash, trial = text.partition("/")
    if not slash:
        return study, None
    if not trial.isdecimal() or not study:
        said = f"{trial!r} is no number" if study else "the study's name is missing"
        raise AutotuneError(f"{text!r} names no trial: {said}", f"write for example: {study or 'mrpc'}/7")
    return study, int(trial)


def trial_of(history: History, study: StudyRow, number: int) -> Trial:
    """A trial by its number.

    Raises:
        AutotuneError: the study has no such trial.
    """
    if number not in history.trials:
        said = f"its trials are 0 to {max(history.trials)}" if history.trials else "it has no trials yet"
        raise AutotuneError(f"study {study.name!r} has no trial {number}", f"{said}; see: autotune show {study.name}")
    return history.trials[number]


def store_flag(url: str | None) -> str:
    """What must be added to the commands that follow: nothing for a store that they find by themselves."""
    if url is None or url == machine.store_url():
        return ""
    if "://" in url:  # it may hold a password
        from autotune.store.engine import find_place

        url = str(find_place(url))
    return f" --store {url}"
