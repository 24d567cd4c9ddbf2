"""Recorded learning curves and their file: compressed CSV, one row for each point of a curve."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError
from autotune.trial import Config, CurvePoint, SegmentResult, config_from_json, config_to_json

KINDS = ("attach", "train", "evaluate", "save")
_PREFIXES = {"known": "known.", "measured": "measured.", "seconds": "seconds."}


@dataclass(frozen=True)
class Recorded:
    """One configuration, trained from start to end."""

    number: int
    config: Config
    seed: int
    known: Mapping[str, float]
    """Costs computed before training."""
    measured: Mapping[str, float]
    """Costs found by training: ``train_seconds``, ``latency_ms``, ``peak_memory`` and their errors."""
    seconds: Mapping[str, float]
    """Device seconds of the whole training by ``attach``, ``train``, ``evaluate`` and ``save``."""
    curve: tuple[CurvePoint, ...]
    failure: str = ""
    """The kind of failure; empty if the training reached its end."""

    @classmethod
    def of(cls, number: int, config: Config, seed: int, known: Mapping[str, float], result: SegmentResult) -> Recorded:
        """What a worker sent back of one uninterrupted training."""
        failure = result.failure.kind.value if result.failure else ""
        seconds = {kind: result.seconds_by_kind.get(kind, 0.0) for kind in KINDS}
        return cls(number, config, seed, dict(known), dict(result.measured), seconds, result.curve, failure)

    def at_speed(self, share: float) -> Recorded:
        """The same training on a machine that gave it its whole time, where it got only a share of it."""
        measured = {k: v * share if k == "train_seconds" else v for k, v in self.measured.items()}
        seconds = {k: v * share for k, v in self.seconds.items()}
        curve = tuple(replace(point, seconds=point.seconds * share) for point in self.curve)
        return replace(self, measured=measured, seconds=seconds, curve=curve)


@dataclass(frozen=True)
class Recording:
    """The trainings of one task, with what was recorded and how."""

    about: dict[str, Any]
    trials: list[Recorded]

    @classmethod
    def load(cls, file: Path) -> Recording:
        """Read a recording.

        Raises:
            AutotuneError: there is none, or it is damaged.
        """
        try:
            about = json.loads(about_file(file).read_text())
            text = gzip.decompress(file.read_bytes()).decode()
            trials = _trials(list(csv.DictReader(io.StringIO(text))))
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise AutotuneError(
                f"recording {file} cannot be read: {error}", "record it anew: autotune record --help"
            ) from error
        return cls(about, trials)

    def save(self, file: Path) -> None:
        """Write the recording, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(about_file(file), (json.dumps(self.about, indent=1) + "\n").encode())
        _replace(file, gzip.compress(_text(self.trials).encode(), mtime=0))


def about_file(file: Path) -> Path:
    """Where it says what was recorded."""
    return file.with_name(file.name.removesuffix(".csv.gz") + ".json")


def _replace(file: Path, data: bytes) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        fresh.write_bytes(data)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def _text(trials: Sequence[Recorded]) -> str:
    names: dict[str, None] = {}
    rows = [row for trial in trials for row in _rows(trial)]
    for row in rows:
        names |= dict.fromkeys(row)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(names), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _rows(trial: Recorded) -> list[dict[str, Any]]:
    """A row for each point; a training that failed before its first has one without a point."""
    whole = {
        "number": trial.number,
        "config": json.dumps(config_to_json(trial.config)),
        "seed": trial.seed,
        "failure": trial.failure,
    }
    for field, prefix in _PREFIXES.items():
        whole |= {prefix + name: _short(value) for name, value in getattr(trial, field).items()}
    points = [
        {"examples": p.examples, "used": _short(p.seconds), **{k: _short(v) for k, v in p.metrics.items()}}
        for p in trial.curve
    ]
    return [{**whole, **point} for point in points or [{"examples": 0}]]


def _short(value: float) -> str:
    return f"{value:.7g}"


def _trials(rows: Sequence[Mapping[str, str]]) -> list[Recorded]:
    found: dict[int, list[Mapping[str, str]]] = {}
    for row in rows:
        found.setdefault(int(row["number"]), []).append(row)
    return [_trial(number, group) for number, group in found.items()]


def _trial(number: int, rows: Sequence[Mapping[str, str]]) -> Recorded:
    first = rows[0]
    fields = {
        field: {k.removeprefix(prefix): float(v) for k, v in first.items() if k.startswith(prefix) and v}
        for field, prefix in _PREFIXES.items()
    }
    taken = {"number", "config", "seed", "failure", "examples", "used"}
    metrics = [k for k in first if k not in taken and not k.startswith(tuple(_PREFIXES.values()))]
    curve = tuple(
        CurvePoint(int(row["examples"]), {k: float(row[k]) for k in metrics if row[k]}, float(row["used"]))
        for row in rows
        if row["used"]
    )
    config = config_from_json(json.loads(first["config"]))
    return Recorded(number, config, int(first["seed"]), **fields, curve=curve, failure=first["failure"])
