"""A worker body that keeps a ledger of its own, for tests of what the store says happened. Quick to import."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from helpers.minilm import MODEL, SPEED, TASK
from helpers.synthetic import BATCH, answer

from autotune.executors.base import CancelCheck
from autotune.trial import Segment, SegmentResult, SegmentStatus

INFO = {"model": MODEL.to_dict(), "task": TASK.to_dict(), "calibration": SPEED.to_dict()}


LONG = 60.0
"""Seconds of a segment that is meant to be cut short."""


@dataclass(frozen=True)
class Line:
    """What a worker did, by its own account, written before the controller could know."""

    number: int
    trial: int
    attempt: int
    purpose: str
    start: int
    end: int
    status: str
    seconds: float


class Scribe:
    """Trains nothing, takes a little time, and writes down what it did before it answers."""

    def __init__(self, arguments: dict[str, Any], worker: int) -> None:
        self.info = {**INFO, "pid": os.getpid()}
        self._ledger = arguments["ledger"]
        self._pace = arguments["pace"]
        self._slow = arguments.get("slow", float("inf"))
        self._stubborn = arguments.get("stubborn", False)
        self._claims = arguments.get("claims", False)
        """To have taken as long as the synthetic problem says."""
        self._deadly = {tuple(at) for at in arguments.get("deadly", ())}

    def run(self, segment: Segment, cancelled: CancelCheck) -> SegmentResult:
        began = time.monotonic()
        _check(segment)
        result = answer(segment)
        status = SegmentStatus.DONE
        lasting = LONG if segment.number >= self._slow else self._pace * (1 + segment.number % 3)
        while time.monotonic() - began < lasting:
            time.sleep(0.001)
            if (segment.trial, segment.attempt) in self._deadly:
                os.kill(os.getpid(), signal.SIGKILL)
            if cancelled() and segment.purpose == "train" and not self._stubborn:
                status = SegmentStatus.CANCELLED
                half = segment.start + (segment.end - segment.start) // 2 // BATCH * BATCH
                curve = tuple(p for p in result.curve if p.examples <= half)
                result = replace(result, examples_seen=half, curve=curve, checkpoint=_state(segment.trial, half))
                break
        seconds = time.monotonic() - began
        at = (segment.number, segment.trial, segment.attempt)
        line = Line(*at, segment.purpose, segment.start, result.examples_seen, status, seconds)
        with open(self._ledger, "a") as file:  # noqa: PTH123
            file.write(json.dumps(vars(line)) + "\n")
        seconds = result.device_seconds if self._claims else seconds
        return replace(result, status=status, device_seconds=seconds, worker=f"scribe {os.getpid()}")


def _check(segment: Segment) -> None:
    """A real worker would refuse a state that is not where its segment begins."""
    expected = None if segment.start == 0 else _state(segment.trial, segment.start)
    assert segment.checkpoint == expected, (segment, segment.checkpoint)


def _state(trial: int, examples: int) -> bytes | None:
    return b"state of %d at %d" % (trial, examples) if examples else None


def create(arguments: dict[str, Any], worker: int) -> Scribe:
    """The factory."""
    return Scribe(arguments, worker)


def read_ledger(path: Path) -> list[Line]:
    """What all workers wrote, oldest first."""
    return [Line(**json.loads(text)) for text in path.read_text().splitlines()] if path.exists() else []
