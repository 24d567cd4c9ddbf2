"""The nine tasks of GLUE (Wang et al. 2018) and where their examples come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autotune.errors import AutotuneError
from autotune.spec import TaskSpec
from autotune.tasks import cells, glue_tsv, hub
from autotune.tasks.build import Raw, build
from autotune.tasks.files import find_parts, read_part
from autotune.tasks.metrics import CLASSIFICATION, REGRESSION
from autotune.tasks.tables import Table
from autotune.tasks.types import Split, Task, TaskInfo
from autotune.tasks.user_files import to_split


@dataclass(frozen=True)
class GlueTask:
    """One of the nine; columns and label order are those of ``datasets``, so that every source gives the same task."""

    name: str
    folder: str
    """As GLUE's own archive calls it."""
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    metrics: tuple[str, ...]
    about: str
    tsv: glue_tsv.Layout
    validation: str = "validation"
    extra: Mapping[str, str] | None = None
    """More held-out splits: name to ``datasets``' split."""

    @property
    def kind(self) -> str:
        """``classification`` or ``regression``."""
        return CLASSIFICATION if self.labels != ("",) else REGRESSION


_ENTAILMENT = ("entailment", "not_entailment")
_PAIR = ("sentence1", "sentence2")
_ACCURACY = ("accuracy",)
_L = glue_tsv.Layout
TASKS: Mapping[str, GlueTask] = {
    t.name: t
    for t in (
        GlueTask(
            "cola",
            "CoLA",
            ("sentence",),
            ("unacceptable", "acceptable"),
            ("matthews_correlation",),
            "is a sentence grammatical",
            _L(("3",), "1", header=("0", "1", "2", "3")),
        ),
        GlueTask(
            "sst2",
            "SST-2",
            ("sentence",),
            ("negative", "positive"),
            _ACCURACY,
            "is a film review's phrase positive",
            _L(("sentence",), "label"),
        ),
        GlueTask(
            "mrpc",
            "MRPC",
            _PAIR,
            ("not_equivalent", "equivalent"),
            ("f1_accuracy", "f1", "accuracy"),
            "do two sentences from the news say the same",
            _L(("#1 String", "#2 String"), "Quality"),
        ),
        GlueTask(
            "qqp",
            "QQP",
            ("question1", "question2"),
            ("not_duplicate", "duplicate"),
            ("f1_accuracy", "f1", "accuracy"),
            "do two questions ask the same",
            _L(("question1", "question2"), "is_duplicate"),
        ),
        GlueTask(
            "stsb",
            "STS-B",
            _PAIR,
            ("",),
            ("pearson_spearman", "pearson", "spearman"),
            "how alike are two sentences, 0 to 5",
            _L(_PAIR, "score"),
        ),
        GlueTask(
            "mnli",
            "MNLI",
            ("premise", "hypothesis"),
            ("entailment", "neutral", "contradiction"),
            _ACCURACY,
            "does a text entail another, in ten genres",
            _L(_PAIR, "gold_label", validation="dev_matched", extra={"mismatched": "dev_mismatched"}),
            "validation_matched",
            {"mismatched": "validation_mismatched"},
        ),
        GlueTask(
            "qnli",
            "QNLI",
            ("question", "sentence"),
            _ENTAILMENT,
            _ACCURACY,
            "does a sentence answer a question",
            _L(("question", "sentence"), "label"),
        ),
        GlueTask("rte", "RTE", _PAIR, _ENTAILMENT, _ACCURACY, "does a text entail another", _L(_PAIR, "label")),
        GlueTask(
            "wnli",
            "WNLI",
            _PAIR,
            ("not_entailment", "entailment"),
            _ACCURACY,
            "does a sentence resolve a pronoun rightly",
            _L(_PAIR, "label"),
        ),
    )
}


