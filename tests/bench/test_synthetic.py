"""The problems in closed form."""

import numpy as np
import pytest

from autotune.bench.prepared import prepare
from autotune.bench.synthetic import Dtlz2, Peft, Zdt1


def test_the_peft_problem_is_what_it_says():
    made = prepare(Peft())
    configs = [made.space.sample(np.random.default_rng(n)) for n in range(200)]
    at = np.array([[made.evaluate(c, f)[0]["accuracy"] for f in (3, 81)] for c in configs])
    assert (at > 0.4).all()
    assert (at < 1).all()
    rank = np.argsort(np.argsort(at, axis=0), axis=0)
    correlation = np.corrcoef(rank[:, 0], rank[:, 1])[0, 1]
    assert 0.1 < correlation < 0.9  # curves cross, yet tell something
    costs = [made.evaluate(c, 81)[1] for c in configs]
    assert max(costs) > 1.3 * min(costs)
    assert all(made.known(c)["params"] > 0 for c in configs)
    assert len({len(c) for c in configs}) > 1
    assert made.evaluate(configs[0], 81) == prepare(Peft()).evaluate(configs[0], 81)
    assert made.evaluate(configs[0], 81) != prepare(Peft(seed=1)).evaluate(configs[0], 81)


@pytest.mark.parametrize("x", [0.0, 0.25, 1.0])
def test_zdt1_has_its_front(x):
    values, _ = Zdt1().evaluate({"x0": x, **{f"x{i}": 0.0 for i in range(1, 6)}}, 1)
    assert values["f2"] == pytest.approx(1 - x**0.5)


def test_dtlz2_has_its_front_in_full_only():
    config = {"x0": 0.3, "x1": 0.8, **{f"x{i}": 0.5 for i in range(2, 6)}}
    squares = [sum(v * v for v in Dtlz2().evaluate(config, f)[0].values()) for f in (9, 27)]
    assert squares[1] == pytest.approx(1)
    assert squares[0] > 1.1
