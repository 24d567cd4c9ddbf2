"""The README of an export: figures, commands, and how to load the adapter."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from autotune.export.chosen import Chosen, untrained
from autotune.export.snippets import loading
from autotune.export.training_file import TrainingFile
from autotune.facts import ModelFacts
from autotune.methods.difference import from_default
from autotune.results import Entry, Stat, StudyResults
from autotune.trial import Trial


def readme(chosen: Chosen, out: Path) -> str:
    """The text of an export's README.

    Args:
        chosen: the trial exported; where it has a checkpoint its adapter is in the folder.
        out: where the folder is to be, as the user named it.
    """
    trial, results, file, adapter = chosen.trial, chosen.results, chosen.file, chosen.checkpoint is not None
    parts = [
        f"# {file.title}: {file.config['method']} on {_task_name(file)}",
        f"{_standing(trial, results)} `{file.study}`, for the model `{file.model}`, exported by autotune "
        f"{version('autotune')}. `training.yaml` holds every value that it was trained with.",
        "\n".join(_settings(trial, chosen.facts)),
        "## Figures",
        "\n".join(_figures(trial, results)),
        "## The adapter",
        _adapter(trial, results, file, adapter),
        "## Train it",
        _commands(out),
        "## Load it",
        loading(file, out, adapter=adapter),
    ]
    return "\n\n".join(parts) + "\n"


def _task_name(file: TrainingFile) -> str:
    path = Path(file.task.name)
    return path.name if path.is_absolute() else file.task.name


def _standing(trial: Trial, results: StudyResults) -> str:
    won = results.winner is not None and trial.number in results.winner.trials
    return "The winner of study" if won else "A configuration from study"


def _settings(trial: Trial, facts: ModelFacts) -> Iterator[str]:
    method = trial.config.get("method")
    differences = from_default(trial.config, facts)
    if not differences:
        yield f"It is the default `{method}`."
        return
    yield f"What it sets otherwise than the default `{method}`:\n"
    yield "| setting | here | default |"
    yield "|---|---|---|"
    for d in differences:
        yield f"| {d.name} | {_value(d.value)} | {_value(d.other)} |"


def _figures(trial: Trial, results: StudyResults) -> Iterator[str]:
    entry, primary = results.entry(trial.number), results.primary.name
    if entry is None:
        point = trial.curve[-1] if trial.curve else None
        yield f"The trial is {trial.state.value} after {trial.examples_seen:,} examples; it has no final score."
        if point is not None and primary in point.metrics:
            yield f"Its last {primary} on the selection part was {point.metrics[primary]:.4f}."
        return
    rows = [("**this configuration**", entry), *((f"control `{n}`", e) for n, e in results.controls.items())]
    yield f"| | trained parameters | with the head | {primary}, selection | {primary}, held out | seeds |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, e in [row for i, row in enumerate(rows) if i == 0 or row[1] is not entry]:
        yield (
            f"| {name} | {_count(e, 'trainable_params')} | {_count(e, 'total_trained')} | "
            f"{_stat(e.values.get(primary))} | {_stat(e.held_out.get(primary))} | {e.seeds} |"
        )
    yield ""
    yield "Mean ± standard deviation over seeds. The selection part, cut from the training data, chose the winner;"
    yield "the held-out split was scored once, at the end, and chose nothing."
    others = {n: s for n, s in {**entry.metrics, **entry.values}.items() if n not in (primary, "trainable_params")}
    if others:
        yield ""
        yield "| other figures | selection or cost | held out |"
        yield "|---|---:|---:|"
        for name, stat in others.items():
            yield f"| {name} | {_stat(stat)} | {_stat(entry.held_out.get(name))} |"


def _adapter(trial: Trial, results: StudyResults, file: TrainingFile, adapter: bool) -> str:
    if not adapter:
        return (
            f"There is none in this folder: {untrained(trial)}. Train the configuration with the first command below."
        )
    entry, primary = results.entry(trial.number), results.primary.name
    said = [
        f"`adapter_model.safetensors` holds the weights of trial {trial.number} (seed {trial.seed}) with its "
        "classification head, in fp32, as the study trained them, on the training part without the selection part."
    ]
    if entry is not None and entry.seeds > 1:
        own = [f"{v:.4f} {where}" for v, where in ((trial.value(primary), "on the selection part"),) if v is not None]
        own += [f"{trial.held_out[primary]:.4f} held out"] if trial.held_out and primary in trial.held_out else []
        which = "the first" if trial.number == entry.trial else "one"
        said.append(f"It is {which} of {entry.seeds} seeds; alone it scored {primary} {' and '.join(own)}.")
    if file.precision != "fp32":
        said.append(
            f"The study computed in {file.precision}: in fp32 the logits differ from the study's in the third digit."
        )
    return " ".join(said)


def _commands(out: Path) -> str:
    here = shlex.quote(str(out))
    return f"""At full length on all training data, the selection part included; the adapter goes to `runs/`:

    autotune train {here}

On the study's training part, with its seed, precision and threads; on a CPU this reaches the study's scores exactly:

    autotune train {here} --as-studied"""


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:.4g}" if isinstance(value, float) else "–" if value is None else str(value)


def _count(entry: Entry, name: str) -> str:
    return f"{entry.known[name]:,.0f}" if name in entry.known else "–"


def _stat(stat: Stat | None) -> str:
    if stat is None:
        return "–"
    mean = f"{stat.mean:,.0f}" if abs(stat.mean) >= 1000 else f"{stat.mean:.4f}"
    exact = stat.sd is None or (stat.sd == 0 and stat.mean == int(stat.mean))
    return mean if exact else f"{mean} ± {stat.sd:.4f}"
