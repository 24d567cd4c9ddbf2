"""Mobo as a searcher beside any scheduler."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.cube import LOSS, SIZE, TIME, complete, config, history, points, setting, trial

from autotune.history import History
from autotune.objectives import Objective
from autotune.strategies.base import Setting
from autotune.strategies.mobo import Mobo, gp, searcher
from autotune.trial import Config, Failure, FailureKind, TrialState


def bowl(x: float, y: float) -> dict[str, float]:
    return {"loss": (y - 0.5) ** 2 + 0.2 * (1 - x), "time": x + y}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def suggest(past: History, made: Setting | None = None, seed: int = 0) -> Config:
    found = Mobo(made or setting((LOSS, SIZE))).suggest(past, rng(seed))
    assert found is not None
    return found.config


def test_the_first_are_drawn_at_random() -> None:
    made = setting((LOSS, SIZE))
    assert suggest(history(), made) == made.space.sample(rng())


def test_then_they_are_near_where_the_front_grows() -> None:
    past = history(*complete(points(15), bowl))
    found = [suggest(past, setting((LOSS,)), seed) for seed in range(4)]
    assert all(abs(float(c["x1"]) - 0.5) < 0.25 and float(c["x0"]) > 0.7 for c in found)


def test_an_unrelated_study_before_changes_nothing() -> None:
    past = history(*complete(points(15), bowl))
    used = Mobo(setting((LOSS, SIZE)))
    used.suggest(history(*complete(points(12, seed=8), lambda x, y: {"loss": x})), rng(7))
    assert used.suggest(past, rng()).config == suggest(past)


def test_what_runs_is_not_proposed_again() -> None:
    past = history(*complete(points(8), bowl))
    made = setting((LOSS, SIZE))
    asked: list[Config] = []
    for i in range(6):
        found = suggest(past, made)
        assert found not in asked
        asked.append(found)
        at = [float(v) for v in found.values()]  # type: ignore[arg-type]
        under_way = trial(100 + i, at, {}, state=TrialState.RUNNING, target=1)
        past = history(*past.trials.values(), under_way)
    apart = np.array([[float(v) for v in c.values()] for c in asked])  # type: ignore[arg-type]
    distances = np.linalg.norm(apart[:, None] - apart[None], axis=2)[~np.eye(6, dtype=bool)]
    assert np.median(distances) > 0.1


def test_what_is_refused_is_never_proposed() -> None:
    made = setting((LOSS, SIZE), refuse=lambda c: "too large" if c["x0"] > 0.3 else None)
    past = history(*complete([x for x in points(30) if x[0] <= 0.3], bowl))
    for seed in range(3):
        assert float(suggest(past, made, seed)["x0"]) <= 0.3


def odd(kind: str) -> History:
    at = points(12)
    values: dict[str, Any] = {
        "constant": lambda x, y: {"loss": 1.0, "time": 2.0},
        "nan": lambda x, y: {"loss": float("nan"), "time": float("nan")},
        "some nan": lambda x, y: bowl(x, y) if x > 0.4 else {"loss": float("nan"), "time": 1.0},
        "infinite": lambda x, y: {"loss": float("inf"), "time": float("-inf")},
        "huge": lambda x, y: {"loss": 1e300 * y, "time": -1e300 * x},
        "tiny": lambda x, y: {"loss": 1e-300 * y, "time": 1e-310 * x},
        "missing": lambda x, y: {},
        "far apart": lambda x, y: {"loss": 10.0 ** (300 * y), "time": 10.0 ** (-300 * x)},
    }
    if kind == "one":
        return history(*complete(at[:1], bowl))
    if kind == "duplicates":
        return history(*complete([[0.5, 0.5]] * 12, bowl))
    if kind == "failed":
        failure = Failure(FailureKind.DIVERGED, "made up")
        return history(*(trial(i, x, {}, state=TrialState.FAILED, failure=failure) for i, x in enumerate(at)))
    return history(*complete(at, values[kind]))


ODD = ["constant", "nan", "some nan", "infinite", "huge", "tiny", "missing", "far apart", "one", "duplicates", "failed"]


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("objectives", [(LOSS,), (LOSS, SIZE), (LOSS, TIME)])
def test_odd_values_are_no_obstacle(kind: str, objectives: tuple[Objective, ...]) -> None:
    made = setting(objectives)
    made.space.validate(suggest(odd(kind), made))


@pytest.mark.parametrize("error", searcher.NUMERICAL)
def test_numerical_trouble_leaves_a_random_draw(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def trouble(*_: Any) -> None:
        raise error("made up")

    monkeypatch.setattr(gp, "_factor", trouble)
    past = history(*complete(points(15), bowl))
    found, other = (Mobo(setting((LOSS, SIZE))).suggest(past, rng(seed)) for seed in (0, 1))
    assert found is not None
    assert other is not None
    assert found.config != other.config
    assert found.reason == "random: the model cannot be fitted (made up)"


def test_mistakes_of_the_program_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def trouble(*_: Any) -> None:
        raise TypeError("a mistake")

    monkeypatch.setattr(gp, "_factor", trouble)
    with pytest.raises(TypeError):
        suggest(history(*complete(points(15), bowl)))


def test_of_a_pool_each_is_proposed_once_and_then_none() -> None:
    pool = [config(*x) for x in points(9)]
    made = setting((LOSS, SIZE), pool=pool)
    asked: list[Config] = []
    while (found := Mobo(made).suggest(history(*complete([list(c.values()) for c in asked], bowl)), rng())) is not None:
        assert found.config in pool
        asked.append(found.config)
    assert len(asked) == 9
    assert all(c in asked for c in pool)
