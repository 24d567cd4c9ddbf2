"""A process that appends to a study until it is killed, and says what was acknowledged."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from helpers.events import decide, result_of

from autotune.decision import Start, Thaw
from autotune.history import Charged, Lost, Returned
from autotune.store import Store
from autotune.trial import TrialState


def go_on(url: str, study: str, acknowledged: Path) -> None:
    """Be a controller: take the study over, count what was left as lost, then train trials for ever.

    A line is added to the file ``acknowledged`` after each append: ``NUMBER TRIAL EXAMPLES`` of a result.
    """
    os.environ["AUTOTUNE_CHECKPOINTS"] = str(acknowledged.parent)
    with Store.open(url) as store:
        row = store.study(study)
        store.acquire(row.id)
        history = store.history(row.id)
        for left in store.running_segments(row.id):
            lost = Lost(left.number, left.trial, left.attempt, left.held_seconds)
            assert store.append(row.id, lost)
            history = history.after(lost)
        while True:
            paused = [t for t in history.trials.values() if t.state is TrialState.PAUSED]
            action = Thaw(paused[0].number, 90, "more") if paused else Start({"method": "lora"}, 30, "new")
            decision = decide(history, action)
            assert store.append(row.id, decision)
            history = history.after(decision)
            state = f"trial {decision.trial} at {action.end}".encode() * 1000
            result = result_of(history, decision.trial, checkpoint=state)
            assert store.append(row.id, Returned(result))
            history = history.after(Returned(result))
            with acknowledged.open("a") as file:
                file.write(f"{result.number} {result.trial} {result.examples_seen}\n")


def append_many(url: str, study: int, first: int, count: int, folder: Path) -> None:
    """Append ``count`` charges and as many trials, numbered from ``first``, whatever others do."""
    os.environ["AUTOTUNE_CHECKPOINTS"] = str(folder)
    with Store.open(url) as store:
        for i in itertools.islice(itertools.count(first), count):
            assert store.append(study, Charged("startup", 1.0, f"worker {i}"))
            history = store.history(study)
            begun = decide(history, Start({"method": "lora", "i": i}, 10, f"process {os.getpid()}"))
            begun = type(begun)(**{**vars(begun), "number": i, "trial": i})
            assert store.append(study, begun)
            result = result_of(history.after(begun), i, number=i, checkpoint=f"state {i}".encode())
            assert store.append(study, Returned(result))


def open_and_close(url: str) -> None:
    """Open a store that may not exist yet."""
    Store.open(url).close()


def count_events(url: str, study: int) -> int:
    """How many events another process sees."""
    with Store.open(url, create=False, read_only=True) as store:
        return len(store.events(study))
