"""The engine in a loop of one's own: asking and telling."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.asking import SIZE, SPACE, STRATEGIES, ask, drive, optimizer, size, values

from autotune.errors import AutotuneError
from autotune.objectives import Constraint, Objective
from autotune.optimizer import Asked, Optimizer
from autotune.space import SearchSpace
from autotune.trial import TrialState


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_asks_what_can_be_done(strategy: str) -> None:
    made = optimizer(strategy=strategy)
    space = SearchSpace.from_dict(SPACE)
    reached: dict[int, int] = {}
    for asked in drive(made, 14):
        space.validate(asked.config)
        assert asked.start == reached.get(asked.trial, 0)
        assert asked.start < asked.end <= 9
        assert asked.reason
        reached[asked.trial] = asked.end
    assert made.history.device_seconds == sum(reached.values())
    assert {t.number for t in made.complete()} == {n for n, seen in reached.items() if seen == 9}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_is_a_function_of_what_it_was_told_and_of_the_seed(strategy: str) -> None:
    one, again, other = (drive(optimizer(strategy=strategy, seed=s), 8) for s in (3, 3, 4))
    assert one == again
    assert [a.config for a in one] != [a.config for a in other]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_trainings_that_cannot_be_cut_are_asked_for_whole(strategy: str) -> None:
    made = optimizer(strategy=strategy, full=1)
    seen = drive(made, 8)
    assert [(a.start, a.end) for a in seen] == [(0, 1)] * 8
    assert len(made.complete()) == 8


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_several_may_be_asked_before_the_answers_are_told(strategy: str) -> None:
    made = optimizer(strategy=strategy)
    for _ in range(3):
        under_way = [ask(made) for _ in range(4)]
        assert len({a.trial for a in under_way}) == 4
        for asked in reversed(under_way):
            made.tell(asked, values(asked.config, asked.end), 1.0)
    configs = [repr(sorted(t.config.items())) for t in made.history.trials.values()]
    assert len(set(configs)) == len(configs)


def test_the_default_comes_first_unless_unwanted() -> None:
    space = SearchSpace.from_dict(SPACE)
    assert ask(optimizer()).config == space.default()
    assert ask(optimizer(defaults=False)).config != space.default()


def test_history_never_changes() -> None:
    made = optimizer()
    before = made.history
    asked = ask(made)
    between = made.history
    made.tell(asked, values(asked.config), 1.0)
    assert before.trials == {}
    assert between.trials[0].state is TrialState.RUNNING
    assert made.history.trials[0].state is TrialState.PAUSED


def told_twice(made: Optimizer, asked: Asked) -> None:
    made.tell(asked, values(asked.config), 1.0)
    made.tell(asked, values(asked.config), 1.0)


def told_late(made: Optimizer, asked: Asked) -> None:
    made.lost(asked)
    made.tell(asked, values(asked.config), 1.0)


def told_elsewhere(made: Optimizer, asked: Asked) -> None:
    made.tell(ask(optimizer(seed=9)).__class__(7, asked.config, 0, asked.end, "", 0), values(asked.config), 1.0)


def lost_twice(made: Optimizer, asked: Asked) -> None:
    made.lost(asked)
    made.lost(asked)


def lost_after_all(made: Optimizer, asked: Asked) -> None:
    made.tell(asked, values(asked.config), 1.0)
    made.lost(asked)


def lost_elsewhere(made: Optimizer, asked: Asked) -> None:
    made.lost(Asked(7, asked.config, 0, asked.end, "", 0))


@pytest.mark.parametrize(
    "wrong",
    [told_twice, told_late, told_elsewhere, lost_twice, lost_after_all, lost_elsewhere],
    ids=lambda f: f.__name__,
)
def test_what_is_not_under_way_cannot_be_told(wrong: Any) -> None:
    made = optimizer()
    asked = ask(made)
    with pytest.raises(AutotuneError, match="is not under way") as error:
        wrong(made, asked)
    assert error.value.remedy == "tell each answer of ask() once"


def test_what_was_asked_again_is_told_by_its_own_answer() -> None:
    made = optimizer()
    gone = ask(made)
    made.lost(gone)
    again = ask(made)
    assert (again.trial, again.start, again.end) == (gone.trial, gone.start, gone.end)
    with pytest.raises(AutotuneError, match="is not under way"):
        made.tell(gone, values(gone.config), 1.0)
    made.tell(again, values(again.config), 1.0)


def test_curve_points_between_start_and_end_are_kept() -> None:
    made = optimizer(strategy="random+fifo")
    asked = ask(made)
    curve = {e: values(asked.config, e) for e in (6, 3, 9, 20)} | {0: values(asked.config)}
    made.tell(asked, {"loss": 0.5, "score": 0.25}, 18.0, curve=curve)
    found = made.history.trials[0].curve
    assert [(p.examples, p.seconds) for p in found] == [(3, 6.0), (6, 12.0), (9, 18.0)]
    assert found[1].metrics == values(asked.config, 6)
    assert found[2].metrics == {"loss": 0.5, "score": 0.25}


def test_costs_add_up_over_the_pieces_of_a_trial() -> None:
    made = optimizer(strategy="random+asha")
    seen = drive(made, 40, cost=2.0)
    assert any(a.start for a in seen)
    for trial in made.history.trials.values():
        assert trial.device_seconds == pytest.approx(2.0 * trial.examples_seen)
        assert [p.seconds for p in trial.curve] == pytest.approx([2.0 * p.examples for p in trial.curve])


def test_a_training_that_failed_is_not_asked_again() -> None:
    made = optimizer()
    asked = ask(made)
    made.tell(asked, None, 3.0, error="out of memory")
    trial = made.history.trials[asked.trial]
    assert trial.state is TrialState.FAILED
    assert trial.failure is not None
    assert trial.failure.message == "out of memory"
    assert made.history.device_seconds == 3
    assert all(a.trial != asked.trial for a in drive(made, 30))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_failures_alone_never_end_a_search(strategy: str) -> None:
    made = optimizer(strategy=strategy)
    for _ in range(12):
        made.tell(ask(made), None, 1.0, error="diverged")
    assert made.front() == made.complete() == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_lost_training_is_asked_again(strategy: str) -> None:
    made = optimizer(strategy=strategy)
    drive(made, 3)
    asked, spent = ask(made), made.history.device_seconds
    own = made.history.trials[asked.trial].device_seconds
    made.lost(asked, 2.0)
    again = ask(made)
    assert (again.trial, again.start, again.end) == (asked.trial, asked.start, asked.end)
    assert made.history.device_seconds == spent + 2, "the budget pays"
    assert made.history.trials[asked.trial].device_seconds == own, "what the trial costs is judged without it"


def test_with_a_budget_models_end_when_nothing_fits() -> None:
    made = optimizer(strategy="auto", budget=30.0)
    drive(made, 1000)
    assert 21 <= made.history.device_seconds <= 30
    assert made.complete()


def test_what_others_are_training_is_taken_off_the_budget() -> None:
    made = optimizer(strategy="auto", full=1, budget=10.0)
    drive(made, 6)
    under_way = []
    while (asked := made.ask()) is not None:
        under_way.append(asked)
        assert len(under_way) <= 4
    assert len(under_way) == 4


@pytest.mark.parametrize(
    ("strategy", "meant"),
    [("mob", "mobo"), ("random+ahsa", "asha"), ("tep+asha", "tpe"), ("auto+freeze_thaw", "freeze-thaw")],
)
def test_a_strategy_that_is_not_there_is_refused_with_what_is_near(strategy: str, meant: str) -> None:
    with pytest.raises(AutotuneError, match="unknown") as error:
        optimizer(strategy=strategy)
    assert f"did you mean {meant}?" in str(error.value.remedy)


@pytest.mark.parametrize(
    "objectives",
    [[Objective("loss", "minimize"), SIZE], {"loss": "minimize", "size": "minimize"}],
    ids=["list", "mapping"],
)
def test_known_objectives_need_not_be_told(objectives: Any) -> None:
    made = optimizer(objectives, strategy="auto", known=size)
    for _ in range(15):
        asked = ask(made)
        made.tell(asked, {"loss": values(asked.config, asked.end)["loss"]}, 1.0)
    for trial in made.history.trials.values():
        assert trial.known == size(trial.config)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_bounds_and_refusals_are_kept(strategy: str) -> None:
    made = optimizer(
        [Objective("loss", "minimize"), SIZE],
        strategy=strategy,
        known=size,
        constraints=["size<=40", Constraint("size", ">", 5.0)],
        refuse=lambda config: "no b" if config["kind"] == "b" else None,
    )
    for asked in drive(made, 15):
        assert 5 < size(asked.config)["size"] <= 40
        assert asked.config["kind"] == "a"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_of_a_pool_each_is_asked_for_once_and_then_no_more(strategy: str) -> None:
    pool = [{"x": i / 10, "y": 0.5, "kind": "a"} for i in range(11)]
    made = optimizer(strategy=strategy, full=1, pool=pool, refuse=lambda c: "no" if c["x"] == 0.5 else None)
    seen = drive(made, 100)
    assert sorted(a.config["x"] for a in seen) == [i / 10 for i in range(11) if i != 5]  # type: ignore[type-var]
    assert made.ask() is None


def test_nothing_is_asked_where_all_is_refused() -> None:
    assert optimizer(refuse=lambda config: "no").ask() is None


def test_the_front_is_of_full_trainings_that_none_dominates() -> None:
    pool = [{"x": x, "y": y, "kind": "a"} for x, y in ((0.9, 0.3), (0.5, 0.3), (1.0, 0.9), (0.1, 0.1))]
    made = optimizer(strategy="random+fifo", pool=pool)
    drive(made, 100)
    assert sorted(t.config["x"] for t in made.front()) == [0.9, 1.0]  # type: ignore[type-var]
    assert len(made.complete()) == 4
    assert optimizer().front() == []


def test_a_warm_start_begins_on_the_front_of_the_earlier_search() -> None:
    before = optimizer(strategy="random+fifo")
    drive(before, 12)
    after = optimizer(strategy="mobo+freeze-thaw", seed=1, warm_start=[before], defaults=False)
    front = [trial.config for trial in before.front()]
    assert ask(after).config in front
    assert optimizer(strategy="mobo+freeze-thaw", seed=1, defaults=False).ask() != after.ask()


def test_what_auto_chose_is_told_with_the_reason() -> None:
    chosen = optimizer(strategy="auto", trainings=50).chosen
    assert chosen.name == "mobo+asha"
    assert "a budget of about 50 full trainings" in chosen.reason
    assert optimizer(strategy="tpe+asha").chosen.reason == ""


@pytest.mark.parametrize("strategy", ["auto", "random+fifo", "tpe+asha"])
def test_tight_bounds_on_what_is_known_end_no_search(strategy: str) -> None:
    """One draw in a thousand holds them, and a number without end tells the others apart."""
    made = optimizer(strategy=strategy, known=size, constraints=["size<=0.1"], trials=20, full=1)
    assert len(drive(made, 100)) == 20
    assert all(size(t.config)["size"] <= 0.1 for t in made.history.trials.values())


@pytest.mark.parametrize("strategy", ["auto", "random+asha", "mobo+asha", "tpe+asha"])
@pytest.mark.parametrize("trials", [2, 8, 12])
def test_a_search_of_few_trials_trains_one_in_full(strategy: str, trials: int) -> None:
    made = optimizer(strategy=strategy, full=27, trials=trials)
    drive(made, 1000)
    assert len(made.history.trials) == trials
    assert made.front()


@pytest.mark.parametrize("strategy", ["auto", "mobo+asha", "mobo+freeze-thaw"])
@pytest.mark.parametrize("budget", [27, 30, 54])
def test_models_spend_no_budget_without_a_training_in_full(strategy: str, budget: int) -> None:
    made = optimizer(strategy=strategy, full=27, budget=budget)
    drive(made, 1000)
    assert made.history.device_seconds <= budget
    assert made.front()
