"""``autotune status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from autotune.cli.options import Json, Store
from autotune.cli.output import echo, echo_json, echo_table
from autotune.words import describe, duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autotune.decision import Action
    from autotune.history import History
    from autotune.store import StudyRow
    from autotune.strategies.savings import Savings

Which = Annotated[str | None, typer.Argument(metavar="STUDY", help="One study; all of them without a name.")]


def command(study: Which = None, store: Store = None, as_json: Json = False) -> None:
    """Say how far studies are."""
    from autotune.cli.stores import opened
    from autotune.strategies.curve_stop import AUDIT

    with opened(store) as found:
        rows = [found.study(study)] if study else found.studies()
        states = [(row, found.outline(row.id)) for row in rows]
        actions = [d.action for d in found.decisions(rows[0].id, AUDIT)] if study else []
        if actions:  # where trials were stopped by their curves, the ends of those that went on are looked at
            states = [(rows[0], found.history(rows[0].id))]
    data = [summary(row, history) for row, history in states]
    if as_json:
        echo_json(data[0] | _savings(*states[0], actions) if study else data)
    elif study:
        print_study(*states[0])
        if states[0][1].trials:
            echo(f"saved        {_saved(*states[0], actions)}")
    elif data:
        _print_all(data)
    else:
        echo("no studies yet; begin one with: autotune search demo")


def summary(row: StudyRow, history: History) -> dict[str, Any]:
    """A study's state as JSON-able data."""
    return {
        "study": row.name,
        "status": str(row.status),
        "running": row.alive,
        "message": row.message,
        "task": row.spec["task"]["name"],
        "model": row.spec["model"],
        "strategy": f"{row.spec['searcher']}+{row.spec['scheduler']}",
        "chosen_for": row.environment.get("chosen_for", ""),
        "trials": dict(row.counts),
        "budget": history.budget.to_list(),
        "elapsed_seconds": row.elapsed,
        "device_seconds": history.device_seconds,
        "device_seconds_by_kind": dict(history.spent),
        "under_way": [t.number for t in history.running],
    }


def _saved(row: StudyRow, history: History, actions: Sequence[Action]) -> Savings:
    from autotune.results import objectives_of
    from autotune.strategies.savings import savings

    return savings(history, actions, objectives_of(row))


def _savings(row: StudyRow, history: History, actions: Sequence[Action]) -> dict[str, Any]:
    """What training in part saved, as JSON-able data."""
    if not history.trials:
        return {}
    found = _saved(row, history, actions)
    stopping = {"stopped": found.stopping.stopped, "stopped_device_seconds": found.stopping.saved}
    audits = {"audits": found.stopping.audits, "audits_on_front": found.stopping.on_front}
    own = {"partial": found.partial, "device_seconds": found.saved, "factor": found.factor}
    return {"savings": own | stopping | audits}


def _trials(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in counts.items()) or "none"


def _print_all(data: list[dict[str, Any]]) -> None:
    rows = [
        [d["study"], d["status"], d["task"], d["model"], _trials(d["trials"]), duration(d["device_seconds"])]
        for d in data
    ]
    echo_table(["study", "status", "task", "model", "trials", "device time"], rows, right=["device time"])


def _standing(row: StudyRow) -> str:
    """The status in words; a controller that was killed could not change it."""
    if row.status in ("running", "stopping") and not row.alive:
        return "killed: its controller is gone, what it recorded is safe"
    return row.message if row.message.startswith(row.status) else ": ".join(filter(None, (row.status, row.message)))


def print_study(row: StudyRow, history: History) -> None:
    """A study's state in a few lines."""
    data = summary(row, history)
    echo(f"study        {row.name}, {_standing(row)}")
    echo(f"task         {data['task']} with {data['model']}")
    chosen = f" (chosen for {data['chosen_for']})" if data["chosen_for"] else ""
    echo(f"strategy     {data['strategy'].replace('+', ' + ')}{chosen}")
    echo(f"budget       {history.budget}")
    spent = ", ".join(f"{kind} {duration(s)}" for kind, s in history.spent.items())
    echo(f"device time  {duration(history.device_seconds)} ({spent or 'nothing yet'})")
    echo(f"elapsed      {duration(row.elapsed)}")
    echo(f"trials       {_trials(data['trials'])}")
    for trial in history.running:
        echo(f"under way    trial {trial.number}, {describe(trial.config)}, to {trial.target:,} examples")
    if not row.alive and row.status not in ("complete", "failed"):
        echo(f"go on with   autotune resume {row.name}")
