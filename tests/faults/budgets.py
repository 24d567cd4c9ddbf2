"""The budget holds: whatever schedules and executes, it is overshot by no more than what runs at its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers.studies import simulated, spec

from autotune.store import Store
from faults.bodies import Forked
from faults.lives import live, warm
from faults.verdict import Size, Verdict

SECONDS = 900.0
_STRATEGIES = (
    ("random", "asha"),
    ("tpe", "hyperband"),
    ("random", "fifo"),
    ("random", "curves"),
    ("mobo", "asha"),
    ("mobo", "freeze-thaw"),
)
_EXECUTORS: dict[str, Callable[[int], Any]] = {
    "simulated": lambda workers: simulated(workers),
    "local": lambda workers: Forked(lambda segment, result, connection: result, workers),
}


def row(size: Size, folder: Path) -> Verdict:
    """Row 4: a budget of device time, by every scheduler, on both executors of one machine, with 1, 2 and 5 workers."""
    verdict = Verdict("budget", "the budget holds: overshoot at most workers × one segment")
    warm(folder, spec("warm", budget=("2trials",)))
    strategies = _STRATEGIES[:3] if size.short else _STRATEGIES
    for searcher, scheduler in strategies:
        for executor, make in _EXECUTORS.items():
            for workers in (2,) if size.short else (1, 2, 5):
                name = f"{searcher}+{scheduler}, {executor}, {workers} workers"
                with verdict.told(name):
                    _one(verdict, folder / name, name, (searcher, scheduler, workers), make)
    verdict.done = f"{', '.join('+'.join(s) for s in strategies)} on {' and '.join(_EXECUTORS)}"
    return verdict


def _one(verdict: Verdict, folder: Path, name: str, how: tuple[str, str, int], make: Callable[[int], Any]) -> None:
    folder.mkdir()
    searcher, scheduler, workers = how
    url = str(folder / "store.db")
    budget = (f"{SECONDS / 60:g}cpu-min",)
    study = spec("budget", budget=budget, searcher=searcher, scheduler=scheduler, workers=workers, controls=("head",))
    stuck = live(url, study, lambda came: make(workers), folder / "told", None, seconds=300)
    verdict.add("studies")
    if not verdict.check(not stuck, f"{name}: got stuck"):
        return
    with Store.open(url) as store:
        row = store.study(study.study)
        history = store.history(row.id)
        longest = max(s.device_seconds or 0.0 for s in store.segments(row.id))
        over = history.device_seconds - SECONDS
        verdict.most("largest overshoot, segments", round(max(0.0, over) / longest, 2))
        verdict.most("largest overshoot, share of what is allowed", round(max(0.0, over) / (workers * longest), 2))
        verdict.check(row.status == "complete", f"{name}: ended {row.status}: {row.message}")
        verdict.check(over <= workers * longest, f"{name}: {over:.0f} s over, with segments of {longest:.0f} s")
        verdict.check(history.device_seconds > 0.6 * SECONDS, f"{name}: only {history.device_seconds:.0f} s were used")
