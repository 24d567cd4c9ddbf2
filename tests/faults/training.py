"""Real training, whose controller is killed at any point: MiniLM on docstrings, in resident worker processes."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from pathlib import Path

from autotune.controller import loop, replay
from autotune.controller.assemble import Facts
from autotune.controller.devices import Devices, executor_for
from autotune.settings.resolving import resolve
from autotune.spec import StudySpec
from autotune.store import Store
from autotune.training.checkpoint import read_checkpoint
from faults.controllers import check_books
from faults.doom import Doom
from faults.lives import live
from faults.verdict import Size, Verdict

FLAGS = {"task": "demo/docstrings", "space": "quick", "budget": ["4trials"], "searcher": "random", "scheduler": "asha"}
LIMITS = {"max_train": 400, "max_epochs": 1.0, "controls": "head", "seeds": 1, "threads": 1, "precision": "fp32"}


def row(size: Size, folder: Path) -> Verdict:
    """Row 1, with real training: kill until the number is reached; then every study against one that nobody touched."""
    verdict = Verdict("real training killed", "a recorded result is never lost or doubled, with real training")
    url, wanted, seed = str(folder / "store.db"), size.of(2, 30), size.seed
    os.environ["PYTHONWARNINGS"] = "ignore"
    whole = _study("whole", seed)
    verdict.check(not _live(url, whole, folder / "told-whole", None), "the study that nobody touched did not end")
    number = 0
    while verdict.counts.get("kills", 0) < wanted:
        study, rng = _study(f"killed-{number}", seed), random.Random(seed + number)
        told, kills = folder / f"told-{number}", 0
        place = str(folder / f"{number}.db")
        while _live(place, study, told, Doom(rng.randint(20, 350)) if kills < 10 else None):
            kills += 1
            verdict.add("kills")
            check_books(verdict, study.study, place, told, kills)
        _compare(verdict, url, place, study.study)
        number += 1
    verdict.counts["studies"] = number
    verdict.done = "MiniLM on demo/docstrings, one worker, fp32: the front and every score equal the untouched study's"
    return verdict


def _study(name: str, seed: int) -> StudySpec:
    return resolve({**FLAGS, **LIMITS, "study": name, "seed": seed, "model": "builtin/minilm"})


def _live(url: str, study: StudySpec, told: Path, doom: Doom | None) -> bool:
    def workers(came: int) -> object:
        with Store.open(url) as store:
            rows = [row for row in store.studies() if row.name == study.study]
        known = Facts.from_info(rows[0].facts).calibration if rows else None
        loop.POLL_SECONDS = 1.0
        return executor_for(study, Devices(), known)

    print(".", end="", file=sys.stderr, flush=True)
    return live(url, study, workers, told, doom, seconds=900)


def _compare(verdict: Verdict, whole: str, parted: str, name: str) -> None:
    """Scores, to the bit: an interrupted training continues where it was."""
    scores = []
    for url, study in ((whole, "whole"), (parted, name)):
        with Store.open(url) as store:
            row = store.study(study)
            history = store.history(row.id)
            verdict.check(row.status == "complete", f"{study}: ended {row.status}: {row.message}")
            scores.append(
                {t.number: [(p.examples, p.metrics["loss"]) for p in t.curve] for t in history.trials.values()}
            )
            for kept in store.checkpoint_rows(row.id):
                data = store.checkpoint(row.id, kept.trial)
                verdict.add("checkpoints read")
                verdict.check(
                    data is not None and read_checkpoint(data) is not None, f"{study}: a checkpoint is unreadable"
                )
            store.collect_garbage()
            verdict.check(store.check() == [], f"{study}: {store.check()}")
            verdict.check(replay(store, study)[1] == [], f"{study}: replay differs")
            ended = Counter(s.status for s in store.segments(row.id))
            verdict.add("segments", ended.total())
    verdict.check(scores[0] == scores[1], f"{name}: scores differ from the untouched study's")
