"""The Python API: the same words as the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autotune.controller import Devices, Outcome, Progress
    from autotune.history import History
    from autotune.results import Entry, StudyResults
    from autotune.store import StudyRow


@dataclass(frozen=True)
class Study:
    """A stored study, read once. ``autotune.load_study`` makes it."""

    row: StudyRow
    """Its specification, facts and status."""
    history: History
    """Every trial, with curves and costs."""
    results: StudyResults
    store: str | None
    """The URL it was read from."""

    @property
    def name(self) -> str:
        """The study's name."""
        return self.row.name

    @property
    def status(self) -> str:
        """``running``, ``interrupted``, ``complete`` or ``failed``."""
        return self.row.status

    def pareto_front(self) -> tuple[Entry, ...]:
        """The configurations at full fidelity that none dominates, best primary objective first."""
        return self.results.front

    def best(self) -> Entry | None:
        """The winner, by its mean on the selection part over seeds; None before there is one."""
        return self.results.winner

    def controls(self) -> Mapping[str, Entry]:
        """The rivals by name: ``head``, ``lora``, ``lora-tuned``, ``full``."""
        return self.results.controls

    def export(self, out: str | Path, trial: int | None = None, *, to: str = "autotune", merge: bool = False) -> Path:
        """Write a trial (the winner when None) as a folder.

        Args:
            out: the folder.
            trial: its number.
            to: ``autotune`` for `autotune train` and peft, ``peft``, ``hf-args`` or ``script``; see ``docs/export.md``.
            merge: write the whole model instead, the adapter folded into it.

        Raises:
            AutotuneError: there is no such trial, the target cannot express it, or the folder cannot be written.
        """
        from autotune.export import export_trial
        from autotune.store import Store

        with Store.open(self.store, create=False) as store:
            return export_trial(store, self.name, trial, Path(out), to=to, merge=merge)


def search(
    task: str | None = None,
    *,
    budget: str | Iterable[str] | None = None,
    file: str | Path | None = None,
    store: str | None = None,
    progress: Progress | None = None,
    sets: Sequence[str] = (),
    devices: Devices | None = None,
    **settings: Any,
) -> Study:
    """Search for the Pareto-optimal configurations of a task and return the study.

    Args:
        task: ``glue/mrpc``, ``demo/docstrings`` or a path to data.
        budget: one or several of ``8gpu-h``, ``40cpu-min``, ``2h``, ``60trials``.
        file: a study file whose settings the others override.
        store: URL or path of the study store.
        progress: told of everything; silent by default.
        sets: ``KEY=VALUE`` texts as for ``--set`` (``space.lr.high=0.01``).
        devices: ``autotune.controller.Devices("ray", "auto")``, say; processes on this machine when None.
        **settings: any field of ``StudySpec``: ``model``, ``space`` (a name or a file), ``seed``, ``study``, ...

    Raises:
        AutotuneError: something cannot work; nothing was trained then.
    """
    from autotune.controller import Devices
    from autotune.controller import search as run
    from autotune.settings import named, resolve
    from autotune.store import Store

    texts = [budget] if isinstance(budget, str) else budget
    flags = {"task": task, "budget": None if texts is None else tuple(texts), **settings}
    spec = resolve(flags, sets, file)
    with Store.open(store) as opened:
        spec = named(spec, [row.name for row in opened.studies()])
    outcome: Outcome = run(spec, store, progress, devices=devices or Devices())
    return load_study(outcome.study, store=store)


def load_study(name: str, *, store: str | None = None) -> Study:
    """Read a study from its store.

    Raises:
        AutotuneError: there is no such study or store.
    """
    from autotune.results import of_study
    from autotune.store import Store

    with Store.open(store, create=False, read_only=True) as opened:
        row = opened.study(name)
        history = opened.history(row.id)
    return Study(row, history, of_study(row, history), store)
