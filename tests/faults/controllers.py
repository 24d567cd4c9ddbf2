"""A controller that is killed at any point: nothing recorded is lost or doubled, and the study is the study."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from helpers.studies import spec

from autotune.controller import replay
from autotune.spec import StudySpec
from autotune.store import Store
from faults.doom import Doom
from faults.lives import books, live, on_virtual_clock, warm
from faults.oracle import Course, course, uninterrupted
from faults.verdict import Size, Verdict

SCHEDULERS = ("asha", "hyperband", "fifo", "curves")
_MODELS = 0.1
"""Share of studies whose every decision fits a model: they take five times as long."""


def study_of(seed: int) -> StudySpec:
    """A study of any strategy: the seed says which."""
    rng = random.Random(seed)
    searcher = "mobo" if rng.random() < _MODELS else rng.choice(["random", "random", "tpe"])
    scheduler = rng.choice((*SCHEDULERS, "freeze-thaw") if searcher == "mobo" else SCHEDULERS[:3] * 4 + SCHEDULERS)
    trials = rng.choice([4, 6, 9]) if searcher != "mobo" else 5
    settings = {"searcher": searcher, "scheduler": scheduler, "workers": rng.choice([1, 1, 2, 3]), "seed": seed}
    controls = rng.choice([("head",), ("head", "lora"), ("head", "lora", "lora-tuned")])
    return spec(f"study-{seed}", budget=(f"{trials}trials",), seeds=rng.choice([1, 2]), controls=controls, **settings)


def kills(size: Size, folder: Path) -> Verdict:
    """Row 1: kill until the number is reached; the store against what it had accepted, after each kill."""
    verdict = Verdict("controller killed", "a recorded result is never lost or doubled")
    warm(folder, study_of(size.seed))
    wanted, seed, where = size.of(25, 1000), size.seed, Counter[str]()
    while verdict.counts.get("kills", 0) < wanted and len(verdict.breaches) < 3:
        before = verdict.counts.get("kills", 0)
        with verdict.told(f"seed {seed}"):
            _study(verdict, study_of(seed), folder / str(seed), random.Random(seed), where, (1, 160), None)
        if verdict.counts.get("kills", 0) == before and seed > size.seed + 20:
            verdict.check(False, "studies end without being killed")
            break
        seed += 1
    verdict.counts["studies"] = seed - size.seed
    verdict.counts["points of death"] = len(where)
    verdict.done = "killed at " + ", ".join(f"{name} {n}x" for name, n in where.most_common(6)) + ", ..."
    return verdict


def identity(size: Size, folder: Path) -> Verdict:
    """Row 3: the decisions of a study killed at random against those of the strategy alone."""
    verdict = Verdict("resumed study", "a resumed study is the study: identical decisions, results in the same order")
    warm(folder, study_of(size.seed))
    where, used = Counter[str](), Counter[str]()
    for seed in range(size.seed, size.seed + size.of(8, 1000)):
        study = study_of(seed)
        with verdict.told(f"seed {seed} ({study.searcher} + {study.scheduler}, {study.workers} workers)"):
            expected = uninterrupted(study)
            _study(verdict, study, folder / str(seed), random.Random(seed), where, (60, 500), expected)
        used[f"{study.searcher}+{study.scheduler}"] += 1
        verdict.add("seeds")
    verdict.done = ", ".join(f"{name} {n}" for name, n in sorted(used.items()))
    return verdict


def _study(
    verdict: Verdict,
    study: StudySpec,
    folder: Path,
    rng: random.Random,
    where: Counter[str],
    reach: tuple[int, int],
    expected: Course | None,
) -> None:
    folder.mkdir(parents=True)
    url, told, died, lost = str(folder / "store.db"), folder / "told", folder / "died", 0
    most = 3 if expected else 40
    workers = on_virtual_clock(study, expected.came if expected else None)
    while live(url, study, workers, told, Doom(rng.randint(*reach), log=died) if lost < most else None):
        lost += 1
        verdict.add("kills")
        where[died.read_text().splitlines()[-1].split(":")[0] if died.exists() else "stuck"] += 1
        check_books(verdict, study.study, url, told, lost)
    _check_end(verdict, study, url, expected)
    if not verdict.breaches:
        _clear(folder)


def check_books(verdict: Verdict, name: str, url: str, told: Path, kills: int) -> None:
    """Every event that was accepted is there once; at each kill at most one more, accepted and not told any more."""
    if not Path(url).exists():
        return
    found = books(url)
    accepted = Counter(told.read_text().splitlines()) if told.exists() else Counter[str]()
    recorded = Counter(found.keys)
    lost, doubled = accepted - recorded, [k for k, n in recorded.items() if n > 1 and "end" in k]
    verdict.add("events lost", lost.total())
    verdict.add("events doubled", len(doubled))
    verdict.check(found.sound, f"{name}: SQLite's integrity check fails")
    verdict.check(not lost, f"{name}: accepted and not there: {dict(lost)}")
    verdict.check(not doubled, f"{name}: recorded twice: {doubled}")
    more = (recorded - accepted).total()
    verdict.check(more <= kills, f"{name}: {more} events more than were accepted after {kills} kills")
    verdict.check(found.revision == found.events, f"{name}: {found.events} events at revision {found.revision}")


def _check_end(verdict: Verdict, study: StudySpec, url: str, expected: Course | None) -> None:
    with Store.open(url) as store:
        row = store.study(study.study)
        verdict.check(row.status == "complete", f"{row.name} ended {row.status}: {row.message}")
        store.collect_garbage()
        problems = store.check()
        verdict.check(not problems, f"{row.name}: {problems}")
        verdict.add("checkpoints read", len(store.checkpoint_rows(row.id)))
        found = course([event for _, event in store.events(row.id)], row.full)
        if expected is not None:
            verdict.add("decisions compared", len(expected.decided))
            same = found.decided == expected.decided
            first = next(
                (i for i, (a, b) in enumerate(zip(found.decided, expected.decided, strict=False)) if a != b), -1
            )
            verdict.add("studies that differ", not same)
            verdict.check(
                same, f"{row.name}: decision {first} differs: {found.decided[first]}, {expected.decided[first]}"
            )
        seen: dict[int, int] = {}
        for segment in store.segments(row.id):
            if segment.purpose == "train" and segment.status != "lost":
                begun = seen.get(segment.trial, 0)
                verdict.check(
                    segment.start == begun, f"{row.name}: trial {segment.trial} trained {segment.start} twice"
                )
                seen[segment.trial] = segment.examples_seen or 0
        if study.seed % 8 == 0:
            verdict.add("studies replayed")
            mismatches = replay(store, row.name)[1]
            verdict.check(not mismatches, f"{row.name}: replay differs at {mismatches[:1]}")


def _clear(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder)
