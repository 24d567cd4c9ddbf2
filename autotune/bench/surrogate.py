"""A recording with a model in place of its pool, so that any configuration can be evaluated.

On 120 random configurations of ``synthetic/peft`` and 300 unseen ones, a random forest on the encoding alone came to a
rank correlation of 0.76; with the columns that branches share 0.80, extremely randomised trees to 0.87.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from autotune.bench.curves import RecordedCurves
from autotune.bench.prepared import identity
from autotune.bench.problem import Values
from autotune.bench.recording import Recorded, Recording
from autotune.errors import AutotuneError
from autotune.pareto import Floats
from autotune.space import INACTIVE
from autotune.trial import Config

FOLDS = 10
_TREES = 100
_FEWEST = 30


class CurveSurrogate:
    """A forest of randomised trees from configurations to whole curves and their seconds. Deterministic.

    It is fitted to every recorded training that reached its end, on the encoded configuration, the logarithm of its
    parameters, and what branches share: ``lora.lr`` and ``ia3.lr`` in one column, each by its place in its own range.
    Nothing fails in it, and its curves are smoother than real ones. ``correlation`` says how far it can be
    trusted: the rank correlation of what it says of a training's end with what was recorded, for trainings that it was
    not shown (ten folds).
    """

    seconds = True
    losses = True
    resumes = True

    def __init__(self, recording: Recording, name: str = "recording") -> None:
        """Take a recording; known costs of other configurations come from the catalogue of methods.

        Raises:
            AutotuneError: it holds too few trainings.
        """
        self._pool = RecordedCurves(recording, name)
        self.space, self.objectives, self.full = self._pool.space, self._pool.objectives, self._pool.full
        self.name, self.lowest = name, self._pool.lowest
        self._points = int(recording.about["points"])
        self._trials = [t for t in recording.trials if not t.failure and len(t.curve) == self._points]
        if len(self._trials) < _FEWEST:
            raise AutotuneError(
                f"recording {name} holds {len(self._trials)} whole trainings, too few for a model of them",
                f"record at least {_FEWEST}, or use the recording itself",
            )
        self._names = sorted(self._trials[0].curve[0].metrics)
        self._answers: dict[str, tuple[Floats, Floats]] = {}

    @classmethod
    def load(cls, file: Path, name: str = "") -> CurveSurrogate:
        """A model of the recording in a ``.csv.gz`` file."""
        return cls(Recording.load(file), name or file.name.removesuffix(".csv.gz"))

    @property
    def about(self) -> str:
        """What was recorded, and how far the model can be trusted."""
        told = ", ".join(f"{k} {v:.2f}" for k, v in self.correlation.items())
        return f"forest of randomised trees fitted to {self._pool.about}; held-out rank correlation: {told}"

    def known(self, config: Config) -> Values:
        """The costs known before training, as the catalogue computes them for the recorded model."""
        from autotune import methods

        return methods.costs(config, self._facts)

    def refuse(self, config: Config) -> str | None:
        """Why the configuration cannot run on the recorded model."""
        from autotune import methods

        return methods.refuse(config, self._facts)

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """Every metric at the first recorded point from ``fidelity`` on, and what training to it costs in one go."""
        curve, _ = self._answer(config)
        return dict(zip(self._names, curve[self._place(fidelity)].tolist(), strict=True)), self.cost(
            config, 0, fidelity
        )

    def cost(self, config: Config, start: int, end: int) -> float:
        """Seconds of one piece: attach, training, one evaluation."""
        attach, train, evaluation = self._answer(config)[1].tolist()
        points = self._place(end) - (self._place(start) if start else -1)
        return float(attach + train * points / self._points + evaluation)

    @cached_property
    def correlation(self) -> dict[str, float]:
        """Spearman's rank correlation of what is said of unseen trainings' ends, by metric and for their seconds."""
        from scipy.stats import spearmanr

        inputs, outputs = self._inputs([t.config for t in self._trials]), self._outputs()
        folds = np.random.default_rng(0).permutation(len(inputs)) % FOLDS
        said = np.empty_like(outputs)
        for fold in range(FOLDS):
            said[folds == fold] = _fit(inputs[folds != fold], outputs[folds != fold]).predict(inputs[folds == fold])
        last = (self._points - 1) * len(self._names)
        columns = {name: last + i for i, name in enumerate(self._names)}
        shown = {o.name: columns[o.name] for o in self.objectives if o.name in columns}
        shown |= {"loss": columns["loss"]} if "loss" in columns else {}
        shown["train_seconds"] = outputs.shape[1] - 2
        return {name: float(spearmanr(said[:, i], outputs[:, i]).statistic) for name, i in shown.items()}

    def _place(self, fidelity: int) -> int:
        """The index of the first point from a fidelity on."""
        return min(self._points, max(1, -(-fidelity * self._points // self.full))) - 1

    def _answer(self, config: Config) -> tuple[Floats, Floats]:
        key = identity(config)
        if key not in self._answers:
            said = self._forest.predict(self._inputs([config]))[0]
            self._answers[key] = said[:-3].reshape(self._points, len(self._names)), np.exp(said[-3:])
        return self._answers[key]

    @cached_property
    def _forest(self) -> Any:
        return _fit(self._inputs([t.config for t in self._trials]), self._outputs())

    @cached_property
    def _facts(self) -> Any:
        from autotune.methods import model_facts

        about = self._pool.recording.about
        labels = len(about["task"]["labels"]) or 1
        return model_facts(about["model"], labels, about["task"]["kind"])

    def _inputs(self, configs: list[Config]) -> Floats:
        sizes = [np.log1p(self.known(c).get("trainable_params", 0.0)) for c in configs]
        return np.column_stack([self.space.encode(configs), sizes, [self._shared(c) for c in configs]])

    def _shared(self, config: Config) -> list[float]:
        """For each setting that several branches have: its mean place in its range."""
        row = []
        for setting in self._settings:
            found = [name for name in config if name.rpartition(".")[2] == setting]
            codes = [self.space.parameters[name].domain.encode(config[name]) for name in found[:1]]
            row.append(float(np.mean(codes[0])) if codes else INACTIVE)
        return row

    @cached_property
    def _settings(self) -> list[str]:
        names = Counter(name.rpartition(".")[2] for name in self.space.parameters)
        return [name for name, count in names.items() if count > 1]

    def _outputs(self) -> Floats:
        return np.array([_row(t, self._names) for t in self._trials])


def _row(trial: Recorded, names: list[str]) -> list[float]:
    curve = [point.metrics[name] for point in trial.curve for name in names]
    seconds = (trial.seconds["attach"], trial.seconds["train"], trial.seconds["evaluate"] / len(trial.curve))
    return curve + [float(np.log(max(s, 1e-6))) for s in seconds]


def _fit(inputs: Floats, outputs: Floats) -> Any:
    """Outputs are scaled first: the trees' splits would else follow the one with the largest numbers."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.preprocessing import StandardScaler

    forest = ExtraTreesRegressor(_TREES, min_samples_leaf=2, random_state=0, n_jobs=1)
    return TransformedTargetRegressor(regressor=forest, transformer=StandardScaler()).fit(inputs, outputs)
