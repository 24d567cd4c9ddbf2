"""A controller that writes down how it ended, and one that is only so patient with a store that is away."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from autotune.controller import patience
from autotune.errors import AutotuneError
from autotune.spec import StudySpec
from faults.bodies import Forked
from faults.lives import begin_or_resume


def with_its_words(url: str, study: StudySpec, executor: Forked, said: Path, most: int = 300) -> None:
    """Live and leave: with 0 at the study's end, 3 with a message for the person, 4 with anything else.

    Args:
        url: of the store.
        study: what it is.
        executor: that it runs on.
        said: is written with the message.
        most: seconds that it may take.
    """
    signal.alarm(most)
    try:
        begin_or_resume(url, study, lambda came: executor)
    except AutotuneError as error:
        said.write_text(str(error))
        os._exit(3)
    except BaseException as error:
        said.write_text(f"{type(error).__name__}: {error}")
        os._exit(4)
    os._exit(0)


def patiently(url: str, study: StudySpec, said: Path, began: Path, seconds: float) -> None:
    """The same with so many seconds of patience; ``began`` is made when a worker has an answer."""
    patience.PATIENCE_SECONDS = seconds

    def act(segment: object, result: object, connection: object) -> object:
        began.touch()
        return result

    with_its_words(url, study, Forked(act, 2, pace=0.001), said)  # type: ignore[arg-type]
