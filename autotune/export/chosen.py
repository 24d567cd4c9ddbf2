"""The trial that is exported, with all that its study and its base model say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autotune.errors import AutotuneError
from autotune.export.result import PACKAGES
from autotune.export.training_file import TRAIN, Recorded, TrainingFile, require_data
from autotune.facts import Calibration, ModelFacts, TaskFacts
from autotune.methods.difference import resolved
from autotune.plugins import import_modules
from autotune.results import Entry, StudyResults, of_study
from autotune.spec import StudySpec, TaskSpec
from autotune.trial import Trial, TrialState

if TYPE_CHECKING:
    from autotune.history import History
    from autotune.methods import Attachment, Base, Method, Recipe
    from autotune.store import Store, StudyRow


@dataclass(frozen=True)
class Chosen:
    """A trial with all that a study knows of it."""

    study: StudyRow
    trial: Trial
    results: StudyResults
    checkpoint: bytes | None = None
    """Of the complete trial; None where it is not complete, or none was kept."""

    @property
    def entry(self) -> Entry | None:
        """The configuration over all its seeds; None before the trial is complete."""
        return self.results.entry(self.trial.number)

    @property
    def title(self) -> str:
        """``STUDY/TRIAL``."""
        return f"{self.study.name}/{self.trial.number}"

    @cached_property
    def file(self) -> TrainingFile:
        """Everything that the trial was, or would have been, trained with."""
        return training_file(self)

    @property
    def facts(self) -> ModelFacts:
        """Of the base model."""
        return ModelFacts.from_dict(self.study.facts["model"])

    @property
    def task(self) -> TaskFacts:
        """What was found in the data."""
        return TaskFacts.from_dict(self.study.facts["task"])

    @cached_property
    def recipe(self) -> Recipe:
        """The configuration, complete."""
        from autotune.methods import recipe

        import_modules(self.file.plugins)
        return recipe(self.trial.config, self.facts)

    @property
    def method(self) -> Method:
        """Of the configuration."""
        from autotune.methods import get

        return get(self.recipe.method)

    def base(self) -> Base:
        """The base model, loaded anew, on the CPU in fp32."""
        return load_base_of(self.file)

    @contextmanager
    def attached(self, base: Base) -> Iterator[Attachment]:
        """The trained trial on its base model.

        Raises:
            AutotuneError: there is no trained adapter; or the checkpoint is not this trial's.
        """
        import torch

        from autotune.methods import Lent
        from autotune.training.checkpoint import fit, read_checkpoint, recipe_digest

        state = read_checkpoint(self.require_trained())
        with base.attach(self.recipe, self.trial.seed, Lent(restored=True, kept=state.state)) as attachment:
            fit(state, recipe_digest(self.recipe.to_dict()), attachment.trainable)
            with torch.no_grad():
                for name, parameter in attachment.trainable.items():
                    parameter.copy_(state.weights[name])
            attachment.load_state(state.state)
            yield attachment

    def require_trained(self) -> bytes:
        """The checkpoint of the complete trial.

        Raises:
            AutotuneError: there is none.
        """
        if self.checkpoint is None:
            raise AutotuneError(
                f"trial {self.trial.number} of {self.study.name} has no trained adapter: {untrained(self.trial)}",
                f"export it to be trained: autotune export {self.title} --out DIR, then autotune train DIR; "
                "or --to script",
            )
        return self.checkpoint


def untrained(trial: Trial) -> str:
    """Why a trial has no adapter."""
    if trial.state is TrialState.COMPLETE:
        return "the study kept no checkpoint of this trial"
    if trial.state is TrialState.FAILED and trial.failure is not None:
        return f"the trial failed ({trial.failure.kind.value})"
    return f"the trial is {trial.state.value} and was not trained to its end"


def choose(store: Store, study: str, number: int | None) -> Chosen:
    """A trial of a study; the winner where no number is given.

    Raises:
        AutotuneError: there is no such study or trial, or no winner yet.
    """
    row = store.study(study)
    history = store.history(row.id)
    found = of_study(row, history)
    trial = history.trials[_number(row, history, found, number)]
    complete = trial.state is TrialState.COMPLETE
    return Chosen(row, trial, found, store.checkpoint(row.id, trial.number) if complete else None)


def _number(row: StudyRow, history: History, found: StudyResults, number: int | None) -> int:
    if number is None:
        if found.winner is None:
            raise AutotuneError(
                f"study {row.name!r} has no winner yet: no trial of its search was trained in full",
                f"go on with it: autotune resume {row.name}; or export any trial: autotune export {row.name}/NUMBER",
            )
        return found.winner.trial
    if number not in history.trials:
        said = f"its trials are 0 to {max(history.trials)}" if history.trials else "it has no trials yet"
        raise AutotuneError(f"study {row.name!r} has no trial {number}", f"{said}; see: autotune pareto {row.name}")
    return number


def load_base_of(file: TrainingFile, device: str = "cpu", *, offline: bool = False) -> Base:
    """The base model that a ``training.yaml`` names, in fp32.

    Raises:
        AutotuneError: it is not there.
    """
    from autotune.methods import load_base

    import_modules(file.plugins)
    return load_base(
        file.model,
        require_data(file, file.title),
        device=device,
        max_length=file.max_length,
        seed=file.seed,
        offline=offline or file.task.offline,
        trust_remote_code=file.trust_remote_code,
    )


def training_file(chosen: Chosen) -> TrainingFile:
    """Everything that a trial was, or would have been, trained with."""
    row, trial, task, facts = chosen.study, chosen.trial, chosen.task, chosen.facts
    spec = StudySpec.from_dict(row.spec)
    import_modules(spec.plugins)
    config = resolved(trial.config, facts)
    speed = Calibration.from_dict(row.facts["calibration"])
    return TrainingFile(
        model=spec.model,
        task=_columns(spec.task),
        config={k: v for k, v in config.items() if k != "max_grad_norm"},
        study=row.name,
        trial=trial.number,
        seed=trial.seed,
        epochs=row.full / task.train,
        max_grad_norm=float(config["max_grad_norm"]),  # type: ignore[arg-type]
        max_length=min(spec.max_length, facts.max_length),
        device=speed.device.split(":")[0],
        precision=speed.precision,
        threads=speed.threads,
        trust_remote_code=spec.trust_remote_code,
        plugins=spec.plugins,
        data=task,
        recorded=_recorded(chosen),
        versions=_versions(row.environment),
    )


def _columns(task: TaskSpec) -> TaskSpec:
    """The columns that were detected in a user's file written out; as it was where the file cannot be read any more."""
    from autotune.tasks.user_files import described

    try:
        return described(task) if Path(task.name).is_absolute() else task
    except AutotuneError:
        return task


def _recorded(chosen: Chosen) -> Recorded:
    trial, entry = chosen.trial, chosen.entry
    last = trial.curve[-1].metrics if trial.state is TrialState.COMPLETE and trial.curve else {}
    return Recorded(
        examples=chosen.study.full,
        trained_on=TRAIN,
        seeds=1 if entry is None else entry.seeds,
        objectives={} if entry is None else {name: stat.mean for name, stat in entry.values.items()},
        selection={name: value for name, value in last.items() if name != "train_loss"},
        held_out=dict(trial.held_out or {}),
    )


def _versions(environment: Mapping[str, Any], names: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Those that the study ran with, as far as it recorded them."""
    packages = {str(k): str(v) for k, v in environment.get("packages", {}).items()}
    return {name: packages[name] for name in names if name in packages}
