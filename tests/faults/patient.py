"""A controller that is only so patient with a store that is away, and writes down how it ended."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from autotune.controller import patience
from autotune.errors import AutotuneError
from autotune.spec import StudySpec
from faults.bodies import Forked
from faults.lives import begin_or_resume


def with_its_words(url: str, study: StudySpec, said: Path, began: Path, seconds: float) -> None:
    """Live and leave: with 0 at the study's end, 3 with a message for the person, 4 with anything else.

    Args:
        url: of the store.
        study: what it is.
        said: is written with the message.
        began: is made when a worker has an answer.
        seconds: of patience.
    """
    signal.alarm(300)
    patience.PATIENCE_SECONDS = seconds

    def act(segment: object, result: object, connection: object) -> object:
        began.touch()
        return result

    try:
        begin_or_resume(url, study, lambda came: Forked(act, 2, pace=0.001))  # type: ignore[arg-type]
    except AutotuneError as error:
        said.write_text(str(error))
        os._exit(3)
    except BaseException as error:
        said.write_text(f"{type(error).__name__}: {error}")
        os._exit(4)
    os._exit(0)
