"""A configuration trained in full, and its adapter saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autotune.errors import AutotuneError
from autotune.export import flags
from autotune.export.reporter import Reporter
from autotune.export.result import TrainResult, changed_versions, compare, versions
from autotune.export.staging import METRICS, check_space, explained
from autotune.export.training_file import ALL, FILE, TRAIN, Recorded, TrainingFile
from autotune.plugins import import_modules

if TYPE_CHECKING:
    from autotune.methods import Recipe
    from autotune.tasks import Task
    from autotune.training import Trained
    from autotune.training.resident import Resident

_SPARE = 1_000_000
"""Bytes that are written beside the weights, at most."""


@dataclass(frozen=True)
class FullTraining:
    """What is to be trained, before anything is loaded."""

    file: TrainingFile
    """With the flags in it."""
    given: TrainingFile
    """As it was read."""
    as_studied: bool
    """Repeat what was recorded, instead of training on all data."""
    tell: Callable[[str], None]
    """Called with a line now and then."""

    def run(self, folder: Path, place: Path) -> TrainResult:
        """Train and save.

        Args:
            folder: exists and is empty.
            place: where the folder will be.

        Raises:
            AutotuneError: see ``autotune.export.train``.
        """
        from autotune.training import train_full

        room, notes = self._room()
        plan = self._recipe(room)
        part = self._part()
        data = room.task.all_training() if part == ALL else room.task.train
        full = self._full(len(data))
        check_space(folder, _costs(plan, room)["stored_bytes"] + _SPARE)
        reporter = Reporter(self.tell, self.file.title, len(data), full)
        reporter.start(plan.method, room)
        with _told(room):
            trained = train_full(
                room,
                plan,
                seed=self.file.seed,
                full=full,
                data=data if part == ALL else None,
                evaluate_at=(full,) if part == TRAIN else (),
                progress=reporter.step,
                on_loss=reporter.loss,
            )
        with trained.attachment as attachment, explained(place):
            result = self._result(room, plan, trained, place, notes)
            attachment.save(folder)
            (folder / FILE).write_text(self._done(room, result, full).to_yaml(), encoding="utf-8")
            (folder / METRICS).write_text(result.to_json(), encoding="utf-8")
        return result

    def _room(self) -> tuple[Resident, tuple[str, ...]]:
        """Task, device and base, in the precision to train with, and what is to be said of them."""
        from autotune import tasks
        from autotune.training.start import choose_device, load_resident, set_threads

        spec = self.file.spec()
        set_threads(spec)
        import_modules(spec.plugins)
        task = tasks.load(spec.task)
        notes = self._check_data(task)
        room = load_resident(spec, task, choose_device(spec.device, 0))
        room.precision = flags.precision(self.file, room)
        room.base.to_precision(room.precision)
        return room, notes

    def _check_data(self, task: Task) -> tuple[str, ...]:
        before, now = self.given.data, task.facts
        if before is None or now.digest == before.digest:
            return ()
        sizes = [f"{f.train:,} + {f.selection:,} + {f.held_out:,} examples" for f in (before, now)]
        said = (
            f"the data of {now.task} are not those that {self.given.title} was trained on: {sizes[0]}, now {sizes[1]}"
        )
        if self.as_studied:
            raise AutotuneError(said, "bring the old data back (--data-dir), or train on these without --as-studied")
        self.tell(f"note: {said}; scores cannot be compared")
        return (said,)

    def _recipe(self, room: Resident) -> Recipe:
        from autotune.methods import recipe

        plan = recipe(self.file.config, room.base.facts)
        return replace(plan, training=replace(plan.training, max_grad_norm=self.file.max_grad_norm))

    def _part(self) -> str:
        recorded = self.given.recorded
        return recorded.trained_on if self.as_studied and recorded is not None else ALL

    def _full(self, examples: int) -> int:
        """Examples of the training, repetitions counted."""
        full = max(1, round(self.file.epochs * examples))
        recorded = self.given.recorded
        if self.as_studied and recorded is not None and recorded.examples != full:
            raise AutotuneError(
                f"epochs: {self.file.epochs:g} of {examples:,} examples is not the length that was recorded "
                f"({recorded.examples:,} examples)",
                "leave --as-studied out, or write the old number back",
            )
        return full

    def _result(
        self, room: Resident, plan: Recipe, trained: Trained, place: Path, notes: tuple[str, ...]
    ) -> TrainResult:
        import torch

        last = trained.curve[-1].metrics if trained.curve else {}
        selection = {name: value for name, value in last.items() if name != "train_loss"}
        recorded = self.given.recorded
        equal = compare(recorded, selection, trained.metrics) if self.as_studied else None
        if equal is False and (changed := changed_versions(self.given.versions)):
            notes = (*notes, f"other versions than those recorded: {changed}")
        costs = _costs(plan, room)
        return TrainResult(
            folder=place,
            title=self.file.title,
            method=plan.method,
            model=self.file.model,
            task=room.task.facts.task,
            seed=self.file.seed,
            trained_on=self._part(),
            examples=trained.examples,
            epochs=self.file.epochs,
            trainable_params=int(costs["trainable_params"]),
            total_trained=int(costs["total_trained"]),
            held_out=dict(trained.metrics),
            selection=selection,
            recorded=recorded,
            equal=equal,
            device=str(room.device),
            precision=room.precision,
            threads=torch.get_num_threads(),
            seconds=trained.seconds,
            notes=notes,
        )

    def _done(self, room: Resident, result: TrainResult, full: int) -> TrainingFile:
        """What was really run, every value filled in."""
        from autotune.methods.difference import resolved

        config = resolved(self.file.config, room.base.facts)
        return replace(
            self.file,
            config={k: v for k, v in config.items() if k != "max_grad_norm"},
            max_length=room.base.max_length,
            device=room.device.type,
            precision=result.precision,
            threads=result.threads,
            data=room.task.facts,
            recorded=Recorded(full, result.trained_on, selection=result.selection, held_out=result.held_out),
            versions=versions(),
        )


def _costs(plan: Recipe, room: Resident) -> dict[str, float]:
    from autotune.methods.costing import Costs

    return dict(Costs(plan, room.base.facts))


@contextmanager
def _told(room: Resident) -> Iterator[None]:
    """Turns what may go wrong in a training into a message."""
    import torch

    from autotune.training.failures import DivergedError, MissingMetricError

    try:
        yield
    except DivergedError as error:
        raise AutotuneError(f"the training diverged: {error}", "lower lr in training.yaml") from error
    except MissingMetricError as error:
        raise AutotuneError(f"the training cannot be scored: {error}", "mend the task's metric") from error
    except (MemoryError, torch.OutOfMemoryError) as error:
        remedy = "lower batch_size or max_length in training.yaml"
        raise AutotuneError(f"{room.device} ran out of memory: {error}", remedy) from error
