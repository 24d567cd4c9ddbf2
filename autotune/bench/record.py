"""Recording whole learning curves of many configurations, so that searchers can be judged without training."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from autotune.bench.recording import Recorded, Recording, about_file
from autotune.controller.checks import Checks
from autotune.errors import AutotuneError
from autotune.facts import Calibration, ModelFacts, TaskFacts
from autotune.space import SearchSpace
from autotune.spec import StudySpec
from autotune.trial import Config, Segment

_MOST_DRAWS = 100_000
"""Random draws before a space is taken to be exhausted."""
LATENCY = "latency_ms"


@dataclass(frozen=True)
class Wanted:
    """What is to be recorded."""

    spec: StudySpec
    """Task, model, space, seed, threads, precision; its budget and strategy are not used."""
    configurations: int
    epochs: float
    points: int
    """Evaluations of each training, equally far apart; the last at its end."""


def record(wanted: Wanted, file: Path, tell: Callable[[str], None]) -> Recording:
    """Train each configuration to its end and write its curve and costs; what the file holds already is kept.

    The file is written anew, whole, after each training: an interrupted recording goes on where it was.

    Args:
        wanted: what to record.
        file: ends in ``.csv.gz``; a ``.json`` of the same name beside it says what was recorded, and how.
        tell: is given a line for each training.

    Raises:
        AutotuneError: the file holds a recording of something else; the task or model cannot be had.
    """
    from autotune.training import create_worker

    spec = wanted.spec
    recording = Recording.load(file) if file.exists() else Recording({}, [])
    worker = create_worker({**spec.to_dict(), "objectives": (LATENCY,)}, 0)
    model, task = ModelFacts.from_dict(worker.info["model"]), TaskFacts.from_dict(worker.info["task"])
    space = SearchSpace.from_dict(dict(spec.space)).bind(model.layers)
    full = round(wanted.epochs * task.train)
    about = _about(wanted, space, model, task, Calibration.from_dict(worker.info["calibration"]), full)
    _check_same(recording.about, about, file)
    recording = Recording({**about, **recording.about}, recording.trials)
    points = tuple(round(full * (i + 1) / wanted.points) for i in range(wanted.points))
    checks = Checks(model, ())
    # One thread of a CPU is held for as long as it computes: what else the machine did meanwhile shall not count.
    alone = about["device"] == "cpu" and about["threads"] == 1
    for number, config in zip(range(wanted.configurations), configurations(space, checks, spec.seed), strict=False):
        if number < len(recording.trials):
            continue
        segment = Segment(number, number, 0, config, spec.seed, 0, full, full, evaluate_at=points)
        began, busy = time.perf_counter(), time.process_time()
        result = worker.run(segment, lambda: False)
        share = (time.process_time() - busy) / (time.perf_counter() - began) if alone else 1.0
        trial = Recorded.of(number, config, spec.seed, checks.costs(config), result)
        recording.trials.append(trial.at_speed(min(1.0, share)))
        recording.save(file)
        tell(_line(recording.trials[-1], wanted, task))
    return recording


def configurations(space: SearchSpace, checks: Checks, seed: int) -> Iterator[Config]:
    """The configurations of a recording: the defaults of each method first, then random ones.

    Each is a function of the seed and of its number alone. None trains the same thing as an earlier one, none is
    refused.
    """
    known: set[str] = set()
    for config in _candidates(space, seed):
        if checks.refuse(config) is None and (identity := checks.identity(config)) not in known:
            known.add(identity)
            yield config


def _candidates(space: SearchSpace, seed: int) -> Iterator[Config]:
    method = space.parameters.get("method")
    for name in getattr(method.domain, "options", ()) if method else ():
        yield space.complete({"method": name})
    for number in range(_MOST_DRAWS):
        yield space.sample(np.random.default_rng((seed, number)))


def _about(
    wanted: Wanted, space: SearchSpace, model: ModelFacts, task: TaskFacts, speed: Calibration, full: int
) -> dict[str, Any]:
    return {
        "task": task.to_dict(),
        "model": model.model,
        "layers": model.layers,
        "space": space.to_dict(),
        "full": full,
        "epochs": wanted.epochs,
        "points": wanted.points,
        "seed": wanted.spec.seed,
        "device": speed.device,
        "precision": speed.precision,
        "threads": speed.threads,
        "max_length": wanted.spec.max_length,
        "versions": {name: version(name) for name in ("torch", "transformers", "peft")},
    }


def _check_same(found: dict[str, Any], wanted: dict[str, Any], file: Path) -> None:
    for key in found.keys() & wanted.keys() - {"device", "versions"}:
        if found[key] != json.loads(json.dumps(wanted[key])):
            shown = "another one" if key in ("task", "space") else f"{found[key]!r}, not {wanted[key]!r}"
            raise AutotuneError(
                f"{file} was recorded with {key} {shown}", f"choose another --out; see {about_file(file)}"
            )


def _line(trial: Recorded, wanted: Wanted, task: TaskFacts) -> str:
    what = f"{trial.number + 1}/{wanted.configurations} {trial.config.get('method', '')}"
    if trial.failure:
        return f"{what}: failed ({trial.failure})"
    score = trial.curve[-1].metrics[task.rank_metric]
    return f"{what}: {task.rank_metric} {score:.3f}, {trial.seconds['train']:.1f} s of training"
