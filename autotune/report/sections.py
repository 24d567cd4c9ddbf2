"""What a report says, from what was asked to what would repeat it."""

from __future__ import annotations

import datetime
from importlib.metadata import version

from autotune.report.blocks import Block, Code, Document, Section, Table, Text
from autotune.report.found import front, mattered, scores, winner
from autotune.report.gathered import Gathered
from autotune.report.pictures import curves_picture, front_picture, spending_picture
from autotune.report.repeating import commands, study_file
from autotune.report.verdict import verdict
from autotune.words import duration


def document(found: Gathered, *, pictures: bool = True) -> Document:
    """The report of a study.

    Args:
        found: the study.
        pictures: whether whatever it is written as can show them.
    """
    sections = [
        Section("What was asked", [_asked(found)]),
        Section(
            "What was spent",
            [*_spent(found), *([spending_picture(found)] if pictures and found.results.entries else [])],
        ),
        Section("The front", [*([front_picture(found)] if pictures else []), *front(found)]),
        Section("The winner against the controls", [*winner(found), *scores(found)]),
        Section("Curves", [curves_picture(found)] if pictures else []),
        Section("What mattered", mattered(found)),
        Section("Failures", _failures(found)),
        Section("Environment", [_environment(found)]),
        Section("Repeat it", _repeat(found)),
    ]
    made = datetime.datetime.fromtimestamp(found.row.updated, datetime.UTC)
    return Document(
        title=f"{found.row.name}: {_short(found.task.task)} with {_short(found.model.model)}",
        summary=[Text(text, loud=i == 0) for i, text in enumerate(verdict(found))],
        sections=[s for s in sections if s.blocks],
        foot=f"autotune {version('autotune')}, study as of {made:%Y-%m-%d %H:%M} UTC",
    )


def _short(name: str) -> str:
    return name.rpartition("/")[2] if name.startswith(("/", "~")) else name


def _asked(found: Gathered) -> Table:
    spec, task, row = found.spec, found.task, found.row
    goals = ", ".join(f"{o.name} ({o.direction})" for o in found.results.objectives)
    sizes = f"{task.train:,} training, {task.selection:,} selection, {task.held_out:,} held-out examples"
    levels = " → ".join(f"{level:,}" for level in row.levels)
    why = row.environment.get("chosen_for", "")
    chosen = f"; chosen for {why}" if why else ""
    rows = [
        ("task", f"{_short(task.task)}: {sizes}"),
        ("model", f"{_short(found.model.model)}: {found.model.total_params:,} parameters, {found.model.layers} layers"),
        ("space", f"{spec.space.get('name', 'its own')}, {len(spec.space.get('parameters', {}))} parameters"),
        ("objectives", goals),
        ("constraints", ", ".join(spec.constraints) or "none"),
        ("budget", ", ".join(found.history.budget.to_list()) or ", ".join(spec.budget)),
        ("strategy", f"{spec.searcher} + {spec.scheduler}, seed {spec.seed}{chosen}"),
        ("rungs", f"{levels} examples; a full training is {row.full / task.train:.3g} epochs"),
        ("controls", ", ".join(spec.controls) or "none"),
    ]
    return Table(("", "asked"), rows)


def _spent(found: Gathered) -> list[Block]:
    from autotune.insight import savings, spending

    history = found.history
    states = ", ".join(f"{n} {state}" for state, n in found.results.states.items()) or "no trials"
    saved = savings(history, found.actions, found.results.objectives)
    budget = history.budget.device_seconds
    within = f" of the {duration(budget)} allowed" if budget else ""
    total = f"{duration(history.device_seconds)} of device time{within}, {duration(found.row.elapsed)} on the clock"
    said = f"{total}. Trials: {states}. The study is {found.row.status.value}"
    said += f": {found.row.message}." if found.row.message else "."
    by_use = spending(history).groupby("use", sort=False)["device_seconds"].sum()
    whole = float(by_use.sum()) or 1.0
    rows = [(str(use), duration(float(s)), f"{float(s) / whole:.3f}") for use, s in by_use.items()]
    table = Table(("use", "device time", "share"), rows, frozenset({"device time", "share"}), bars="share")
    return [Text(said), table, *([Text(f"Early stopping: {saved}.")] if saved.partial else [])]


def _failures(found: Gathered) -> list[Block]:
    if not found.failures:
        return []
    rows = [(str(f.trial), f.kind, f.message.splitlines()[0] if f.message else "") for f in found.failures[:20]]
    more = [Text(f"and {len(found.failures) - 20} more")] if len(found.failures) > 20 else []
    return [Table(("trial", "kind", "what happened"), rows, frozenset({"trial"})), *more]


def _environment(found: Gathered) -> Table:
    environment, speed = found.row.environment, found.speed
    packages = ", ".join(f"{name} {number}" for name, number in environment.get("packages", {}).items())
    rows = [
        ("device", f"{speed.device}, {speed.precision}, {speed.threads} threads"),
        ("speed", f"{speed.train_examples_per_second:.0f} examples/s in training, "
                  f"{speed.evaluate_examples_per_second:.0f} in evaluation"),
        ("processor", f"{environment.get('processor', 'unknown')}, {environment.get('cores', '?')} cores"),
        ("platform", f"{environment.get('platform', 'unknown')}, Python {environment.get('python', '?')}"),
        ("packages", packages or "not recorded"),
        ("data", f"digest {found.task.digest[:16]}…: another study with the same one saw the same examples"),
    ]  # fmt: skip
    return Table(("", "the study ran on"), rows)


def _repeat(found: Gathered) -> list[Block]:
    best = found.results.winner
    said = (
        "With a budget in trials, fixed precision and threads, no timed objective and one worker the same study comes "
        "out on a CPU to the bit; a time budget ends where the machine's speed lets it. The decisions recorded are "
        "replayed exactly in any case."
    )
    name = found.row.name
    return [
        Code(commands(found.spec, name, best.trial if best else None)),
        Text(said),
        Code(study_file(found.spec), f"{name}.yaml"),
    ]