def info(task: GlueTask) -> TaskInfo:
    """The task's line in the list of tasks."""
    source = "the Hugging Face Hub (nyu-mll/glue), or --data-dir with GLUE's TSV folders"
    licence = "research use; each corpus has a licence of its own, see gluebenchmark.com"
    return TaskInfo(f"glue/{task.name}", task.kind, task.metrics[0], source, licence, task.about)


def load_glue(spec: TaskSpec, task: GlueTask) -> Task:
    """A GLUE task from ``--data-dir``, from a cache on this machine, or from the Hub.

    Raises:
        AutotuneError: columns or kind are named (the task has its own), the folder lacks the task, or the Hub is out of
            reach.
    """
    for given, flag in (
        (spec.text_columns, "--text-column"),
        (spec.label_column, "--label-column"),
        (spec.kind, "--task-kind"),
    ):
        if given:
            raise AutotuneError(f"{spec.name} has columns of its own; {flag} does not apply", f"leave out {flag}")
    wanted = {"train": "train", "held_out": task.validation, **(task.extra or {})}
    if spec.data_dir:
        tables = _from_folder(Path(spec.data_dir).expanduser(), task)
    else:
        tables = hub.glue_tables(task.name, tuple(wanted.values()), spec.offline)
    missing = [s for s in wanted.values() if s not in tables]
    if missing:
        raise AutotuneError(
            f"{spec.name} lacks the split {missing[0]!r}; found are {', '.join(tables)}",
            f"name GLUE's folder that holds {task.folder}/train.tsv with --data-dir",
        )
    notes: list[str] = []
    splits: dict[str, Split] = {}
    for name, source in wanted.items():
        table = with_names(tables[source], task)
        label = table.find("label", "--data-dir")
        cells.check_present(table.columns[label], label, table.source)
        splits[name], dropped = to_split(table, name, task.texts, label, task.kind, task.labels)
        notes += [*table.notes, *dropped]
    extra = {name: splits[name] for name in task.extra or {}}
    raw = Raw(task.kind, task.labels, splits["train"], splits["held_out"], task.metrics, extra, tuple(notes))
    return build(replace(spec, name=f"glue/{task.name}"), raw)


def _from_folder(root: Path, task: GlueTask) -> Mapping[str, Table]:
    if not root.is_dir():
        raise AutotuneError(f"--data-dir {root} is no folder", "name the folder that holds GLUE's TSV folders")
    folder = _find(root, task)
    files = {p.name.casefold(): p for p in folder.iterdir()}
    if "train.tsv" in files:
        return glue_tsv.read_splits(folder, task.tsv, task.texts, task.labels, task.validation, task.extra or {})
    wanted = ("train", task.validation, *(task.extra or {}).values())
    return {name: read_part(paths) for name, paths in find_parts(folder).items() if name in wanted}


def with_names(table: Table, task: GlueTask) -> Table:
    """The table with its class numbers read in GLUE's order, also where the file does not name the classes."""
    return replace(table, label_names={"label": task.labels} if task.kind == CLASSIFICATION else {})


def _find(root: Path, task: GlueTask) -> Path:
    """The task's folder below ``root``, or ``root`` itself."""

    def plain(name: str) -> str:
        return name.casefold().replace("-", "").replace("_", "")

    for place in (root, *(p for p in sorted(root.iterdir()) if plain(p.name) in ("glue", "gluedata"))):
        for path in sorted(p for p in place.iterdir() if p.is_dir()) if place.is_dir() else ():
            if plain(path.name) == task.name:
                return path
    if plain(root.name) == task.name or (root / "train.tsv").exists() or "train" in find_parts(root):
        return root
    inside = ", ".join(sorted(p.name for p in root.iterdir() if p.is_dir())[:12]) or "no folders"
    raise AutotuneError(
        f"{root} has no folder for glue/{task.name} (it holds {inside})",
        f"put GLUE's {task.folder}/train.tsv there, or leave out --data-dir to read from the Hub",
    )
