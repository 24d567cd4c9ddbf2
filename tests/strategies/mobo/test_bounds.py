"""Bounds on what only training tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from helpers.cube import LOSS, SIZE, TIME, complete, config, history, points, setting, space, trial

from autotune import Optimizer
from autotune.errors import AutotuneError
from autotune.objectives import COSTS, Constraint, Objective
from autotune.strategies.base import Setting
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.bounds import read_bounds
from autotune.strategies.mobo.surrogate import Surrogate

ACCURACY = Objective("accuracy", "maximize")


def heat(x: float, y: float) -> Mapping[str, float]:
    """Better to the right, where it is hotter."""
    return {"loss": 2.0 - x - 0.01 * y, "heat": 10 * x, "time": 1.0 + 9 * x}


def bounded(*texts: str, objectives: Sequence[Objective] = (LOSS,)) -> Setting:
    bounds = [Constraint.parse(text) for text in texts]
    return setting(objectives, constraints=bounds, learnt_bounds=bounds, costs=lambda c: {"size": float(c["x0"])})


def model(made: Setting, values=heat, count: int = 20) -> Surrogate:
    return Surrogate(history(*complete(points(count), values)), made, Basis(made))


@pytest.mark.parametrize(
    ("text", "limit", "below"),
    [
        ("loss<=3", 3.0, True),
        ("loss>1", 1.0, False),
        ("accuracy>=0.8", -0.8, True),
        ("accuracy<0.9", -0.9, False),
        ("heat<=4", 4.0, True),
        ("heat>=4", -4.0, True),
        ("peak_memory<=1M", np.log1p(1e6), True),
    ],
)
def test_a_bound_is_read_on_the_scale_of_what_it_bounds(text: str, limit: float, below: bool) -> None:
    found = read_bounds([Constraint.parse(text)], [LOSS, ACCURACY])[0]
    assert (found.limit, found.below) == (pytest.approx(limit), below)
    assert found.quantity.name == text.split("<")[0].split(">")[0]


def test_the_quantity_is_the_objective_or_the_cost_itself() -> None:
    names = [b.quantity for b in read_bounds(map(Constraint.parse, ("loss<=3", "latency_ms<=3")), [LOSS])]
    assert names == [LOSS, COSTS["latency_ms"]]


@pytest.mark.parametrize("text", ["heat<=5", "time<=5.5"])
@pytest.mark.parametrize("objectives", [(LOSS,), (LOSS, SIZE), (LOSS, TIME)])
def test_a_gain_counts_as_far_as_the_bound_is_likely_to_hold(text: str, objectives: Sequence[Objective]) -> None:
    there = complete([(0.1, 0.5), (0.2, 0.1)], heat)
    candidates = [config(x, 0.3) for x in (0.3, 0.4, 0.7, 0.9)]
    free = model(setting(objectives)).gains(there, candidates, 0)
    held = model(bounded(text, objectives=objectives)).gains(there, candidates, 0)
    assert held[:2] == pytest.approx(free[:2], rel=0.15)
    assert (held[2:] < 0.05 * free[2:]).all()
    assert np.argmax(held) == 1


def test_what_breaks_a_bound_is_no_rival() -> None:
    """The best by far is forbidden: it says nothing of what a permitted one adds."""
    past = [*complete(points(20), heat), trial(20, (0.95, 0.5), {9: heat(0.95, 0.5)})]
    made = bounded("heat<=5")
    found = Surrogate(history(*past), made, Basis(made))
    assert found.gains(past[-1:], [config(0.4, 0.5)], 0)[0] > 0.2
    free = Surrogate(history(*past), setting((LOSS,)), Basis(setting((LOSS,))))
    assert free.gains(past[-1:], [config(0.4, 0.5)], 0)[0] == pytest.approx(0.0, abs=1e-6)
    assert found.volume < free.volume


def test_where_nothing_holds_it_the_nearest_is_best() -> None:
    candidates = [config(x, 0.5) for x in (0.6, 0.9)]
    found, free = (model(m).gains([], candidates, 0) for m in (bounded("heat<=-20"), setting((LOSS,))))
    assert 0 < found[1] / free[1] < found[0] / free[0] < 1e-12
    leading = model(bounded("heat<=-20")).leaders()
    assert leading[0]["x0"] == min(x for x, _ in points(20))


def test_leaders_ought_to_hold_the_bound() -> None:
    leading = model(bounded("heat<=5")).leaders()
    assert float(leading[0]["x0"]) <= 0.52  # type: ignore[arg-type]
    assert float(model(setting((LOSS,))).leaders()[0]["x0"]) > 0.9  # type: ignore[arg-type]


def test_several_bounds_hold_together() -> None:
    found = model(bounded("heat<=5", "heat>=3")).gains([], [config(x, 0.5) for x in (0.1, 0.4, 0.9)], 0)
    assert found[1] > 20 * max(found[0], found[2])


def test_values_that_span_orders_of_magnitude_are_held_against_the_bound_on_their_own_scale() -> None:
    found = model(bounded("cost<=30"), lambda x, y: {"loss": 2.0 - x, "cost": float(np.exp(7 * x))})
    gains = found.gains([], [config(x, 0.5) for x in (0.2, 0.4, 0.6)], 0)
    assert gains[1] > gains[0] > 5 * gains[2]


@pytest.mark.parametrize("told", [{}, {"heat": 1.0}])
def test_what_nobody_told_bounds_nothing(told: Mapping[str, float]) -> None:
    past = history(*complete(points(6), lambda x, y: {"loss": 2.0 - x, **told}))
    made = bounded("heat<=5")
    free = Surrogate(past, setting((LOSS,)), Basis(setting((LOSS,))))
    candidates = [config(0.3, 0.3), config(0.9, 0.3)]
    found = Surrogate(past, made, Basis(made)).gains([], candidates, 0)
    assert found == pytest.approx(free.gains([], candidates, 0), rel=0.02)


def search(strategy: str, constraints: Sequence[str], trials: int = 14) -> Optimizer:
    made = Optimizer(space(), {"loss": "minimize"}, strategy, full=9, trials=trials, constraints=constraints)
    while (asked := made.ask()) is not None:
        made.tell(asked, heat(*asked.config.values()), asked.end - asked.start)  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize("strategy", ["auto", "mobo+fifo"])
def test_a_search_finds_the_edge_of_what_is_permitted(strategy: str) -> None:
    """Optimum at heat 5, x0 = 0.5; without a bound everybody ends at x0 = 1."""
    free, held = search(strategy, []), search(strategy, ["heat<=5"])
    assert free.front()[0].curve[-1].metrics["heat"] > 9
    best = held.front()[0].curve[-1].metrics
    assert 4 < best["heat"] <= 5
    late = [t.curve[-1].metrics["heat"] for t in held.history.trials.values() if t.number >= 8]
    assert np.mean([v <= 6 for v in late]) >= 0.5


def test_a_bounded_value_has_to_be_told() -> None:
    made = Optimizer(space(), {"accuracy": "maximize"}, full=9, constraints=["heat<=5"])
    assert made.learnt == ("accuracy", "heat")
    asked = made.ask()
    assert asked is not None
    with pytest.raises(AutotuneError, match="'heat' is missing: told accuracy"):
        made.tell(asked, {"accuracy": 0.5})
    made.tell(asked, {"accuracy": 0.5, "heat": 6.0}, curve={asked.start + 1: {"accuracy": 0.4}})
    assert made.front() == []
