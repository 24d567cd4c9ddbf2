"""What every searcher keeps, run over all that ship."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.flaky import Flaky, Tiny
from helpers.histories import failed, history_of, trial
from helpers.peft_like import PeftLike
from helpers.simulate import setting_of, simulate

from autotune.strategies.base import Searcher, Setting
from autotune.strategies.composed import Composed
from autotune.strategies.fifo import Fifo
from autotune.strategies.registry import SEARCHERS, make_strategy
from autotune.trial import FailureKind, TrialKind, TrialState, config_to_json

Make = Callable[[Setting], Searcher]


@pytest.mark.parametrize("make", SEARCHERS.values(), ids=SEARCHERS.keys())
class TestEverySearcher:
    def test_is_a_function_of_history_and_generator(self, make: Make) -> None:
        problem = PeftLike()
        setting = setting_of(problem)
        used = make(setting)
        done = simulate(Composed(used, Fifo(setting), setting), problem, trials=16, workers=2, seed=3)
        for history, decision in done.decisions[::5]:
            draws = [
                searcher.suggest(history, np.random.default_rng([3, decision.number]))
                for searcher in (used, make(setting))
            ]
            assert draws[0] == draws[1]
            assert draws[0].config == done.history.trials[decision.trial].config

    def test_proposes_nothing_refused_invalid_or_tried(self, make: Make) -> None:
        problem = Flaky()
        setting = setting_of(problem)
        done = simulate(Composed(make(setting), Fifo(setting), setting), problem, trials=40, workers=3)
        configs = [t.config for t in done.history.trials.values()]
        assert len({setting.identity(c) for c in configs}) == len(configs) == 40
        for config in configs:
            problem.space.validate(config)
            assert problem.refuse(config) is None

    def test_tries_the_enqueued_ones_first(self, make: Make) -> None:
        problem = Flaky()
        rng = np.random.default_rng(5)
        wanted = [problem.space.sample(rng) for _ in range(8)]
        setting = setting_of(problem, enqueued=[*wanted, wanted[0]])
        done = simulate(Composed(make(setting), Fifo(setting), setting), problem, trials=10)
        fitting = [c for c in wanted if problem.refuse(c) is None]
        assert 0 < len(fitting) < 8
        assert [t.config for t in done.history.trials.values()][: len(fitting)] == fitting

    def test_finds_all_of_a_small_space_and_then_none(self, make: Make) -> None:
        problem = Tiny()
        setting = setting_of(problem)
        done = simulate(Composed(make(setting), Fifo(setting), setting), problem)
        assert len(done.history.trials) == 13
        assert "exhausted" in done.ending
        assert make(setting).suggest(done.history, np.random.default_rng(0)) is None

    @pytest.mark.parametrize("kind", list(FailureKind))
    def test_a_history_of_nothing_but_failures_is_no_obstacle(self, make: Make, kind: FailureKind) -> None:
        problem = PeftLike()
        setting = setting_of(problem)
        found = make(setting).suggest(history_of(*(failed(i, kind) for i in range(20))), np.random.default_rng(0))
        assert found is not None
        problem.space.validate(found.config)

    def test_foreign_trials_are_no_obstacle(self, make: Make) -> None:
        problem = PeftLike()
        setting = setting_of(problem)
        foreign = trial(30, {100: 0.6}, kind=TrialKind.CONTROL, config={"method": "head", "lr": 5e-3})
        again = trial(31, {100: 0.9}, kind=TrialKind.REPEAT, repeat_of=3)
        silent = trial(32, {100: 0.9}, known={})
        lost = trial(33, {})
        scored = [trial(i, {100: 0.5 + i / 100, 300: 0.6}) for i in range(20)]
        history = history_of(*scored, foreign, again, silent, lost, trial(34, {}, state=TrialState.STOPPED))
        found = make(setting).suggest(history, np.random.default_rng(0))
        assert found is not None
        problem.space.validate(found.config)


_SCRIPT = """
import json, sys
from helpers.peft_like import PeftLike
from helpers.simulate import setting_of, simulate
from autotune.strategies.registry import make_strategy
from autotune.trial import config_to_json
problem = PeftLike()
done = simulate(make_strategy("tpe", "fifo", setting_of(problem)), problem, trials=14, seed=1)
print(json.dumps([config_to_json(t.config) for t in done.history.trials.values()]))
"""


def test_another_process_with_another_hash_seed_proposes_the_same() -> None:
    problem = PeftLike()
    done = simulate(make_strategy("tpe", "fifo", setting_of(problem)), problem, trials=14, seed=1)
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": path}
    out = subprocess.run([sys.executable, "-c", _SCRIPT], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(out.stdout) == [config_to_json(t.config) for t in done.history.trials.values()]
