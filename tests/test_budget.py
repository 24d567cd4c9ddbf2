import pytest

from autotune.budget import Budget
from autotune.errors import AutotuneError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8gpu-h", Budget(device_seconds=28800, device="gpu")),
        ("40cpu-min", Budget(device_seconds=2400, device="cpu")),
        ("0.5 gpu h", Budget(device_seconds=1800, device="gpu")),
        ("2h", Budget(wall_seconds=7200)),
        ("90s", Budget(wall_seconds=90)),
        ("60trials", Budget(trials=60)),
        ("1trial", Budget(trials=1)),
        ("8GPU-H", Budget(device_seconds=28800, device="gpu")),
        ("+20cpu-min", Budget(device_seconds=1200, device="cpu")),
    ],
)
def test_forms(text, expected):
    assert Budget.parse(text) == expected


def test_several_limits_hold_together():
    assert Budget.parse(["8gpu-h", "60trials", "10h"]) == Budget(28800, 36000, 60, "gpu")


@pytest.mark.parametrize(
    "text", ["", "0cpu-min", "1s", "-5min", "0trials", "1.5trials", "8gpu", "8parsecs", "nanh", "5"]
)
def test_nonsense_is_refused_with_a_form_to_follow(text):
    with pytest.raises(AutotuneError) as error:
        Budget.parse(text)
    assert "--budget" in error.value.remedy


def test_the_same_limit_twice_is_refused():
    with pytest.raises(AutotuneError, match="device seconds twice"):
        Budget.parse(["8gpu-h", "2cpu-min"])


def test_no_budget_is_refused():
    with pytest.raises(AutotuneError, match="no budget"):
        Budget.parse([])


@pytest.mark.parametrize("texts", [["8gpu-h"], ["40cpu-min", "60trials"], ["2h"], ["33.3cpu-min"]])
def test_texts_round_trip(texts):
    budget = Budget.parse(texts)
    assert Budget.parse(budget.to_list()) == budget


def test_budgets_add_up():
    assert Budget.parse("8gpu-h").plus(Budget.parse("+2gpu-h")).device_seconds == 36000
    assert Budget.parse("60trials").plus(Budget.parse("+5trials")).trials == 65
    both = Budget.parse(["1h", "60trials"]).plus(Budget.parse(["+30min", "+5trials"]))
    assert both == Budget(wall_seconds=5400, trials=65)


@pytest.mark.parametrize(
    ("have", "more", "remedy"),
    [("1h", "10trials", "+20min"), ("60trials", "20cpu-min", "+10trials"), ("8gpu-h", "2h", "+20gpu-min")],
)
def test_a_limit_that_there_was_not_is_no_enlargement(have, more, remedy):
    with pytest.raises(AutotuneError, match=r"cannot be added to a budget of") as error:
        Budget.parse(have).plus(Budget.parse(more))
    assert remedy in error.value.remedy
