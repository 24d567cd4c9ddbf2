"""The end of a study on several devices: none stands idle while another has something to do that is wanted anyway."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from helpers.histories import control, history_of, small_setting, trial

from autotune.decision import Done, Score, Start, Wait
from autotune.history import History
from autotune.standing import DEFAULT_LORA
from autotune.strategies.cost import Costing
from autotune.strategies.finalists import Finalists
from autotune.trial import Trial, TrialKind, TrialState

COSTING = Costing(full=900, full_seconds=90.0, score_seconds=5.0)
FINALISTS = Finalists(small_setting(), seeds=3, costing=COSTING)
PLENTY = 10_000.0


def ended(number: int, score: float, **more: Any) -> Trial:
    return trial(number, {900: score}, state=TrialState.COMPLETE, device_seconds=90.0, **more)


def training(made: Trial) -> Trial:
    return replace(made, state=TrialState.RUNNING, target=900)


LORA = replace(control(0, {900: 0.7}, label=DEFAULT_LORA), state=TrialState.COMPLETE, device_seconds=90.0)
LEADER = ended(1, 0.8)
LAST = training(trial(2, {300: 0.6}, device_seconds=30.0))


def again(number: int, of: int, seed: int, **more: Any) -> Trial:
    return replace(ended(number, 0.7), kind=TrialKind.REPEAT, repeat_of=of, seed=seed, **more)


def test_while_the_last_trials_run_the_tuned_control_is_trained_with_its_seeds() -> None:
    history = history_of(LORA, LEADER, LAST)
    answer = FINALISTS.meanwhile(history, PLENTY)
    assert isinstance(answer, Start)
    assert (answer.kind, answer.repeat_of, answer.seed, answer.end) == (TrialKind.REPEAT, 0, 1, 900)
    history = history_of(LORA, LEADER, LAST, again(3, 0, 1), training(again(4, 0, 2)))
    assert FINALISTS.meanwhile(history, PLENTY) is None


def test_the_tuned_control_is_not_guessed() -> None:
    assert FINALISTS.meanwhile(history_of(LEADER, LAST), PLENTY) is None
    further = replace(training(control(3, {300: 0.6}, label="lora lr=0.003")), device_seconds=30.0)
    assert FINALISTS.meanwhile(history_of(LORA, LEADER, LAST, further), PLENTY) is None


def test_nothing_is_begun_that_the_winners_seeds_may_need() -> None:
    history = history_of(LORA, LEADER, LAST)
    running, scores, seeds, control_again = 60.0, 5.0 * (2 + 2 * 3), 2 * 90.0, 90.0
    needed = running + scores + seeds + control_again
    assert FINALISTS.meanwhile(history, needed - 1) is None
    assert FINALISTS.meanwhile(history, needed + 1) is not None


def repeated(*more: Trial) -> History:
    """The winner and the control have all their seeds, the last of them still in training."""
    return history_of(LORA, LEADER, again(3, 1, 1), again(4, 0, 1), again(5, 1, 2), training(again(6, 0, 2)), *more)


def test_what_is_trained_is_scored_while_the_last_seed_trains() -> None:
    history, scored = repeated(), []
    while isinstance(answer := FINALISTS.next(history, PLENTY), Score):
        scored.append(answer.trial)
        history = replace(history, trials={**history.trials, answer.trial: _scoring(history.trials[answer.trial])})
    assert answer == Wait("finalists are under way")
    assert sorted(scored) == [0, 1, 3, 4, 5]


def test_the_study_is_over_once_all_are_scored() -> None:
    every = [replace(t, held_out={"accuracy": 0.7}) for t in repeated().trials.values() if t.number != 6]
    assert isinstance(FINALISTS.next(history_of(*every, replace(again(6, 0, 2), held_out={})), PLENTY), Done)


REST = [replace(control(n, {900: 0.6}, label=f"rival {n}"), state=TrialState.COMPLETE) for n in range(10, 30)]


def test_the_winners_seeds_go_before_the_scores_of_the_rest() -> None:
    """On a slow machine the scores of twenty controls would have taken what a further seed needs."""
    history = history_of(LORA, LEADER, *REST)
    seed, scores = 90.0, 5.0 * (2 + 2 * 3)
    answer = FINALISTS.next(history, seed + scores + 1)
    assert isinstance(answer, Start)
    assert answer.repeat_of == LEADER.number
    assert isinstance(FINALISTS.next(history, seed + scores - 1), Score)


def test_other_contenders_are_trained_again_only_with_what_the_scores_leave() -> None:
    third, seeds = ended(7, 0.72), [again(6, 0, 2)]
    history = history_of(*[t for t in repeated().trials.values() if t.number != 6], third, *seeds, *REST)
    needed, rest = 5.0 * (6 + 2 * 3), 5.0 * len(REST)
    assert isinstance(FINALISTS.next(history, 90.0 + needed + rest - 1), Score)
    answer = FINALISTS.next(history, 90.0 + needed + rest + 1)
    assert isinstance(answer, Start)
    assert answer.repeat_of == third.number


def test_what_cannot_be_scored_any_more_is_said() -> None:
    scored = [replace(t, held_out={"accuracy": 0.7}) for t in (LORA, LEADER)]
    assert FINALISTS.next(history_of(*scored, *REST), 4.0) == Done("20 finalists could not be scored any more")
    assert isinstance(FINALISTS.next(history_of(*scored, *REST), 6.0), Score)


def _scoring(made: Trial) -> Trial:
    return replace(made, target=made.examples_seen)
