"""Optuna as a peer: on conditional spaces, pools, failures."""

import pytest
from helpers.recordings import recording

from autotune.bench.curves import RecordedCurves
from autotune.bench.peers import check_peer, simulate_peer
from autotune.bench.peers.registry import INSTALLED
from autotune.bench.prepared import identity, prepare
from autotune.bench.synthetic import Dtlz2, Peft
from autotune.errors import AutotuneError

QUICK = [name for name in INSTALLED if name != "optuna-gp"]


@pytest.mark.parametrize("name", INSTALLED)
def test_a_conditional_space(name):
    run = simulate_peer(prepare(Peft()), name, 600.0, 0)
    assert run.full
    assert 400 < run.spent <= 600


@pytest.mark.parametrize("name", QUICK)
def test_a_pool_is_used_up_and_nothing_is_trained_twice(name):
    problem = prepare(RecordedCurves(recording(12, failing=1), "made"))
    run = simulate_peer(problem, name, 1e4, 0, charge_thinking=False)
    assert run.trials == 12
    assert run.failed <= 1
    assert len({identity(f.config) for f in run.full}) == len(run.full)
    if name != "optuna-hyperband":
        assert len(run.full) == 11


def test_hyperband_trains_to_its_rungs_and_prunes():
    run = simulate_peer(prepare(Dtlz2()), "optuna-hyperband", 400.0, 1, workers=2)
    assert run.full
    assert run.trials > len(run.full)


def test_what_fails_is_told_as_failed():
    class Failing(Dtlz2):
        def evaluate(self, config, fidelity):
            return ({}, 1.0) if config["x0"] < 0.3 else Dtlz2.evaluate(self, config, fidelity)

    for name in QUICK:
        run = simulate_peer(prepare(Failing()), name, 500.0, 1)
        assert run.failed
        assert run.full


def test_the_same_seed_finds_the_same():
    one, two = (simulate_peer(prepare(Peft()), "optuna-tpe", 600.0, 3) for _ in range(2))
    assert one.full == two.full


def test_names_are_checked():
    with pytest.raises(AutotuneError, match="optuna-tpe"):
        check_peer("optuna-tp")
    with pytest.raises(AutotuneError, match="--peer-python syne-tune-moasha="):
        simulate_peer(prepare(Peft()), "syne-tune-moasha", 100.0, 0)
