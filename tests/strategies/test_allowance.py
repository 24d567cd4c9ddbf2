"""What the phases of a study may spend, and in which order they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest
from helpers.histories import control, trial

from autotune.budget import Budget
from autotune.decision import Answer, Done, Score, Start, Thaw, Wait
from autotune.history import History
from autotune.strategies.allowance import SHORTEST_SEGMENT, Allowance
from autotune.strategies.controls import Controls
from autotune.strategies.cost import Costing
from autotune.strategies.finalists import Finalists
from autotune.strategies.study import StudyStrategy
from autotune.trial import Trial, TrialKind, TrialState

COSTING = Costing(full=900, full_seconds=90.0, score_seconds=5.0)
ALLOWANCE = Allowance(COSTING, reserve=0.3)


def study(*trials: Trial, budget: Budget | None = None, elapsed: float = 0.0, **spent: float) -> History:
    given = budget or Budget(device_seconds=1000.0)
    return History(900, given, {t.number: t for t in trials}, spent, elapsed=elapsed)


def running(number: int, seen: int = 0, end: int = 900, seconds: float = 0.0, **more: Any) -> Trial:
    scores: Mapping[int, float] = {seen: 0.5} if seen else {}
    state = {"state": TrialState.RUNNING, "target": end, "device_seconds": seconds}
    return trial(number, scores, **(state | more))


def test_without_a_limit_in_time_there_is_no_end() -> None:
    history = study(running(0), budget=Budget(trials=5), search=1e9)
    assert ALLOWANCE.total(history) == ALLOWANCE.search(history) == float("inf")
    assert not ALLOWANCE.search_is_over(history)
    assert ALLOWANCE.segment(history, TrialKind.SEARCH) is None
    assert ALLOWANCE.segment(history, TrialKind.REPEAT) is None


def test_the_search_has_what_is_not_kept_for_finalists() -> None:
    assert ALLOWANCE.total(study()) == 1000
    assert ALLOWANCE.search(study()) == 700
    assert Allowance(COSTING, reserve=0.0).search(study()) == 1000


@pytest.mark.parametrize("kind", ["startup", "calibration", "control", "search"])
def test_all_but_the_finals_are_charged_to_the_search(kind: str) -> None:
    history = study(**{kind: 100.0})
    assert (ALLOWANCE.total(history), ALLOWANCE.search(history)) == (900, 600)


@pytest.mark.parametrize("kind", ["repeat", "score"])
def test_finals_are_charged_to_the_whole(kind: str) -> None:
    assert ALLOWANCE.search(study(**{kind: 100.0})) == 700
    assert ALLOWANCE.search(study(**{kind: 600.0})) == 400
    assert ALLOWANCE.total(study(**{kind: 600.0})) == 400


def test_wall_clock_time_counts_for_every_worker() -> None:
    wall = Budget(wall_seconds=100.0)
    four = Allowance(COSTING, reserve=0.3, workers=4)
    history = study(budget=wall, elapsed=20.0, search=1e6)
    assert four.total(history) == pytest.approx(320)
    assert four.search(history) == pytest.approx(200)
    both = Budget(wall_seconds=100.0, device_seconds=150.0)
    assert four.total(study(budget=both, elapsed=20.0)) == 150


def test_what_is_under_way_is_taken_off_to_its_end() -> None:
    new, known = running(0), running(1, 300, seconds=60.0)
    assert ALLOWANCE.search(study(new)) == pytest.approx(700 - 90)
    assert ALLOWANCE.search(study(known, search=60.0)) == pytest.approx(640 - 120)
    assert ALLOWANCE.search(study(new, known, search=60.0)) == pytest.approx(640 - 210)
    scored = running(2, 900, state=TrialState.COMPLETE)
    assert ALLOWANCE.search(study(scored)) == pytest.approx(700 - 5)


def test_the_search_is_over_when_nothing_useful_fits() -> None:
    assert not ALLOWANCE.search_is_over(study(search=700 - SHORTEST_SEGMENT))
    assert ALLOWANCE.search_is_over(study(search=700 - SHORTEST_SEGMENT + 0.01))
    assert ALLOWANCE.search_is_over(study(running(0), search=650.0))


def test_a_segment_may_use_the_share_of_its_phase() -> None:
    assert ALLOWANCE.segment(study(search=300.0), TrialKind.SEARCH) == pytest.approx(400)
    assert ALLOWANCE.segment(study(search=300.0), TrialKind.CONTROL) == pytest.approx(400)
    assert ALLOWANCE.segment(study(search=300.0), TrialKind.REPEAT) == pytest.approx(700)
    # Once the search is over, its trials are finalists.
    assert ALLOWANCE.segment(study(search=700.0), TrialKind.SEARCH) == pytest.approx(300)
    assert ALLOWANCE.segment(study(running(0), search=700.0), TrialKind.REPEAT) == pytest.approx(210)


def test_a_segment_is_never_shorter_than_is_useful() -> None:
    assert ALLOWANCE.segment(study(search=2000.0), TrialKind.REPEAT) == SHORTEST_SEGMENT


@dataclass
class Told:
    """Answers what it is told to, and notes that it was asked."""

    answer: Answer | None
    asked: list[Any] = field(default_factory=list)
    while_searching: Answer | None = None

    def next(self, history: History, *more: Any) -> Any:
        self.asked.append(more)
        return self.answer

    def meanwhile(self, history: History, left: float) -> Any:
        return self.while_searching


THAW, START, SCORE = Thaw(0, 300, "search"), Start({"x": 1}, 900, "control"), Score(0, "finals")


def phases(
    controls: Answer | None = None, search: Answer = THAW, finals: Answer = SCORE
) -> tuple[StudyStrategy, Told, Told, Told]:
    made = Told(controls), Told(search), Told(finals)
    strategy = StudyStrategy(made[1], cast(Controls, made[0]), cast(Finalists, made[2]), ALLOWANCE)
    return (strategy, *made)


def asked(strategy: StudyStrategy, history: History) -> Answer:
    return strategy.next(history, np.random.default_rng(0))


def test_controls_come_first_then_the_search() -> None:
    strategy, _, search, finals = phases(controls=START)
    assert asked(strategy, study()) == START
    assert search.asked == finals.asked == []
    assert asked(phases()[0], study()) == THAW
    assert strategy.phase(study()) == "search"


def test_the_search_waits_for_itself() -> None:
    wait = Wait("trials are running")
    assert asked(phases(search=wait)[0], study()) == wait


def test_a_search_that_is_done_leaves_the_rest_to_the_finals() -> None:
    strategy, _, _, finals = phases(search=Done("nothing fits"))
    assert asked(strategy, study(search=100.0)) == SCORE
    assert finals.asked == [(900.0,)]


def test_once_a_control_is_scored_the_phase_does_not_turn_back() -> None:
    scored = control(0, {900: 0.5}, state=TrialState.COMPLETE)
    strategy = phases()[0]
    assert strategy.phase(study(scored, search=100.0)) == "search"
    assert strategy.phase(study(replace(scored, held_out={"accuracy": 0.5}), search=100.0)) == "finalists"


def test_a_search_that_is_over_is_not_asked() -> None:
    strategy, controls, search, _ = phases(controls=START)
    history = study(search=700.0)
    assert asked(strategy, history) == SCORE
    assert controls.asked == search.asked == []
    assert strategy.phase(history) == "finalists"


@pytest.mark.parametrize("made", [running(0, seconds=1.0), replace(running(0), kind=TrialKind.CONTROL)])
def test_finals_wait_for_the_searchs_last_segments(made: Trial) -> None:
    answer = asked(phases()[0], study(made, search=690.0))
    assert answer == Wait("the search's last segments are under way")


def test_what_is_wanted_anyway_does_not_wait_for_the_searchs_last_segments() -> None:
    strategy, _, search, finals = phases(search=Wait("trials are running"))
    finals.while_searching = START
    over, going_on = study(running(0), search=690.0), study(running(0), search=100.0)
    assert [asked(strategy, over), asked(strategy, going_on)] == [START, START]
    search.answer = THAW
    assert [asked(strategy, over), asked(strategy, going_on)] == [START, THAW]


def test_a_search_that_waits_while_only_finalists_run_has_ended() -> None:
    repeat = replace(running(1), kind=TrialKind.REPEAT, repeat_of=0)
    scored = running(2, 900, state=TrialState.COMPLETE)
    for last in (repeat, scored):
        strategy = phases(search=Wait("trials are running"))[0]
        assert asked(strategy, study(control(0, {900: 0.7}), last, search=100.0)) == SCORE


def test_finals_do_not_wait_for_each_other() -> None:
    repeat = replace(running(1), kind=TrialKind.REPEAT, repeat_of=0)
    scored = running(2, 900, state=TrialState.COMPLETE)
    assert asked(phases()[0], study(control(0, {900: 0.7}), repeat, scored, search=700.0)) == SCORE


def test_a_spent_budget_ends_the_study_once_nothing_runs() -> None:
    assert asked(phases()[0], study(search=1000.0)) == Done("the budget is spent")
    assert asked(phases()[0], study(running(0), search=1000.0)) == Wait("the budget is spent")
