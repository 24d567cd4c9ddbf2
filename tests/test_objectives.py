import pytest

from autotune.errors import AutotuneError
from autotune.objectives import Constraint, Objective, objective

METRICS = {"accuracy": "maximize", "loss": "minimize"}


def test_costs_and_metrics_by_name():
    assert objective("accuracy", METRICS) == Objective("accuracy", "maximize")
    assert objective("trainable_params", METRICS).known_before_training
    with pytest.raises(AutotuneError, match="unknown objective 'speed'"):
        objective("speed", METRICS)


def test_smaller_is_better_once_minimized():
    assert objective("accuracy", METRICS).minimized(0.9) == -0.9
    assert objective("loss", METRICS).minimized(0.9) == 0.9


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("trainable_params<=100k", 100_000),
        ("latency_ms < 3.5", 3.5),
        ("stored_bytes<=2M", 2e6),
        ("loss<=1e-1", 0.1),
        ("loss<=-0.2", -0.2),
    ],
)
def test_constraints(text, bound):
    constraint = Constraint.parse(text)
    assert constraint.bound == bound
    assert constraint.holds({constraint.name: bound - 0.01 * abs(bound)})
    assert not constraint.holds({constraint.name: bound + 0.01 * abs(bound)})
    assert constraint.holds({})
    assert Constraint.parse(str(constraint)) == constraint


@pytest.mark.parametrize("text", ["", "params", "params==3", "params<=", "<=3", "a<=1.2.3", "a<=nan"])
def test_nonsense_constraints(text):
    with pytest.raises(AutotuneError, match="not of the form"):
        Constraint.parse(text)
