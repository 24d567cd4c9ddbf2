"""The paper's brackets, and what happens in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from helpers.flaky import Flaky
from helpers.histories import history_of, small_setting, trial
from helpers.peft_like import PeftLike
from helpers.simulate import Simulation, setting_of, simulate

from autotune.decision import Start, Stop, Thaw, Wait
from autotune.history import History
from autotune.strategies.base import Launch
from autotune.strategies.composed import Composed
from autotune.strategies.hyperband import Hyperband, bracket_sizes
from autotune.strategies.random_search import RandomSearch
from autotune.trial import FailureKind, TrialState

PAPER = {
    0: {1: 81, 3: 27, 9: 9, 27: 3, 81: 1},
    1: {3: 27, 9: 9, 27: 3, 81: 1},
    2: {9: 9, 27: 3, 81: 1},
    3: {27: 6, 81: 2},
    4: {81: 5},
}
"""Table 1 of Li et al. (2018): R = 81, eta = 3; trials by examples, by bracket."""


class Calm(PeftLike):
    """Nothing fails."""

    def failure(self, trial: object, end: int) -> FailureKind | None:
        return None


def run(problem: PeftLike, workers: int, trials: int) -> Simulation:
    setting = setting_of(problem)
    return simulate(
        Composed(RandomSearch(setting), Hyperband(setting), setting), problem, workers=workers, trials=trials
    )


def trained_to(history: History, brackets: int = 5) -> dict[int, dict[int, int]]:
    """How many trials of each bracket were trained to each level, as their segments ended."""
    found: dict[int, Counter[int]] = {b: Counter() for b in range(brackets)}
    for t in history.trials.values():
        assert t.bracket is not None
        start = min(point.examples for point in t.curve if point.examples >= min(PAPER[t.bracket % 5]))
        found[t.bracket].update(point.examples for point in t.curve if point.examples >= start)
    return {b: dict(sorted(c.items())) for b, c in found.items()}


def test_sizes_are_the_papers() -> None:
    assert bracket_sizes(5, 3) == [list(rungs.values()) for rungs in PAPER.values()]
    assert bracket_sizes(1, 3) == [[1]]
    assert bracket_sizes(3, 4) == [[16, 4, 1], [4, 1], [3]]


@pytest.mark.parametrize("workers", [1, 7])
def test_a_study_runs_the_papers_table(workers: int) -> None:
    total = sum(next(iter(rungs.values())) for rungs in PAPER.values())
    done = run(Calm(levels=(1, 3, 9, 27, 81)), workers, total)
    assert trained_to(done.history) == PAPER
    assert {t.state for t in done.history.trials.values()} == {TrialState.COMPLETE, TrialState.STOPPED}


def test_brackets_come_over_and_over() -> None:
    done = run(Calm(levels=(9, 27, 81)), 2, 2 * (9 + 3 + 3))
    assert Counter(t.bracket for t in done.history.trials.values()) == {0: 9, 1: 3, 2: 3, 3: 9, 4: 3, 5: 3}


def test_nothing_is_promoted_before_its_rung_is_complete() -> None:
    done = run(Calm(levels=(9, 27, 81)), 3, 30)
    for history, decision in done.decisions:
        action = decision.action
        if isinstance(action, Thaw | Stop):
            mine = history.trials[decision.trial]
            rivals = [t for t in history.trials.values() if t.bracket == mine.bracket]
            assert len(rivals) == bracket_sizes(3, 3)[mine.bracket % 3][0]  # type: ignore[operator]
            assert not any(t.state is TrialState.RUNNING and t.examples_seen < mine.examples_seen for t in rivals)


def test_the_next_bracket_begins_while_one_waits() -> None:
    done = run(Calm(levels=(9, 27, 81)), 4, 30)
    seen = False
    for history, decision in done.decisions:
        if isinstance(decision.action, Start) and decision.action.bracket == 1:
            seen |= any(t.bracket == 0 and t.state is TrialState.RUNNING for t in history.trials.values())
    assert seen


def test_winners_are_the_best_and_losers_are_told_why() -> None:
    setting = replace(small_setting(), objectives=small_setting().objectives[:1])
    trials = [trial(i, {100: i / 10}, bracket=0) for i in range(9)]
    history, actions = history_of(*trials), []
    for _ in range(9):
        answer = Hyperband(setting).next(history)
        assert isinstance(answer, Stop | Thaw)
        actions.append(answer)
        state = TrialState.STOPPED if isinstance(answer, Stop) else TrialState.RUNNING
        changed = replace(history.trials[answer.trial], state=state, target=None if isinstance(answer, Stop) else 300)
        history = replace(history, trials={**history.trials, changed.number: changed})
    assert [a.trial for a in actions] == [0, 1, 2, 3, 4, 5, 8, 7, 6]
    assert actions[0].reason == "bracket 0: rank 9 of 9 at 100 examples; 3 go on"
    assert actions[-1].reason == "promoted to 300 examples: rank 3 of 9 at 100 (accuracy 0.600)"
    assert isinstance(Hyperband(setting).next(history), Launch)
    assert isinstance(Hyperband(setting).next(history, launching=False), Wait)


def test_failed_trials_have_lost() -> None:
    trials = [trial(i, {100: 0.9 - i / 100}, bracket=0) for i in range(2)]
    fallen = [trial(2 + i, {}, bracket=0, state=TrialState.FAILED) for i in range(7)]
    answer = Hyperband(small_setting()).next(history_of(*trials, *fallen))
    assert isinstance(answer, Thaw)
    assert answer.trial == 0


def test_a_place_that_was_lost_above_is_not_given_again() -> None:
    gone = trial(0, {100: 0.9}, bracket=0, state=TrialState.FAILED)
    rest = [trial(i, {100: 0.9 - i / 100}, bracket=0) for i in range(1, 9)]
    history, thawed = history_of(gone, *rest), []
    while isinstance(answer := Hyperband(small_setting()).next(history), Stop | Thaw) and len(thawed) < 9:
        state = TrialState.STOPPED if isinstance(answer, Stop) else TrialState.RUNNING
        target = None if isinstance(answer, Stop) else answer.end
        thawed += [answer.trial] if isinstance(answer, Thaw) else []
        changed = replace(history.trials[answer.trial], state=state, target=target)
        history = replace(history, trials={**history.trials, changed.number: changed})
    assert len(thawed) == 2


def test_costs_measured_later_do_not_change_how_many_go_on() -> None:
    # Trial 1 was promoted when it looked cheap; since then it has turned out dear.
    up = trial(1, {100: 0.5, 300: 0.5}, 1e6, bracket=0)
    rest = [trial(i, {100: 0.6 + i / 100}, bracket=0) for i in (0, 2, 3, 4, 5, 6, 7, 8)]
    thawed = set()
    history = history_of(up, *rest)
    for _ in range(8):
        answer = Hyperband(small_setting()).next(history)
        assert isinstance(answer, Stop | Thaw)
        state = TrialState.STOPPED if isinstance(answer, Stop) else TrialState.RUNNING
        thawed |= {answer.trial} if isinstance(answer, Thaw) else set()
        changed = replace(history.trials[answer.trial], state=state, target=None if isinstance(answer, Stop) else 300)
        history = replace(history, trials={**history.trials, changed.number: changed})
    assert len(thawed) == 2


def test_a_bracket_that_will_not_fill_is_halved_as_it_is() -> None:
    trials = [trial(i, {100: i / 10}, bracket=0) for i in range(4)]
    assert isinstance(Hyperband(small_setting()).next(history_of(*trials)), Launch)
    done = run(Calm(levels=(100, 300, 900)), 1, 4)
    assert Counter(t.state for t in done.history.trials.values()) == {TrialState.STOPPED: 3, TrialState.COMPLETE: 1}


def test_a_flaky_study_leaves_nothing_behind() -> None:
    done = run(Flaky(), 3, 60)
    finished = {TrialState.COMPLETE, TrialState.STOPPED, TrialState.FAILED}
    assert {t.state for t in done.history.trials.values()} == finished
