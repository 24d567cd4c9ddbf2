"""Front, winner, controls and finalists of histories made by hand."""

import math

import numpy as np
import pytest
from helpers.histories import OBJECTIVES, control, failed, history_of, trial
from hypothesis import given
from hypothesis import strategies as st

from autotune import standing
from autotune.objectives import COSTS, Constraint, Objective
from autotune.pareto import dominates
from autotune.results import Stat, results
from autotune.trial import FailureKind, TrialKind, TrialState

DONE = {"state": TrialState.COMPLETE}
REPEAT = {"kind": TrialKind.REPEAT, **DONE}


def done(number, score, params=1000.0, **changes):
    return trial(number, {900: score}, params, **(DONE | changes))


def test_an_empty_history_has_nothing():
    found = results(history_of(), OBJECTIVES)
    assert (found.entries, found.front, found.winner, found.controls) == ((), (), None, {})


def test_only_trials_at_full_fidelity_count():
    half = trial(0, {300: 0.99}, 10)
    found = results(history_of(half, done(1, 0.8), failed(2, FailureKind.DIVERGED)), OBJECTIVES)
    assert [e.trial for e in found.front] == [1]
    assert found.states == {"paused": 1, "complete": 1, "failed": 1}
    assert found.failures == {"diverged": 1}


def test_the_front_is_best_first_and_takes_controls_in():
    trials = [
        done(0, 0.8, 500),
        done(1, 0.9, 900),
        done(2, 0.7, 700),
        done(3, 0.6, 0, kind=TrialKind.CONTROL, label="head"),
    ]
    found = results(history_of(*trials), OBJECTIVES)
    assert [e.trial for e in found.front] == [1, 0, 3]
    assert found.winner is not None
    assert found.winner.trial == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_nothing_on_the_front_is_dominated(points):
    found = results(history_of(*(done(i, a / 10, p) for i, (a, p) in enumerate(points))), OBJECTIVES)
    kept = {e.trial for e in found.front}
    array = np.array([(-a, p) for a, p in points], dtype=float).reshape(-1, 2)
    for i, point in enumerate(array):
        assert (i in kept) == (not any(dominates(other, point) for other in array))


def test_repeats_are_averaged_into_their_original():
    first = done(0, 0.80, held_out={"accuracy": 0.70})
    again = [
        done(i, s, repeat_of=0, seed=i, held_out={"accuracy": s - 0.1}, **REPEAT) for i, s in ((1, 0.86), (2, 0.83))
    ]
    lost = trial(3, {300: 0.1}, repeat_of=0, kind=TrialKind.REPEAT)
    (entry,) = results(history_of(first, *again, lost), OBJECTIVES).entries
    assert entry.trials == (0, 1, 2)
    assert entry.seeds == 3
    assert entry.values["accuracy"].mean == pytest.approx(0.83)
    assert entry.values["accuracy"].sd == pytest.approx(0.03)
    assert entry.held_out["accuracy"] == Stat.of([0.70, 0.76, 0.73])
    assert entry.values["trainable_params"].mean == 1000


def test_the_winner_has_the_most_seeds_before_the_best_score():
    lucky, steady = done(0, 0.95), done(1, 0.90)
    found = results(history_of(lucky, steady, done(2, 0.88, repeat_of=1, **REPEAT)), OBJECTIVES)
    assert found.winner is not None
    assert found.winner.trial == 1
    assert [e.trial for e in found.finalists] == [1]


def test_ties_go_to_fewer_parameters():
    found = results(history_of(done(0, 0.9, 500), done(1, 0.9, 400)), OBJECTIVES)
    assert found.winner is not None
    assert found.winner.trial == 1


def test_held_out_scores_choose_nothing():
    found = results(
        history_of(done(0, 0.9, held_out={"accuracy": 0.1}), done(1, 0.8, held_out={"accuracy": 1.0})), OBJECTIVES
    )
    assert found.winner is not None
    assert found.winner.trial == 0


def test_a_control_never_wins():
    found = results(history_of(done(0, 0.9, kind=TrialKind.CONTROL, label="lora"), done(1, 0.5)), OBJECTIVES)
    assert found.winner is not None
    assert found.winner.trial == 1


def test_the_tuned_control_is_the_best_of_its_grid():
    scores = {"lora": 0.8, "lora lr=0.003": 0.9, "lora lr=0.0003": 0.7}
    grid = [done(i, scores[name], label=name, kind=TrialKind.CONTROL) for i, name in enumerate(scores)]
    found = results(history_of(*grid), OBJECTIVES)
    assert {name: e.trial for name, e in found.controls.items()} == {"lora": 0, "lora-tuned": 1}
    assert set(results(history_of(grid[0]), OBJECTIVES).controls) == {"lora"}


def test_a_paused_control_is_no_result():
    assert results(history_of(control(0, {300: 0.9}, label="lora")), OBJECTIVES).controls == {}


def test_constraints_keep_what_breaks_them_out():
    history = history_of(done(0, 0.9, 5000), done(1, 0.8, 500), done(2, 0.85, 400, measured={"latency_ms": 9.0}))
    found = results(history, OBJECTIVES, [Constraint.parse("trainable_params<=1k"), Constraint.parse("latency_ms<=5")])
    assert [e.trial for e in found.entries] == [1]
    assert found.winner is not None
    assert found.winner.trial == 1


def test_what_was_not_observed_is_on_no_front():
    objectives = (*OBJECTIVES, COSTS["latency_ms"])
    history = history_of(done(0, 0.9), done(1, 0.8, measured={"latency_ms": 3.0}), done(2, math.nan))
    assert [e.trial for e in results(history, objectives).front] == [1]


def test_the_winner_is_the_one_that_strategies_name():
    history = history_of(
        *(done(i, 0.5 + 0.07 * (i * 5 % 7), 100 * i) for i in range(7)), done(7, 0.9, repeat_of=3, **REPEAT)
    )
    found, named = results(history, OBJECTIVES), standing.winner(history, Objective("accuracy", "maximize"))
    assert found.winner is not None
    assert named is not None
    assert found.winner.trial == named.number == 3


def test_an_entry_is_found_by_its_repeats():
    found = results(history_of(done(0, 0.9), done(1, 0.8, repeat_of=0, **REPEAT)), OBJECTIVES)
    assert found.entry(1) is found.entry(0)
    assert found.entry(5) is None


def test_the_row_of_the_front_is_plain_data():
    config = {"method": "lora", "lora.layers": (0, 2)}
    (entry,) = results(history_of(done(4, 0.9, 12.0, config=config)), OBJECTIVES).entries
    assert entry.to_dict() == {
        "trial": 4,
        "config": {"method": "lora", "lora.layers": [0, 2]},
        "values": {"accuracy": 0.9, "trainable_params": 12},
        "held_out": None,
    }
    assert isinstance(entry.to_dict()["values"]["trainable_params"], int)
