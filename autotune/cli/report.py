"""What a study says when it ends, and what ``pareto`` and ``show`` print of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autotune.cli.output import echo, echo_table, program
from autotune.facts import ModelFacts
from autotune.methods.difference import Difference, from_default
from autotune.objectives import Objective
from autotune.results import Entry, StudyResults, better_controls
from autotune.trial import TrialKind
from autotune.words import describe, figure, known_costs, score_rows, value_text

if TYPE_CHECKING:
    from autotune.history import History
    from autotune.store import StudyRow


def print_report(study: StudyRow, history: History, found: StudyResults, store: str) -> None:
    """Front, winner, scores beside the controls', and the commands that come next.

    Args:
        study: as stored.
        history: of the study.
        found: its results.
        store: what the commands need to find the store, such as `` --store x.db``.
    """
    if not found.entries:
        _print_nothing(study, history, found, store)
        return
    searched = len(history.trials)
    echo(f"Front of {study.name}: {len(found.front)} of {len(found.entries)} configurations trained in full, "
         f"{searched} trials in all")  # fmt: skip
    print_entries(found.front, found.objectives)
    if found.winner is not None:
        print_winner(study, found)
    echo()
    print_scores(found)
    if found.failures:
        echo()
        echo("failed trials: " + ", ".join(f"{n} {kind}" for kind, n in found.failures.items()))
    _print_next(study.name, found, store)


def print_entries(entries: Sequence[Entry], objectives: Sequence[Objective]) -> None:
    """A table of configurations with their objectives; means over seeds on the selection part."""
    names = [o.name for o in objectives]
    primary = names[0]
    header = ["trial", "configuration", *names, f"held-out {primary}", "seeds"]
    rows = [
        [
            str(e.trial),
            describe(e.config) + (" (control)" if e.kind is TrialKind.CONTROL else ""),
            *(figure(n, e.values[n].mean if n in e.values else None) for n in names),
            figure(primary, e.held_out[primary].mean if primary in e.held_out else None),
            str(e.seeds),
        ]
        for e in entries
    ]
    echo_table(header, rows, right=["trial", *names, f"held-out {primary}", "seeds"])


def print_winner(study: StudyRow, found: StudyResults) -> None:
    """The winner and what it sets otherwise than its method's defaults."""
    winner = found.winner
    if winner is None:
        return
    echo()
    echo(f"Winner: trial {winner.trial}, {describe(winner.config)} ({known_costs(winner.known)})")
    if better := better_controls(found):
        names = " and ".join(better)
        echo(f"But {names} did better on the selection part: within this budget the search found nothing better.")
    method = str(winner.config.get("method"))
    differences = from_default(winner.config, ModelFacts.from_dict(study.facts["model"]))
    if differences:
        print_differences(differences, "winner", f"default {method}")
    else:
        echo(f"it is the default {method}")


def print_differences(differences: Sequence[Difference], one: str, other: str) -> None:
    """A table of settings with two values each."""
    rows = [[d.name, value_text(d.value), value_text(d.other)] for d in differences]
    echo_table(["setting", one, other], rows)


def print_scores(found: StudyResults) -> None:
    """Selection and held-out scores of the winner beside the controls', with deviation and number of seeds."""
    primary = found.primary.name
    selection, held_out = f"selection {primary}", f"held-out {primary}"
    header = ["", "trial", "trainable_params", selection, held_out, "seeds"]
    echo_table(header, score_rows(found), right=["trial", "trainable_params", "seeds"])
    scored = "was scored once, at the end" if any(e.held_out for _, e in found.named) else "has not been scored yet"
    echo(f"the selection part chose; the held-out split {scored}; counts are without the head")


def _print_next(study: str, found: StudyResults, store: str) -> None:
    echo()
    echo("Next:")
    echo(f"  {program()} pareto {study}{store}")
    echo(f"  {program()} report {study} --out {study}.html{store}")
    if found.winner is not None:
        echo(f"  {program()} show {study}/{found.winner.trial} --diff default{store}")
        echo(f"  {program()} export {study} --out exports/{study}{store}")
        echo(f"  {program()} train exports/{study}")


def _print_nothing(study: StudyRow, history: History, found: StudyResults, store: str) -> None:
    failed = ", ".join(f"{n} {kind}" for kind, n in found.failures.items())
    states = ", ".join(f"{n} {state}" for state, n in found.states.items()) or "none was started"
    echo(f"{study.name}: no trial was trained in full (trials: {states})")
    if failed:
        first = min((t.number for t in history.trials.values() if t.failure), default=0)
        echo(f"failed trials: {failed}; see why: autotune show {study.name}/{first}{store}")
    else:
        echo(f"go on with a larger budget: autotune resume {study.name} --budget +20cpu-min{store}")


def results_json(study: StudyRow, found: StudyResults) -> dict[str, Any]:
    """The front in the form of ``autotune pareto --json``, with winner, controls and failures."""
    return front_json(study.name, found) | {
        "winner": found.winner.to_dict() if found.winner else None,
        "controls": {name: entry.to_dict() for name, entry in found.controls.items()},
        "failures": dict(found.failures),
    }


def front_json(name: str, found: StudyResults, entries: Sequence[Entry] | None = None) -> dict[str, Any]:
    """A front as JSON-able data, its keys exactly ``study``, ``objectives`` and ``front``."""
    return {
        "study": name,
        "objectives": [{"name": o.name, "direction": o.direction} for o in found.objectives],
        "front": [entry.to_dict() for entry in (found.front if entries is None else entries)],
    }
