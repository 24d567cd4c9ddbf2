"""What TPE is told, and that it learns from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import optuna
import pytest
from helpers.histories import OBJECTIVES, control, failed, history_of, small_setting, trial
from helpers.peft_like import REFERENCE, PeftLike
from helpers.simulate import setting_of, simulate
from optuna.trial import TrialState as OptunaState

from autotune import pareto
from autotune.objectives import Constraint
from autotune.space import SearchSpace
from autotune.strategies.composed import Composed
from autotune.strategies.estimate import at_one_level, estimates
from autotune.strategies.fifo import Fifo
from autotune.strategies.optuna_space import ask, to_optuna
from autotune.strategies.random_search import RandomSearch
from autotune.strategies.tpe import Tpe
from autotune.trial import Config, FailureKind, Trial, TrialState

LEVELS = (100, 300, 900)


def test_estimates_shift_by_what_the_promoted_gained() -> None:
    trials = [
        trial(0, {100: 0.5, 300: 0.7}),
        trial(1, {100: 0.6, 300: 0.7, 900: 0.9}),
        trial(2, {100: 0.4}),
        trial(3, {}),
    ]
    found = estimates(trials, LEVELS, OBJECTIVES[:1])[:, 0]
    # From 100 to 300 they gained 0.2 and 0.1, from 300 to 900 one gained 0.2.
    assert found[:3] == pytest.approx([-0.9, -0.9, -0.75])
    assert np.isnan(found[3])


def test_estimates_keep_costs_as_they_are() -> None:
    found = estimates([trial(0, {100: 0.5}, 99.0), trial(1, {100: 0.6, 300: 0.7}, 9.0)], LEVELS, OBJECTIVES)
    assert found[:, 1] == pytest.approx(np.log([100.0, 10.0]))


def test_values_are_those_of_the_highest_level_that_enough_reached() -> None:
    trials = [trial(i, {100: 0.5, 300: 0.6 + i / 10}, 10.0 ** (i + 1)) for i in range(3)]
    trials.append(trial(3, {100: 0.9, 300: 0.9, 900: 0.95}, 1e4))
    trials.append(trial(4, {100: 0.99}, 1.0))
    trials.append(trial(5, {100: 0.99}, 1.0, state=TrialState.RUNNING, target=300))
    trials += [failed(6, FailureKind.DIVERGED), failed(7, FailureKind.LOST), trial(8, {})]
    values = at_one_level(trials, small_setting(), 4)
    assert values is not None
    assert values[:5, 0] == pytest.approx([1.0, 2 / 3, 1 / 3, 0.0, 1.0])
    assert values[[0, 3], 1] == pytest.approx([0.0, 1.0])
    assert values[[4, 6]].tolist() == [[1.0, 1.0]] * 2  # left behind; failed
    assert np.isnan(values[[5, 7, 8]]).all()  # under way; lost; not begun


def test_the_lowest_level_teaches_only_where_it_is_the_only_one() -> None:
    trials = [trial(i, {100: i / 10}) for i in range(9)]
    assert at_one_level(trials, small_setting(), 8) is None
    assert at_one_level(trials, replace(small_setting(), levels=(100,)), 8) is not None
    assert at_one_level([], small_setting(), 8) is None


def test_configurations_come_back_from_optuna() -> None:
    space = PeftLike().space
    rng = np.random.default_rng(0)
    for _ in range(30):
        config = space.sample(rng)
        params, distributions = to_optuna(space, config)
        assert params.keys() == distributions.keys()
        assert ask(space, optuna.trial.FixedTrial(params)) == config  # type: ignore[arg-type]


def test_every_domain_is_asked_for() -> None:
    parameters = {
        "a": {"type": "bool"},
        "b": {"type": "choice", "options": [True, 2, "three", 4.5]},
        "c": {"type": "int", "low": 1, "high": 64, "log": True},
        "d": {"type": "float", "low": 0.0, "high": 1.0},
        "e": {"type": "layers", "min": 2, "depth": 4, "when": {"a": True}},
        "f": {"type": "layers", "fixed": True, "default": [1], "depth": 4},
    }
    space = SearchSpace.from_dict({"name": "all", "parameters": parameters})
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(sampler=sampler)
    for _ in range(30):
        asked = study.ask()
        config = ask(space, asked)
        space.validate(config)
        params, _ = to_optuna(space, config)
        assert params.keys() == asked.params.keys()
        assert {k: v for k, v in params.items() if k in "bcd"} == {k: asked.params[k] for k in "bcd"}


def feed(trials: list[Trial], **changes: object) -> list[optuna.trial.FrozenTrial]:
    setting = replace(small_setting(), **changes)  # type: ignore[arg-type]
    searcher = Tpe(setting, enough=2, explore=0.0)
    values = at_one_level(trials, setting, 2)
    assert values is not None
    return searcher._feed(trials, values)


def test_what_optuna_sees() -> None:
    trials = [trial(i, {100: 0.5, 300: 0.5 + i / 10}, 10.0) for i in range(3)]
    under_way = trial(3, {}, state=TrialState.RUNNING, target=100)
    fed = feed([*trials, under_way, trial(4, {}), failed(5, FailureKind.LOST), control(6, {100: 0.1, 300: 0.2})])
    assert [t.state for t in fed] == [OptunaState.COMPLETE] * 4 + [OptunaState.RUNNING] * 2
    assert [t.values[0] for t in fed[:4]] == pytest.approx([0.4, 0.2, 0.0, 1.0])
    assert fed[0].params["bitfit.layers[0]"] is True
    assert fed[0].params["bitfit.layers[1]"] is False


def test_a_broken_bound_on_a_measured_cost_is_told() -> None:
    trials = [trial(i, {100: 0.5, 300: 0.6}, measured={"latency_ms": 4.0 + i}) for i in range(3)]
    fed = feed(trials, constraints=(Constraint.parse("latency_ms<=5"),))
    assert [t.constraints["costs"] > 0 for t in fed] == [False, False, True]


def test_many_trials_are_told_by_their_best_and_their_latest() -> None:
    trials = [trial(i, {100: 0.1, 300: 0.9 if i in (3, 7) else i / 1000}, 1000.0 - i) for i in range(99)]
    trials += [trial(99, {}, state=TrialState.RUNNING, target=100), control(100, {100: 0.1, 300: 1.0}, 1.0)]
    trials[5] = replace(trials[5], state=TrialState.RUNNING, target=900)
    trials[100] = replace(trials[100], config={"method": "head"})  # outside the space
    searcher = Tpe(small_setting(), most=10)
    told = [t.number for t in searcher._telling(history_of(*trials))]
    assert {3, 7, 5, 99} <= set(told)
    assert told == sorted(told)
    assert len([n for n in told if n not in (5, 99)]) == 10 - 1
    assert 100 not in told
    everything = Tpe(small_setting(), most=200)._telling(history_of(*trials))
    assert [t.number for t in everything] == list(range(100))


def test_the_same_is_told_and_proposed_whatever_was_asked_before() -> None:
    trials = [trial(i, {100: 0.1, 300: (7 * i % 60) / 60}, 100.0 + i) for i in range(60)]
    now, asked = history_of(*trials), Tpe(small_setting(), most=20, explore=0.0)
    for some in (trials[:30], [*trials[:20], replace(trials[20], state=TrialState.STOPPED)], trials):
        asked.suggest(history_of(*some), np.random.default_rng(1))
    fresh = Tpe(small_setting(), most=20, explore=0.0)
    assert [t.number for t in asked._telling(now)] == [t.number for t in fresh._telling(now)]
    found = asked.suggest(now, np.random.default_rng(2))
    assert found == fresh.suggest(now, np.random.default_rng(2)) == asked.suggest(now, np.random.default_rng(2))


def test_optunas_own_voice_is_left_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    before = optuna.logging.get_verbosity()
    trials = [trial(i, {100: 0.5, 300: 0.5 + i / 100}) for i in range(12)]
    assert Tpe(small_setting(), explore=0.0).suggest(history_of(*trials), np.random.default_rng(0)) is not None
    assert optuna.logging.get_verbosity() == before
    assert capsys.readouterr() == ("", "")


class Hill(PeftLike):
    """Nothing fails, nothing is noisy."""

    def failure(self, trial: Trial, end: int) -> FailureKind | None:
        return None


@pytest.mark.slow
def test_it_beats_random_search_at_equal_cost() -> None:
    def volume(searcher: type[RandomSearch] | type[Tpe], seed: int) -> float:
        problem = Hill(shift=seed, noise=0.0)
        setting = setting_of(problem)
        done = simulate(Composed(searcher(setting), Fifo(setting), setting), problem, trials=80, seed=seed)
        configs: list[Config] = [t.config for t in done.history.trials.values()]
        return pareto.hypervolume(problem.true_points(configs), REFERENCE)

    gains = [volume(Tpe, seed) - volume(RandomSearch, seed) for seed in range(6)]
    assert np.mean(gains) > 0.03
