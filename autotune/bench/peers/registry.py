"""Peers by name."""

from __future__ import annotations

from collections.abc import Callable

from autotune.bench.peers.external import External
from autotune.bench.peers.optuna_full import OptunaFull, gp, nsga2, plain_tpe, random, tpe
from autotune.bench.peers.optuna_hyperband import OptunaHyperband
from autotune.bench.prepared import Prepared
from autotune.bench.simulate import Asker, Run, drive
from autotune.errors import AutotuneError
from autotune.near import did_you_mean

INSTALLED: dict[str, Callable[[Prepared, int], Asker]] = {
    "optuna-random": lambda problem, seed: OptunaFull(problem, seed, random),
    "optuna-nsga2": lambda problem, seed: OptunaFull(problem, seed, nsga2),
    "optuna-tpe": lambda problem, seed: OptunaFull(problem, seed, tpe),
    "optuna-tpe-plain": lambda problem, seed: OptunaFull(problem, seed, plain_tpe),
    "optuna-gp": lambda problem, seed: OptunaFull(problem, seed, gp),
    "optuna-hyperband": OptunaHyperband,
}
"""Peers that run here: Optuna at full fidelity, and its TPE + Hyperband on the first learnt objective alone."""
EXTERNAL = {
    "syne-tune-moasha": (("worker_syne_tune.py",), "syne-tune==0.16.0"),
    "neps-moasha": (("worker_neps.py", "moasha"), "neural-pipeline-search==0.17.0"),
    "neps-mo-hyperband": (("worker_neps.py", "mo_hyperband"), "neural-pipeline-search==0.17.0"),
}
"""Peers that need an environment of their own: the script that answers there, and what to install."""


def is_peer(name: str) -> bool:
    """Whether another tool has that name."""
    return name in INSTALLED or name in EXTERNAL


def check_peer(name: str) -> None:
    """Refuse a name that no peer has.

    Raises:
        AutotuneError: with near matches.
    """
    if not is_peer(name):
        raise AutotuneError(f"unknown peer {name!r}", did_you_mean(name, [*INSTALLED, *EXTERNAL], "peers"))


def simulate_peer(
    problem: Prepared,
    name: str,
    budget: float,
    seed: int,
    workers: int = 1,
    *,
    python: str | None = None,
    charge_thinking: bool | None = None,
) -> Run:
    """Run another tool until the budget of cost is spent, as ``simulate`` runs a strategy.

    Args:
        problem: the benchmark.
        name: of the peer.
        budget: in the benchmark's units of cost.
        seed: of the tool.
        workers: devices.
        python: the interpreter of the tool's own environment, for one that needs it.
        charge_thinking: as in ``simulate``.

    Raises:
        AutotuneError: there is no such peer, or its environment is missing.
    """
    check_peer(name)
    run = Run(name, seed, budget, workers)
    if name in INSTALLED:
        return drive(problem, INSTALLED[name](problem, seed), run, charge_thinking=charge_thinking)
    script, package = EXTERNAL[name]
    if python is None:
        raise AutotuneError(
            f"peer {name} runs in an environment of its own",
            f"python -m venv peer && peer/bin/pip install {package}, then add --peer-python {name}=peer/bin/python",
        )
    with External(problem, seed, python, script) as peer:
        return drive(problem, peer, run, charge_thinking=charge_thinking)
