"""An engine that goes on elsewhere, and trials whose end is not as asked."""

from __future__ import annotations

import json

import pytest
from helpers.asking import SPACE, TWO, ask, drive, optimizer, values

from autotune.errors import AutotuneError
from autotune.optimizer import Optimizer
from autotune.trial import TrialState


@pytest.mark.parametrize("strategy", ["auto", "tpe+asha"])
def test_another_one_goes_on_where_it_was(strategy: str) -> None:
    whole, first, second = (optimizer(strategy=strategy, seed=5) for _ in range(3))
    expected = drive(whole, 12)
    seen = drive(first, 5)
    asked = ask(first)
    waiting = second.take_up(json.loads(json.dumps(first.to_json())))
    assert waiting == {asked.trial: asked}
    second.tell(asked, values(asked.config, asked.end), asked.end - asked.start)
    assert [*seen, asked, *drive(second, 6)] == expected
    assert second.history.trials == whole.history.trials


def test_a_state_is_taken_up_before_anything_is_asked() -> None:
    made = optimizer()
    ask(made)
    with pytest.raises(AutotuneError, match="was asked cannot take up"):
        made.take_up([])
    with pytest.raises(AutotuneError, match="is damaged"):
        optimizer().take_up([{"event": "party"}])


def test_it_says_why_it_ends_and_begins_no_more_trials_than_it_may() -> None:
    made = optimizer(strategy="random+asha", trials=6)
    seen = drive(made, 100)
    assert sum(a.start == 0 for a in seen) == 6
    assert made.ended
    assert any(t.state is TrialState.PAUSED for t in made.history.trials.values())


def test_a_training_that_ends_early_is_a_full_one_or_given_up() -> None:
    made = optimizer()
    asked = ask(made)
    made.tell(asked, values(asked.config), 1.0, reached=9)
    assert [t.number for t in made.front()] == [asked.trial]

    made = optimizer(strategy="random+fifo")
    asked = ask(made)
    made.tell(asked, values(asked.config, 4), 1.0, reached=4)
    trial = made.history.trials[asked.trial]
    assert (trial.state, trial.examples_seen) == (TrialState.STOPPED, 4)
    asked = ask(made)
    with pytest.raises(AutotuneError, match="reached=10 is not after 0"):
        made.tell(asked, values(asked.config), 1.0, reached=10)


def test_a_failed_trial_is_taken_up_when_that_is_asked_for() -> None:
    made = optimizer(strategy="random+fifo")
    asked = ask(made)
    with pytest.raises(AutotuneError, match="has not failed"):
        made.again(asked.trial)
    made.tell(asked, None, 1.0, error="the node was full")
    again = made.again(asked.trial)
    assert (again.trial, again.config, again.start, again.end) == (asked.trial, asked.config, 0, 1)
    made.tell(again, values(again.config), 1.0)
    assert made.history.trials[asked.trial].state is TrialState.PAUSED


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"objectives": {"f1": "maximize"}}, "tells no 'f1'"),
        ({"full": 3}, "was trained to 9 of 3"),
        ({"space": {"parameters": {"z": {"type": "float", "low": 0.0, "high": 1.0}}}}, "another optimizer's"),
    ],
)
def test_the_state_of_an_optimizer_of_other_arguments_is_refused(other, said):
    made = optimizer(strategy="random+fifo")
    drive(made, 3)
    arguments = {"space": SPACE, "objectives": TWO, "strategy": "random+fifo", "full": 9} | other
    with pytest.raises(AutotuneError, match=said):
        Optimizer(**arguments).take_up(made.to_json())
