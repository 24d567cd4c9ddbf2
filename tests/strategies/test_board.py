from dataclasses import replace

import numpy as np
import pytest
from helpers.histories import failed, small_setting, trial
from helpers.peft_like import PeftLike
from helpers.simulate import setting_of

from autotune import pareto
from autotune.fronts import Fronts
from autotune.history import History
from autotune.objectives import Constraint
from autotune.strategies.board import Board
from autotune.strategies.changes import Changes
from autotune.strategies.rungs import compare, counts_as_loser, level_points, rung, violation
from autotune.trial import FailureKind, TrialKind, TrialState

LEVELS = (100, 300, 900)


@pytest.mark.parametrize("objectives", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_fronts_are_those_of_sorting_anew(objectives, seed):
    rng = np.random.default_rng(seed)
    fronts, rows = Fronts(), {}
    for _ in range(100):
        changed = {}
        for number in rng.integers(50, size=rng.integers(1, 4)).tolist():
            row = rng.integers(0, 6, objectives).astype(float)
            if rng.random() < 0.05:
                row[0] = rng.choice([np.nan, np.inf])
            changed[number] = None if rng.random() < 0.3 else row.tolist()
        fronts.update(changed)
        rows = {n: r for n, r in {**rows, **changed}.items() if r is not None}
        assert fronts.worst.tolist() == pareto.worst(np.array(list(rows.values())).reshape(-1, objectives)).tolist()
        numbers = sorted(rows)
        assert len(fronts) == len(rows)
        found = {n: rank for rank, front in enumerate(fronts) for n in front}
        assert [found[n] for n in numbers] == (pareto.fronts([rows[n] for n in numbers]).tolist() if rows else [])


def test_many_points_at_once_are_sorted_as_one_by_one():
    rng = np.random.default_rng(0)
    rows = {n: row.tolist() for n, row in enumerate(rng.random((500, 2)))}
    at_once, slowly = Fronts(), Fronts()
    at_once.update(rows)
    for number, row in rows.items():
        slowly.update({number: row})
    assert list(at_once) == list(slowly)


def test_changes_are_what_differs_whichever_history_came_before():
    a, b, c = trial(0, {100: 0.5}), trial(1, {100: 0.6}), trial(2, {100: 0.7})
    changes = Changes()
    assert changes.since_last(History(900, trials={0: a, 1: b})) == {0: a, 1: b}
    assert changes.since_last(History(900, trials={0: a, 1: b})) == {}
    again = trial(1, {100: 0.6, 300: 0.8})
    assert changes.since_last(History(900, trials={0: a, 1: again, 2: c})) == {1: again, 2: c}
    assert changes.since_last(History(900, trials={0: a})) == {1: None, 2: None}


def crowd(rng, count):
    """Trials in every state, at any level or between two."""
    made = {}
    for number in range(count):
        reached = rng.integers(0, 4)
        scores = {level: float(rng.integers(0, 8)) / 8 for level in LEVELS[:reached]}
        kind = [*[TrialKind.SEARCH] * 8, TrialKind.CONTROL, TrialKind.REPEAT][rng.integers(10)]
        state = [TrialState.PAUSED, TrialState.RUNNING, TrialState.COMPLETE, TrialState.STOPPED][rng.integers(4)]
        params = float(rng.integers(1, 6))
        if rng.random() < 0.15:
            fault = [FailureKind.DIVERGED, FailureKind.LOST][rng.integers(2)]
            made[number] = replace(failed(number, fault), kind=kind)
        else:
            between = {"examples_seen": 150} if reached == 1 and rng.random() < 0.05 else {}
            made[number] = trial(number, scores, params, kind=kind, state=state, **between)
    return made


def expected(trials, setting, index, quota):
    """The waiting trials of a rung's best, by comparing all of it."""
    entrants = []
    for t in trials.values():
        points = level_points(t, LEVELS)
        if t.kind is not TrialKind.REPEAT and index in points:
            entrants.append((t, points[index]))
        elif t.kind is TrialKind.SEARCH and counts_as_loser(t) and index == sum(x <= t.examples_seen for x in LEVELS):
            entrants.append((t, None))
    order = compare(entrants, setting.compared_by(index), setting.constraints).order(quota)[:quota]
    best = [(place, entrants[i][0]) for place, i in enumerate(order, start=1)]
    waiting = [
        (place, t.number)
        for place, t in best
        if t.kind is TrialKind.SEARCH
        and t.state is TrialState.PAUSED
        and rung(t, level_points(t, LEVELS)) == index
        and not violation(t, setting.constraints)
    ]
    return len(entrants), waiting


@pytest.mark.parametrize("bounds", [[], [Constraint.parse("trainable_params<=3")]])
@pytest.mark.parametrize("seed", range(5))
def test_the_board_is_a_function_of_the_last_history_alone(seed, bounds):
    rng = np.random.default_rng(seed)
    setting = setting_of(PeftLike(levels=LEVELS), bounds) if bounds else small_setting()
    board, trials = Board(setting), {}
    for _ in range(12):
        fresh = crowd(rng, 60)
        if rng.random() < 0.2:
            trials = {n: t for n, t in trials.items() if rng.random() < 0.7}
        trials = dict(sorted({**trials, **{n: t for n, t in fresh.items() if rng.random() < 0.3}}.items()))
        board.bring_to(History(900, trials=trials))
        for index in range(len(LEVELS)):
            for quota in (0, 1, len(board.rungs[index]) // 3, len(trials)):
                count, waiting = expected(trials, setting, index, quota)
                assert len(board.rungs[index]) == count
                assert list(board.rungs[index].best(quota)) == waiting
        assert board.interrupted == {
            n
            for n, t in trials.items()
            if t.kind is TrialKind.SEARCH and t.state is TrialState.PAUSED and rung(t, level_points(t, LEVELS)) is None
        }
