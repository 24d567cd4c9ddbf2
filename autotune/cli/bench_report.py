"""What ``autotune bench`` prints."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from autotune.cli.output import echo, echo_table

if TYPE_CHECKING:
    from autotune.bench.comparing import Line, Outcome, Wanted
    from autotune.strategies.auto import Choice


_MUCH = 0.2
"""Of a budget left unspent; what a further training would not fit into is less."""


def print_one(name: str, wanted: Wanted, figures: list[Line]) -> None:
    """A benchmark, what a score and a cost are in it, and its table."""
    from autotune.bench.comparing import scaled

    scale = scaled(name, wanted.data)
    about = getattr(scale.prepared.benchmark, "about", "")
    echo(f"{name}{': ' if about else ''}{about}")
    unit = " s" if scale.prepared.seconds else ""
    devices = f", {wanted.workers} devices" if wanted.workers > 1 else ""
    echo(
        f"one full training costs {scale.one:,.4g}{unit}; the budget is {wanted.budget:g} of them{devices}; "
        f"a score of 1 is {scale.to}; {wanted.seeds} seed{'s' * (wanted.seeds > 1)}"
    )
    for strategy, choice in _chosen(name, wanted).items():
        echo(f"{strategy} is {choice.name} here, for {choice.reason}")
    table(wanted, figures)
    for line in figures:
        if line.failed:
            echo(f"{line.searcher}: {line.failed:,} of {line.pieces:,} pieces of training failed")
        if line.left > _MUCH:
            echo(f"{line.searcher} ended with {line.left:.0%} of the budget unspent")


def _chosen(name: str, wanted: Wanted) -> dict[str, Choice]:
    """What was left to choose, by strategy."""
    from autotune.bench.comparing import scaled
    from autotune.bench.peers import is_peer
    from autotune.bench.simulate import optimizer_of

    scale = scaled(name, wanted.data)
    asked = [s for s in wanted.searchers if not is_peer(s)]
    made = {s: optimizer_of(scale.prepared, s, 0, wanted.budget * scale.one, wanted.budget).chosen for s in asked}
    return {strategy: choice for strategy, choice in made.items() if choice.reason}


def table(wanted: Wanted, figures: list[Line]) -> None:
    """A line for each searcher."""
    from autotune.bench.comparing import NEAR, SHARES

    at = [f"at {share * wanted.budget:g}" for share in SHARES]
    header = ["strategy", *at, f"cost of {NEAR:g}", "wins", "losses", "thinking"]
    echo_table(header, [_row(line, wanted) for line in figures], right=header[1:])
    echo()


def _row(line: Line, wanted: Wanted) -> list[str]:
    against = ["-", "-"] if line.searcher == wanted.searchers[0] else [str(line.wins), str(line.losses)]
    return [
        line.searcher,
        *(f"{mean:.3f} ± {error:.3f}" for mean, error in line.scores),
        f"{line.near:.1f}" if math.isfinite(line.near) else f"> {wanted.budget:g}",
        *against,
        f"{_seconds(line.thinking[0])}, max {_seconds(line.thinking[1])}",
    ]


def _seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.2f} s"


def data_of(
    wanted: Wanted, outcomes: list[Outcome], figures: dict[str, list[Line]], overall: list[Line]
) -> dict[str, Any]:
    """Everything as JSON-able data; costs are in full trainings, ``full_training`` in the benchmark's own units."""
    from autotune.bench.comparing import SHARES, scaled

    told = {}
    for name, of_one in figures.items():
        scale = scaled(name, wanted.data)
        told[name] = {
            "about": getattr(scale.prepared.benchmark, "about", ""),
            "full_training": scale.one,
            "score_of_1": scale.to,
            "chosen": {strategy: asdict(choice) for strategy, choice in _chosen(name, wanted).items()},
            "strategies": [_line_data(line) for line in of_one],
        }
    return {
        "budget": wanted.budget,
        "seeds": wanted.seeds,
        "workers": wanted.workers,
        "shares": SHARES,
        "benchmarks": told,
        "overall": [_line_data(line) for line in overall],
        "runs": [vars(o) for o in outcomes],
    }


def _line_data(line: Line) -> dict[str, Any]:
    return {
        "strategy": line.searcher,
        "scores": [{"mean": mean, "error": error} for mean, error in line.scores],
        "cost_of_95_percent": line.near,
        "reached": line.reached,
        "wins": line.wins,
        "losses": line.losses,
        "failed_pieces": line.failed,
        "pieces": line.pieces,
        "unspent": line.left,
        "thinking_seconds": {"median": line.thinking[0], "max": line.thinking[1]},
    }
