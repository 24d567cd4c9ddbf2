"""One trial, for ``autotune show STUDY/TRIAL``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autotune.cli.curve import plot
from autotune.cli.events import name_of
from autotune.cli.output import echo, echo_table
from autotune.cli.report import print_differences
from autotune.cli.stores import trial_of
from autotune.errors import AutotuneError
from autotune.facts import ModelFacts
from autotune.history import History
from autotune.methods.difference import Difference, between, from_default, resolved
from autotune.results import of_study
from autotune.store import FailureRow, SegmentRow, StudyRow
from autotune.trial import Trial, config_to_json
from autotune.words import duration, figure, value_text, with_errors


@dataclass(frozen=True)
class View:
    """Everything recorded of a trial."""

    study: StudyRow
    history: History
    trial: Trial
    segments: Sequence[SegmentRow]
    failures: Sequence[FailureRow]

    def to_dict(self, diff: str | None) -> dict[str, Any]:
        """The trial as JSON-able data; with ``diff`` what it sets otherwise, too."""
        t = self.trial
        data = {
            "study": self.study.name,
            "trial": t.number,
            "kind": t.kind.value,
            "label": t.label,
            "repeat_of": t.repeat_of,
            "seed": t.seed,
            "state": t.state.value,
            "config": config_to_json(t.config),
            "examples_seen": t.examples_seen,
            "full": self.history.full,
            "known": dict(t.known),
            "measured": dict(t.measured),
            "held_out": None if t.held_out is None else dict(t.held_out),
            "curve": [{"examples": p.examples, "seconds": p.seconds, **p.metrics} for p in t.curve],
            "device_seconds": t.device_seconds,
            "segments": [vars(s) for s in self.segments],
            "failures": [vars(f) for f in self.failures],
        }
        if diff is not None:
            found = self._differences(diff)
            data["diff"] = {d.name: [_plain(d.value), _plain(d.other)] for d in found}
        return data

    def print(self, *, diff: str | None, curve: bool) -> None:
        """Print the trial; with ``diff`` or ``curve`` that part alone."""
        if diff is not None:
            found = self._differences(diff)
            if found:
                print_differences(
                    found, f"trial {self.trial.number}", "default" if diff == "default" else f"trial {diff}"
                )
            else:
                echo(f"trial {self.trial.number} sets nothing otherwise than {diff}")
        if curve:
            self._print_curve()
        if diff is None and not curve:
            self._print_all()

    def _facts(self) -> ModelFacts:
        return ModelFacts.from_dict(self.study.facts["model"])

    def _differences(self, other: str) -> list[Difference]:
        if other == "default":
            return from_default(self.trial.config, self._facts())
        if not other.isdecimal():
            raise AutotuneError(f"--diff {other!r} is neither 'default' nor a trial's number", "write --diff default")
        rival = trial_of(self.history, self.study, int(other))
        return between(self.trial.config, rival.config, self._facts())

    def _print_all(self) -> None:
        t = self.trial
        seen = f"{t.examples_seen:,} of {self.history.full:,} examples"
        echo(f"{name_of(t)} of {self.study.name}: {t.state.value} at {seen}")
        echo(f"seed {t.seed}, {len(self.segments)} segments, {duration(t.device_seconds)} of device time")
        echo()
        echo_table(["setting", "value"], [[n, value_text(v)] for n, v in resolved(t.config, self._facts()).items()])
        echo()
        last = t.curve[-1].metrics if t.curve else {}
        rows = [[name, figure(name, value), "selection"] for name, value in last.items()]
        rows += [[name, figure(name, value), "held out"] for name, value in (t.held_out or {}).items()]
        rows += [[name, figure(name, value), "known before training"] for name, value in t.known.items()]
        rows += [[name, text, "measured"] for name, text in with_errors(t.measured).items()]
        echo_table(["figure", "value", "from"], rows, right=["value"])
        self._print_repeats()
        for failure in self.failures:
            echo()
            echo(f"segment {failure.segment} failed ({failure.kind}): {failure.message}")
            if failure.traceback:
                echo(failure.traceback.rstrip())

    def _print_repeats(self) -> None:
        entry = of_study(self.study, self.history).entry(self.trial.number)
        if entry is not None and entry.seeds > 1:
            others = ", ".join(str(n) for n in entry.trials if n != self.trial.number)
            echo(f"trained with {entry.seeds} seeds: see also trials {others}")

    def _print_curve(self) -> None:
        points = self.trial.curve
        if not points:
            echo(f"trial {self.trial.number} has not been evaluated yet")
            return
        primary = of_study(self.study, self.history).primary.name
        for text in plot([(p.examples, p.metrics[primary]) for p in points if primary in p.metrics]):
            echo(text)
        names = [primary, *(n for n in points[0].metrics if n != primary)]
        rows = [[f"{p.examples:,}", duration(p.seconds), *(figure(n, p.metrics.get(n)) for n in names)] for p in points]
        header = ["examples", "device time", *names]
        echo_table(header, rows, right=header)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
