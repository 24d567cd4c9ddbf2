"""A trial of a study as a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autotune.errors import AutotuneError
from autotune.export.adapter import write_adapter
from autotune.export.readme import readme
from autotune.export.result import PACKAGES
from autotune.export.staging import README, explained, staged
from autotune.export.training_file import FILE, TRAIN, Recorded, TrainingFile
from autotune.facts import Calibration, ModelFacts, TaskFacts
from autotune.methods.difference import resolved
from autotune.plugins import import_modules
from autotune.results import Entry, StudyResults, of_study
from autotune.spec import StudySpec, TaskSpec
from autotune.trial import Trial, TrialState

if TYPE_CHECKING:
    from autotune.history import History
    from autotune.store import Store, StudyRow


@dataclass(frozen=True)
class Chosen:
    """A trial with all that a study knows of it."""

    study: StudyRow
    trial: Trial
    results: StudyResults

    @property
    def entry(self) -> Entry | None:
        """The configuration over all its seeds; None before the trial is complete."""
        return self.results.entry(self.trial.number)


def export_trial(store: Store, study: str, trial: int | None, out: str | Path, *, overwrite: bool = False) -> Path:
    """Write a trial as a folder: ``training.yaml``, a README, and its adapter where it was trained to the end.

    A configuration that was trained with several seeds is exported with the adapter of its own trial, the first.

    Args:
        store: that holds the study.
        study: its name.
        trial: its number; None for the winner.
        out: the folder; it appears whole or not at all.
        overwrite: replace an earlier export in that place.

    Returns:
        The folder.

    Raises:
        AutotuneError: there is no such study or trial, no winner yet, the base model is not there, or the folder
            cannot be written.
    """
    out = Path(out).expanduser()
    row = store.study(study)
    chosen = _choose(row, store.history(row.id), trial)
    file = training_file(chosen)
    complete = chosen.trial.state is TrialState.COMPLETE
    checkpoint = store.checkpoint(row.id, chosen.trial.number) if complete else None
    with staged(out, overwrite=overwrite) as folder:
        if checkpoint is not None:
            write_adapter(file, chosen.trial.config, checkpoint, folder)
        facts = ModelFacts.from_dict(row.facts["model"])
        with explained(out):
            (folder / FILE).write_text(file.to_yaml(), encoding="utf-8")
            text = readme(chosen.trial, chosen.results, file, facts, out, adapter=checkpoint is not None)
            (folder / README).write_text(text, encoding="utf-8")
    return out


def training_file(chosen: Chosen) -> TrainingFile:
    """Everything that a trial was, or would have been, trained with."""
    row, trial = chosen.study, chosen.trial
    spec, task = StudySpec.from_dict(row.spec), TaskFacts.from_dict(row.facts["task"])
    import_modules(spec.plugins)
    facts = ModelFacts.from_dict(row.facts["model"])
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


def _choose(row: StudyRow, history: History, number: int | None) -> Chosen:
    found = of_study(row, history)
    if number is None:
        if found.winner is None:
            raise AutotuneError(
                f"study {row.name!r} has no winner yet: no trial of its search was trained in full",
                f"go on with it: autotune resume {row.name}; or export any trial: autotune export {row.name}/NUMBER",
            )
        number = found.winner.trial
    if number not in history.trials:
        said = f"its trials are 0 to {max(history.trials)}" if history.trials else "it has no trials yet"
        raise AutotuneError(f"study {row.name!r} has no trial {number}", f"{said}; see: autotune pareto {row.name}")
    return Chosen(row, history.trials[number], found)


def _versions(environment: Mapping[str, Any]) -> dict[str, str]:
    """Those that the study ran with, as far as it recorded them."""
    packages = {str(k): str(v) for k, v in environment.get("packages", {}).items()}
    return {name: packages[name] for name in PACKAGES if name in packages}
