"""A made-up study of any size as halving would have left it, and what its running segments return."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from helpers.events import decide
from helpers.studies import INFO, spec
from helpers.synthetic import noise, quality

from autotune.controller.assemble import Facts, budget_of, setting_of, strategy_of
from autotune.controller.environment import environment
from autotune.controller.fit import Fidelity, fit
from autotune.decision import Start, Stop, Thaw
from autotune.history import Charged, Event, Extended, History, Returned
from autotune.pareto import order
from autotune.spec import StudySpec
from autotune.store import Store
from autotune.store.writing import record
from autotune.strategies.base import Setting
from autotune.strategies.hyperband import bracket_sizes
from autotune.strategies.study import StudyStrategy
from autotune.trial import Config, CurvePoint, Segment, SegmentResult, SegmentStatus, Trial, TrialKind

BUDGET = "20000000cpu-min"
CONTROLS: tuple[tuple[str, Config], ...] = (
    ("head", {"method": "head"}),
    ("lora", {"method": "lora"}),
    ("lora lr=0.0003", {"method": "lora", "lora.lr": 3e-4}),
    ("lora lr=0.003", {"method": "lora", "lora.lr": 3e-3}),
)


@dataclass(frozen=True)
class Fate:
    """What became of a trial of the search."""

    reached: int
    """Levels."""
    stopped: bool = False
    bracket: int | None = None


@dataclass(frozen=True)
class Large:
    """The parts of a study as a controller has them."""

    spec: StudySpec
    fidelity: Fidelity
    setting: Setting
    strategy: StudyStrategy
    points: int
    """Of each trial's curve."""
    seconds: float
    """Device seconds of a full training."""

    def answer(self, segment: Segment) -> SegmentResult:
        """What a worker would say."""
        trial = Trial(segment.trial, segment.config, attempt=segment.attempt, examples_seen=segment.start)
        if segment.purpose == "score":
            scores = self.metrics(trial, segment.full)
            return SegmentResult(
                segment.number, segment.trial, segment.attempt, SegmentStatus.DONE, segment.end,
                device_seconds=1.0, held_out=scores, worker="worker-0",
            )  # fmt: skip
        return self.result(segment.number, trial, segment.end)

    def returned(self, history: History, trial: Trial, number: int) -> Returned:
        """What the trial's running segment returns."""
        assert trial.target is not None
        return Returned(self.result(number, trial, trial.target))

    def result(self, number: int, trial: Trial, end: int) -> SegmentResult:
        """The segment of a trial to ``end``; a new trial's has the whole curve but a point for each later level."""
        start, levels = trial.examples_seen, self.setting.levels
        count = 1 if start else self.points - sum(level > end for level in levels)
        places = np.unique(np.linspace(start, end, count + 1)[1:].astype(int)).tolist()
        rate = self.seconds / self.setting.full * (1 + 0.3 * noise("rate", trial.number))
        curve = tuple(CurvePoint(e, self.metrics(trial, e), trial.device_seconds + (e - start) * rate) for e in places)
        return SegmentResult(
            number, trial.number, trial.attempt, SegmentStatus.DONE, end, curve, rate * (end - start),
            measured={"train_seconds": rate * self.setting.full}, worker=f"worker-{number % 64}",
        )  # fmt: skip

    def metrics(self, trial: Trial, examples: int) -> dict[str, float]:
        """A smooth curve to an end that differs from trial to trial."""
        end = quality(dict(trial.config)) + 0.02 * noise("end", trial.number)
        value = min(0.99, 0.6 + (end - 0.6) * (1 - float(np.exp(-3.5 * examples / self.setting.full))))
        return {"f1_accuracy": value, "f1": value, "accuracy": value, "loss": 1.1 - value, "train_loss": 1.05 - value}

    def history(self, trials: int, running: int = 0) -> History:
        """All events, folded."""
        return History(self.setting.full).after_all(self.events(trials, running))

    def events(self, trials: int, running: int = 0) -> Iterator[Event]:
        """Budget, controls, then the trials of the search one after another; further ones are under way."""
        history = History(self.setting.full, _building=True)  # quicker: the trials are not copied at each event

        def kept(event: Event) -> Event:
            nonlocal history
            history = history.after(event)
            return event

        def trained(start: Start, levels: Sequence[int]) -> Iterator[Event]:
            number = len(history.trials)
            yield kept(decide(history, start, dict(self.setting.costs(start.config))))
            for end, following in zip(levels, [*levels[1:], None], strict=True):
                yield kept(Returned(self.result(history.decisions - 1, history.trials[number], end)))
                if following is not None:
                    yield kept(decide(history, Thaw(number, following, f"promoted to {following:,} examples")))

        yield kept(Extended(budget_of(self.spec)))
        yield kept(Charged("startup", 8.0, "worker-0"))
        for label, config in CONTROLS:
            control = Start(config, self.setting.full, f"control: {label}", TrialKind.CONTROL, label)
            yield from trained(control, [self.setting.full])
        configs, first = self._configs(trials + running), len(history.trials)
        fates = self._fates(configs[:trials], first)
        for config, fate in zip(configs, fates, strict=False):
            levels = self._ladder(fate.bracket)
            yield from trained(Start(config, levels[0], "a new trial", bracket=fate.bracket), levels[: fate.reached])
            if fate.stopped:
                yield kept(decide(history, Stop(len(history.trials) - 1, "the others of its bracket go on")))
        newest = None if fates[-1].bracket is None else fates[-1].bracket + 1
        for config in configs[trials:]:
            start = Start(config, self._ladder(newest)[0], "a new trial", bracket=newest)
            yield kept(decide(history, start, dict(self.setting.costs(config))))

    def _configs(self, count: int) -> list[Config]:
        """Random configurations that may run, none twice."""
        rng = np.random.default_rng(0)
        found: dict[str, Config] = {}
        while len(found) < count:
            config = self.setting.space.sample(rng)
            if self.setting.refuse(config) is None:
                found.setdefault(self.setting.identity(config), config)
        return list(found.values())

    def _ladder(self, bracket: int | None) -> tuple[int, ...]:
        levels = self.setting.levels
        if self.spec.scheduler == "fifo":
            return levels[-1:]
        if bracket is None:
            return levels
        sizes = bracket_sizes(len(levels), self.setting.eta)
        return levels[-len(sizes[bracket % len(sizes)]) :]

    def _fates(self, configs: Sequence[Config], first: int) -> list[Fate]:
        if self.spec.scheduler == "fifo":
            return [Fate(1)] * len(configs)
        if self.spec.scheduler != "hyperband":
            return [Fate(n) for n in self._halved(configs, first, self.setting.levels)]
        brackets = bracket_sizes(len(self.setting.levels), self.setting.eta)
        fates: list[Fate] = []
        number = 0
        while len(fates) < len(configs):
            levels, size = self._ladder(number), brackets[number % len(brackets)][0]
            reached = self._halved(configs[len(fates) : len(fates) + size], first + len(fates), levels)
            fates += [Fate(n, stopped=n < len(levels), bracket=number) for n in reached]
            number += 1
        return fates

    def _halved(self, configs: Sequence[Config], first: int, levels: Sequence[int]) -> list[int]:
        """How many levels each reaches if of every rung the best are promoted."""
        reached, here = [1] * len(configs), list(range(len(configs)))
        for level in levels[:-1]:
            rows = [self._row(Trial(first + i, configs[i]), level) for i in here]
            quota = len(here) // self.setting.eta
            here = [here[k] for k in order(np.array(rows).reshape(len(here), 2), quota)[:quota].tolist()]
            for i in here:
                reached[i] += 1
        return reached

    def _row(self, trial: Trial, level: int) -> list[float]:
        return [self.metrics(trial, level)["loss"], self.setting.costs(trial.config)["trainable_params"]]


def large(
    searcher: str, scheduler: str, *, points: int = 20, seconds: float = 90.0, space: str = "peft", **more: Any
) -> Large:
    """A study whose budget does not end, unless ``more``, the fields of its ``StudySpec``, gives it one."""
    given = {"budget": (BUDGET,), "max_epochs": 3.0} | more
    asked = spec("large", space, searcher=searcher, scheduler=scheduler, **given)
    facts = Facts.from_info(INFO)
    fidelity = fit(asked, budget_of(asked), facts.task, facts.calibration)
    setting = setting_of(asked, facts, fidelity.levels)
    return Large(asked, fidelity, setting, strategy_of(asked, setting, fidelity), points, seconds)


def filled(path: Path, study: Large, trials: int, running: int) -> None:
    """Write the study into a store, in one transaction."""
    with Store.open(path) as store:
        number = store.create_study(
            study.spec.study, study.spec.to_dict(), facts=INFO, levels=study.setting.levels,
            environment={**environment(), "fidelity": vars(study.fidelity)}, space_digest=study.setting.space.digest,
        )  # fmt: skip
        with store._write(number) as connection:
            for event in study.events(trials, running):
                record(connection, number, event)
