"""Searches on the virtual clock."""

import pytest

from autotune.bench import simulate
from autotune.bench.prepared import prepare
from autotune.bench.simulate import Run, _Clock, drive
from autotune.bench.synthetic import Dtlz2, Peft, Zdt1
from autotune.optimizer import Asked


@pytest.mark.parametrize("strategy", ["random+fifo", "random+asha", "tpe+hyperband"])
@pytest.mark.parametrize("benchmark", [Peft, Zdt1, Dtlz2])
def test_the_budget_is_kept_and_spent(benchmark, strategy):
    made = benchmark()
    budget = 8 * prepare(made).evaluate(prepare(made).space.default(), made.full)[1]
    run = simulate(made, strategy, budget, 0)
    assert 0.7 * budget <= run.spent <= budget * (1 + 1e-9)
    assert run.full
    assert run.failed == 0
    assert all(set(f.values) >= {o.name for o in prepare(made).objectives} for f in run.full)
    assert len(run.thinking) >= run.pieces >= run.trials >= len(run.full)


def test_it_is_a_function_of_the_seed():
    a, b, c = (simulate(Peft(), "random+asha", 500.0, seed) for seed in (1, 1, 2))
    assert a.full == b.full
    assert a.full != c.full


def test_several_workers_spend_the_same_budget():
    run = simulate(Zdt1(), "random+fifo", 12.0, 0, workers=5)
    assert run.spent == 12
    assert len(run.full) == 12


class Fixed:
    """Asks for what it is given, and notes what it is told."""

    def __init__(self, *asked):
        self.asked, self.told, self.gone = list(asked), [], []

    def ask(self):
        return self.asked.pop(0) if self.asked else None

    def tell(self, asked, values, cost=0.0, *, curve=None, error=""):
        self.told.append((asked.trial, values, cost, curve))

    def lost(self, asked, cost=0.0):
        self.gone.append(asked.trial)


class Steps:
    space = {"parameters": {"x": {"type": "float", "low": 0.0, "high": 1.0}}}  # noqa: RUF012
    objectives = {"y": "minimize"}  # noqa: RUF012
    full = 10

    def evaluate(self, config, fidelity):
        return ({} if config["x"] > 0.5 else {"y": 1.0 / fidelity}), float(fidelity)

    def curve(self, config, start, end):
        return {k: {"y": 1.0 / k} for k in range(1, 11)}


def asked(trial, x, start, end):
    return Asked(trial, {"x": x}, start, end, "", trial)


def test_a_thawed_trial_pays_the_rest_and_tells_what_lies_between():
    asker = Fixed(asked(0, 0.1, 0, 3), asked(0, 0.1, 3, 6))
    run = drive(prepare(Steps()), asker, Run("fixed", 0, 100.0, 1))
    assert [told[2] for told in asker.told] == [3.0, 3.0]
    assert list(asker.told[1][3]) == [4, 5]
    assert run.spent == 6
    assert run.full == []


def test_a_failed_training_is_told_as_one():
    asker = Fixed(asked(0, 0.9, 0, 10))
    run = drive(prepare(Steps()), asker, Run("fixed", 0, 100.0, 1))
    assert asker.told == [(0, None, 10.0, None)]
    assert (run.failed, run.full) == (1, [])


def test_what_the_budget_does_not_hold_is_lost():
    asker = Fixed(asked(0, 0.1, 0, 10), asked(1, 0.2, 0, 10))
    run = drive(prepare(Steps()), asker, Run("fixed", 0, 15.0, 1))
    assert asker.gone == [1]
    assert (run.spent, run.trials, len(run.full)) == (10.0, 1, 1)


def test_thinking_is_charged_where_costs_are_seconds():
    class Seconds(Steps):
        seconds = True

    run = drive(prepare(Seconds()), Fixed(asked(0, 0.1, 0, 10)), Run("fixed", 0, 100.0, 1))
    assert 10 < run.spent < 11
    free = drive(prepare(Seconds()), Fixed(asked(0, 0.1, 0, 10)), Run("fixed", 0, 100.0, 1), charge_thinking=False)
    assert free.spent == 10


def test_one_decision_is_made_after_the_other():
    clock = _Clock(3)
    assert [clock.think(2.0), clock.think(1.0), clock.think(0.5)] == [2.0, 3.0, 3.5]
