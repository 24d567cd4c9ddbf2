"""What a benchmark leaves out is filled in, what it says is checked."""

import math

import pytest

from autotune.bench.prepared import prepare
from autotune.errors import AutotuneError
from autotune.objectives import Objective

SPACE = {"parameters": {"x": {"type": "float", "low": 0.0, "high": 1.0}}}


class Plain:
    space = SPACE
    objectives = {"error": "minimize", "size": "minimize"}  # noqa: RUF012
    full = 9

    def evaluate(self, config, fidelity):
        return {"error": config["x"] / fidelity, "size": 1 - config["x"]}, 2.0 * fidelity


def test_what_is_left_out_is_filled_in():
    made = prepare(Plain())
    assert (made.lowest, made.resumes, made.seconds, made.losses, made.pool) == (1, True, False, False, None)
    assert [o.name for o in made.objectives] == ["error", "size"]
    assert made.evaluate({"x": 0.5}, 1) == ({"error": 0.5, "size": 0.5}, 2.0)
    assert made.cost({"x": 0.5}, 3, 9) == 12.0
    assert prepare(made) is made


def test_without_resumption_a_piece_costs_the_whole():
    class Fresh(Plain):
        resumes = False

    assert prepare(Fresh()).cost({"x": 0.5}, 3, 9) == 18.0


def test_known_objectives_are_those_that_known_tells():
    class Known(Plain):
        objectives = (Objective("error", "minimize"), Objective("size", "minimize"))

        def known(self, config):
            return {"size": 1 - config["x"]}

    class Claimed(Plain):
        objectives = (Objective("error", "minimize"), Objective("size", "minimize", known_before_training=True))

    assert [o.known_before_training for o in prepare(Known()).objectives] == [False, True]
    assert prepare(Known()).primary.name == "error"
    assert not any(o.known_before_training for o in prepare(Claimed()).objectives)


@pytest.mark.parametrize("values", [{}, None, {"error": math.nan, "size": 1.0}, {"error": 1.0, "size": math.inf}])
def test_a_failed_training_has_no_values(values):
    class Failing(Plain):
        def evaluate(self, config, fidelity):
            return values, 1.0

    assert prepare(Failing()).evaluate({"x": 0.5}, 9) == ({}, 1.0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (({"error": 1.0}, 1.0), "'size'"),
        (({"error": 1.0, "size": "big"}, 1.0), "big"),
        (({"error": 1.0, "size": 1.0}, -1.0), "-1.0"),
        (({"error": 1.0, "size": 1.0}, math.nan), "nan"),
        (1.0, "answer (values, cost)"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(answer, said):
    class Wrong(Plain):
        def evaluate(self, config, fidelity):
            return answer

    with pytest.raises(AutotuneError) as caught:
        prepare(Wrong(), "mine:Wrong").evaluate({"x": 0.5}, 9)
    assert said in str(caught.value)
    assert "mine:Wrong" in str(caught.value)


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"full": 0}, "full=0"),
        ({"full": 2.5}, "2.5"),
        ({"lowest": 10}, "lowest=10"),
        ({"objectives": {"error": "up"}}, "'up'"),
        ({"objectives": []}, "objectives"),
        ({"objectives": ["error"]}, "objectives"),
        ({"pool": []}, "pool"),
        ({"pool": [{"x": 0.5}, {"y": 0.5}]}, "pool[1]"),
        ({"space": {"parameters": {"at": {"type": "layers"}}}}, "layers"),
        ({"space": "nowhere"}, "nowhere"),
    ],
)
def test_an_attribute_that_makes_no_sense_is_refused(attributes, said):
    with pytest.raises(AutotuneError) as caught:
        prepare(type("Wrong", (Plain,), attributes)())
    assert said in str(caught.value)


def test_layers_may_be_told_apart_from_the_space():
    made = prepare(type("Layered", (Plain,), {"space": {"parameters": {"at": {"type": "layers"}}}, "layers": 4})())
    assert made.space.width == 4


def test_known_that_always_fails_is_refused():
    class Broken(Plain):
        def known(self, config):
            raise KeyError("what")

    with pytest.raises(AutotuneError, match=r"known\(config\) fails"):
        prepare(Broken())


@pytest.mark.parametrize("part", ["known", "refuse", "cost", "curve"])
def test_what_a_benchmark_raises_is_told_with_its_name(part):
    class Faulty(Plain):
        pass

    def fails(self, config, *_):
        return {"size": 1.0} if config["x"] < 0.5 and part == "known" else {}["rank"]

    setattr(Faulty, part, fails)
    made = prepare(Faulty(), "mine:Faulty")
    calls = {
        "known": lambda: made.costs({"x": 0.7}),
        "refuse": lambda: made.refuse({"x": 0.7}),
        "cost": lambda: made.cost({"x": 0.7}, 0, 3),
        "curve": lambda: made.curve({"x": 0.7}, 0, 3),
    }
    with pytest.raises(AutotuneError, match=rf"mine:Faulty: {part}\(config.*failed for .*0.7.*KeyError\('rank'\)"):
        calls[part]()


@pytest.mark.parametrize("cost", [-1.0, math.nan])
def test_a_piece_whose_cost_is_no_cost_is_refused(cost):
    class Odd(Plain):
        def cost(self, config, start, end):
            return cost

    with pytest.raises(AutotuneError, match=r"Odd: cost.* says the cost is"):
        prepare(Odd()).cost({"x": 0.5}, 0, 3)
