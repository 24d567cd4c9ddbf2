"""The scale of a score, by hand."""

import pytest

from autotune.bench.prepared import prepare
from autotune.bench.score import scale_of
from autotune.bench.simulate import Full, Run
from autotune.errors import AutotuneError


class Pool:
    """Eleven configurations on a line from (0, 10) to (10, 0)."""

    space = {"parameters": {"x": {"type": "int", "low": 0, "high": 10}}}  # noqa: RUF012
    objectives = {"a": "minimize", "b": "minimize"}  # noqa: RUF012
    pool = tuple({"x": x} for x in range(11))
    full = 4

    def evaluate(self, config, fidelity):
        return {"a": float(config["x"]), "b": 10.0 - config["x"]}, float(fidelity)


def test_all_of_a_pool_score_one():
    scale = scale_of(prepare(Pool()))
    assert scale.one == 4
    assert scale.score([Pool().evaluate(c, 4)[0] for c in Pool.pool]) == pytest.approx(1)
    assert scale.score([]) == 0


def test_the_scale_goes_from_the_best_to_the_quantile():
    scale = scale_of(prepare(Pool()))
    assert scale.low.tolist() == [0, 0]
    assert scale.high.tolist() == [9, 9]
    middle = (4 / 9) ** 2 / scale.base
    assert scale.score([{"a": 5.0, "b": 5.0}]) == pytest.approx(middle)


def test_a_reference_is_taken_in_place_of_the_quantile():
    class Bounded(Pool):
        reference = {"a": 20.0, "b": 20.0}  # noqa: RUF012

    assert scale_of(prepare(Bounded())).high.tolist() == [20, 20]


def test_a_front_is_what_scores_one():
    class Better(Pool):
        front = ({"a": 0.0, "b": 0.0},)

    scale = scale_of(prepare(Better()))
    assert scale.score([{"a": 0.0, "b": 0.0}]) == pytest.approx(1)
    assert scale.score([Pool().evaluate(c, 4)[0] for c in Pool.pool]) < 0.6


def test_an_objective_that_never_changes_decides_nothing():
    class Constant(Pool):
        def evaluate(self, config, fidelity):
            return {"a": 1.0, "b": float(config["x"])}, float(fidelity)

    scale = scale_of(prepare(Constant()))
    assert scale.score([{"a": 1.0, "b": 0.0}]) == pytest.approx(1)


def test_failed_trainings_do_not_count():
    class Failing(Pool):
        def evaluate(self, config, fidelity):
            return ({}, 99.0) if config["x"] == 3 else Pool.evaluate(self, config, fidelity)

    scale = scale_of(prepare(Failing()))
    assert scale.one == 4
    assert scale.to == "all 10 of its pool"


def test_a_benchmark_without_a_scale_is_refused():
    class Broken(Pool):
        def evaluate(self, config, fidelity):
            return {}, 1.0

    class Free(Pool):
        def evaluate(self, config, fidelity):
            return Pool.evaluate(self, config, fidelity)[0], 0.0

    with pytest.raises(AutotuneError, match="0 of its random full trainings"):
        scale_of(prepare(Broken()))
    with pytest.raises(AutotuneError, match="cost nothing"):
        scale_of(prepare(Free()))


def test_a_course_tells_each_improvement():
    scale = scale_of(prepare(Pool()))
    full = [Full(4.0 * n, {"x": x}, {"a": float(x), "b": 10.0 - x}) for n, x in enumerate((10, 5, 5, 2), start=1)]
    course = scale.course(Run("mine", 0, 20.0, 1, full))
    assert [cost for cost, _ in course] == [8.0, 16.0]
    assert course[-1][1] == pytest.approx(scale.score([f.values for f in full]))
