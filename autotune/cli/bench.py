"""``autotune bench``."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.bench_report import data_of, print_one, table
from autotune.cli.options import Json
from autotune.cli.output import echo, echo_json, progress
from autotune.errors import AutotuneError

if TYPE_CHECKING:
    from autotune.bench.comparing import Wanted

Benchmarks = Annotated[
    list[str] | None,
    typer.Option(
        "--benchmark",
        metavar="NAME",
        help="synthetic/peft, peft-curves/NAME, lcbench/INSTANCE, taskset/TASK, a recording's .csv.gz file, or "
        "package.module:Class; repeatable.  [default: synthetic/peft]",
    ),
]
Strategies = Annotated[
    list[str] | None,
    typer.Option(
        "--strategy",
        metavar="NAME",
        help="SEARCHER+SCHEDULER such as tpe+asha; repeatable, the first is what the others are counted against.",
    ),
]
Peers = Annotated[
    list[str] | None, typer.Option("--peer", metavar="NAME", help="Another tool: optuna-tpe and more; repeatable.")
]
Pythons = Annotated[
    list[str] | None,
    typer.Option("--peer-python", metavar="PEER=PYTHON", help="The interpreter of a peer's own environment."),
]
Seeds = Annotated[int, typer.Option("--seeds", metavar="N", min=1, help="Runs of each strategy.")]
BudgetOption = Annotated[float, typer.Option("--budget", metavar="NUMBER", help="Of each run, in full trainings.")]
Workers = Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Virtual devices of each run.")]
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", min=1, help="Runs simulated at the same time.")]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Folder with lcbench/, taskset/, ...")]
Thinking = Annotated[
    bool | None,
    typer.Option(
        "--charge-thinking/--free-thinking",
        help="Put the seconds of each decision on the clock.  [default: where costs are seconds]",
    ),
]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw score over cost: .png, .svg or .pdf.")]

_DEFAULT = ("random+fifo", "tpe+fifo", "tpe+asha", "auto")


def command(
    benchmark: Benchmarks = None,
    strategy: Strategies = None,
    peer: Peers = None,
    peer_python: Pythons = None,
    seeds: Seeds = 5,
    budget: BudgetOption = 30.0,
    workers: Workers = 1,
    jobs: Jobs = 1,
    data: Data = None,
    charge_thinking: Thinking = None,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Judge strategies on trainings that are recorded or computed, side by side with other tools. Nothing is trained.

    The score is the hypervolume of what was trained in full, relative to the best known front (or to 800 random
    trainings where none is known).

    autotune bench --benchmark synthetic/peft --strategy random+fifo --strategy tpe+asha --seeds 5 --plot bench.svg
    """
    from autotune.bench.comparing import Wanted, compare, lines, scaled
    from autotune.bench.names import expand

    if not (budget > 0 and math.isfinite(budget)):
        raise AutotuneError(f"--budget {budget:g} holds no training", "write for example: --budget 30")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # a benchmark of one's own may lie where one stands
    names = [name for text in benchmark or ["synthetic/peft"] for name in expand(text)]
    wanted = Wanted(
        list(dict.fromkeys(names)),
        _searchers(strategy, peer),
        seeds,
        budget,
        workers,
        data,
        _pythons(peer_python or ()),
        charge_thinking,
    )
    _check_plot(plot)
    for name in wanted.benchmarks:
        scaled(name, data)  # refuse early what cannot be loaded
    _check_strategies(wanted)
    outcomes = compare(wanted, jobs, progress)
    figures = {name: lines([o for o in outcomes if o.benchmark == name], wanted) for name in wanted.benchmarks}
    overall = lines(outcomes, wanted)
    if plot is not None:
        from autotune.bench.plot import plot as draw

        draw(outcomes, wanted, plot)
    if as_json:
        echo_json(data_of(wanted, outcomes, figures, overall))
        return
    for name, of_one in figures.items():
        print_one(name, wanted, of_one)
    if len(figures) > 1:
        echo(f"all {len(figures)} benchmarks")
        table(wanted, overall)
    if plot is not None:
        echo(f"{plot}: score over cost")


def _searchers(strategies: list[str] | None, peers: list[str] | None) -> list[str]:
    from autotune.bench.peers import check_peer, is_peer

    chosen = list(strategies or ([] if peers else _DEFAULT))
    for name in chosen:
        if is_peer(name):
            raise AutotuneError(f"{name!r} is another tool, no strategy", f"write: --peer {name}")
    for name in peers or ():
        check_peer(name)
    return list(dict.fromkeys([*chosen, *(peers or ())]))


def _check_strategies(wanted: Wanted) -> None:
    from autotune.bench.comparing import scaled
    from autotune.bench.peers import is_peer
    from autotune.bench.simulate import optimizer_of

    for name in wanted.searchers:
        if not is_peer(name):
            optimizer_of(scaled(wanted.benchmarks[0], wanted.data).prepared, name, 0, wanted.budget)


def _pythons(given: list[str] | tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in given:
        name, _, python = text.partition("=")
        if not name or not python:
            raise AutotuneError(
                f"--peer-python {text!r} is not of the form PEER=PYTHON", "write: NAME=/path/to/its/bin/python"
            )
        found[name] = python
    return found


def _check_plot(plot: Path | None) -> None:
    if plot is None:
        return
    from autotune.pictures.canvas import check_place

    check_place(plot)
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise AutotuneError("a plot needs matplotlib, which is not installed", "pip install 'autotune[bench]'")
