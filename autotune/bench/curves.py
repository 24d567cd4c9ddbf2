"""A recording as a benchmark: a pool of configurations whose curves and costs were measured."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from autotune.bench.prepared import identity
from autotune.bench.problem import Values
from autotune.bench.recording import Recorded, Recording
from autotune.errors import AutotuneError
from autotune.objectives import Objective, choose
from autotune.space import SearchSpace
from autotune.trial import Config, CurvePoint


class RecordedCurves:
    """The configurations of one recording, with the costs they had. Fidelities are examples, costs device seconds.

    A piece of training costs: attaching the trial, its share of the training seconds, and one evaluation, whatever the
    recording evaluated on the way. A thawed trial is attached anew. A fidelity between two recorded points is trained
    and paid to the later one.
    """

    seconds = True
    losses = True
    resumes = True

    def __init__(self, recording: Recording, name: str = "recording", objectives: Sequence[str] = ()) -> None:
        """Take a recording.

        Args:
            recording: of one task.
            name: in messages.
            objectives: names; the task's ranking metric and ``trainable_params`` when empty.
        """
        self.recording = recording
        about = recording.about
        self.space = SearchSpace.from_dict(about["space"])
        self.objectives: tuple[Objective, ...] = choose(
            objectives, about["task"]["metrics"], about["task"]["rank_metric"]
        )
        self.full = int(about["full"])
        self.lowest = max(1, self.full // int(about["points"]))
        self.name = name
        self._trials = {identity(t.config): t for t in recording.trials}
        if not self._trials:
            raise AutotuneError(f"recording {name} holds no training", "record some: autotune record --help")

    @classmethod
    def load(cls, file: Path, name: str = "") -> RecordedCurves:
        """The recording in a ``.csv.gz`` file."""
        return cls(Recording.load(file), name or file.name.removesuffix(".csv.gz"))

    @cached_property
    def pool(self) -> list[Config]:
        """Every configuration that was recorded, failed ones too."""
        return [trial.config for trial in self._trials.values()]

    @property
    def about(self) -> str:
        """What was recorded."""
        about, failed = self.recording.about, sum(bool(t.failure) for t in self._trials.values())
        return (
            f"{len(self._trials)} recorded trainings of {about['model']} on {about['task']['task']} "
            f"({failed} failed), seconds of {about['threads']} thread{'s' * (about['threads'] > 1)} ({about['device']})"
        )

    def known(self, config: Config) -> Values:
        """The costs known before training."""
        return self._find(config).known

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """Every metric at the first recorded point from ``fidelity`` on, and what training to it costs in one go."""
        trial = self._find(config)
        point = _point(trial, fidelity)
        values = {} if point is None else {**trial.measured, **point.metrics}
        return values, self.cost(config, 0, fidelity)

    def cost(self, config: Config, start: int, end: int) -> float:
        """Seconds of one piece: attach, training, one evaluation."""
        trial = self._find(config)
        if not trial.curve:
            return sum(trial.seconds.values())
        evaluation = trial.seconds["evaluate"] / len(trial.curve)
        trained = _examples(trial, end) - _examples(trial, start)
        share = max(0, trained) / trial.curve[-1].examples
        return trial.seconds["attach"] + trial.seconds["train"] * share + evaluation

    def _find(self, config: Config) -> Recorded:
        try:
            return self._trials[identity(config)]
        except KeyError:
            raise AutotuneError(
                f"recording {self.name} holds no training of {identity(config)}",
                "ask for a configuration of its pool only",
            ) from None


def _point(trial: Recorded, fidelity: int) -> CurvePoint | None:
    return next((p for p in trial.curve if p.examples >= fidelity), None)


def _examples(trial: Recorded, fidelity: int) -> int:
    """What is trained to reach a fidelity; a training that failed before ends at its last point."""
    if fidelity <= 0:
        return 0
    point = _point(trial, fidelity)
    return trial.curve[-1].examples if point is None else point.examples
