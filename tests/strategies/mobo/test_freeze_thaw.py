"""Freeze-thaw as a strategy: what it may answer, how it ends, what it finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.cube import LEVELS, LOSS, SIZE, TIME, complete, config, history, points, setting, trial
from helpers.flaky import Flaky, Tiny
from helpers.peft_like import PeftLike
from helpers.simulate import setting_of
from helpers.simulate import simulate as simulate_problem

from autotune.bench.prepared import prepare
from autotune.bench.simulate import Run, simulate
from autotune.bench.synthetic import Peft, Zdt1
from autotune.budget import Budget
from autotune.decision import Answer, Done, Start, Thaw, Wait
from autotune.history import History
from autotune.objectives import Objective
from autotune.pareto import hypervolume
from autotune.strategies.base import Setting
from autotune.strategies.mobo import FreezeThaw, gp, searcher
from autotune.trial import Failure, FailureKind, Trial, TrialState, config_to_json


def bowl(x: float, y: float) -> dict[str, float]:
    return {"loss": (y - 0.5) ** 2 + 0.2 * (1 - x), "time": x + y}


def answer(past: History, made: Setting | None = None, seed: int = 0) -> Answer:
    return FreezeThaw(made or setting((LOSS, SIZE))).next(past, np.random.default_rng(seed))


def paused(count: int = 12, end: int = 1, first: int = 0) -> list[Trial]:
    return [replace(t, number=t.number + first) for t in complete(points(count), bowl, end)]


def test_the_first_trials_are_drawn_at_random_to_the_first_level() -> None:
    found = answer(history())
    assert isinstance(found, Start)
    assert found.end == 1
    assert found.reason == "random trial 1 of 4 to begin with"


def test_what_was_asked_for_comes_first() -> None:
    wanted = [config(0.1, 0.1), config(0.2, 0.2)]
    made = setting((LOSS, SIZE), enqueued=wanted)
    found = answer(history(), made)
    assert isinstance(found, Start)
    assert found.config == wanted[0]
    late = answer(history(*paused(), trial(20, (0.1, 0.1), {1: {"loss": 0.5}})), made)
    assert isinstance(late, Start)
    assert (late.config, late.reason) == (wanted[1], "one to begin with")


def test_interrupted_trials_go_on_before_anything_else() -> None:
    between = trial(30, (0.3, 0.3), {1: {"loss": 0.5}}, examples_seen=2)
    found = answer(history(*paused(), between), setting((LOSS, SIZE), enqueued=[config(0.9, 0.9)]))
    assert found == Thaw(30, 3, "continued to 3: interrupted at 2")
    lost = trial(30, (0.3, 0.3), {}, state=TrialState.PAUSED)
    found = answer(history(*paused(), lost))
    assert isinstance(found, Thaw)
    assert (found.trial, found.end) == (30, 1)


def test_the_best_paused_trial_goes_on_to_the_next_level() -> None:
    good = trial(40, (0.5, 0.5), {1: {"loss": -1.0}})
    for end in (1, 3):
        made = setting((LOSS,))
        better = replace(good, curve=trial(40, (0.5, 0.5), {end: {"loss": -1.0}}).curve, examples_seen=end)
        past = history(*paused(20, end), better, budget=Budget(trials=21))
        found = answer(past, made)
        assert isinstance(found, Thaw)
        assert (found.trial, found.end) == (40, {1: 3, 3: 9}[end])
        assert f"to {found.end}: " in found.reason


def test_a_budget_in_trials_brings_those_that_there_are_to_their_end() -> None:
    past = history(*paused(4), budget=Budget(trials=4))
    assert isinstance(answer(past), Thaw)
    done = history(*complete(points(4), bowl), budget=Budget(trials=4))
    assert isinstance(answer(done), Done)
    running = trial(9, (0.5, 0.5), {}, state=TrialState.RUNNING, target=1)
    assert isinstance(answer(history(*complete(points(4), bowl), running, budget=Budget(trials=5))), Wait)


@pytest.mark.parametrize(("left", "expected"), [(100.0, Start | Thaw), (8.5, Thaw), (7.5, Done), (0.0, Done)])
def test_what_does_not_fit_into_the_budget_is_not_begun(left: float, expected: Any) -> None:
    past = history(*paused(15))  # each needs 8 s to its end, a new one 9
    assert isinstance(answer(past, setting((LOSS, SIZE), left=lambda _: left)), expected)


def test_a_trial_that_cannot_resume_needs_all_of_a_training() -> None:
    past = history(*paused(15))
    for left, kind in ((9.5, Start | Thaw), (8.5, Done)):
        assert isinstance(answer(past, setting((LOSS, SIZE), resumes=False, left=lambda _, b=left: b)), kind)


def test_while_others_run_it_waits_for_them_at_the_end() -> None:
    running = trial(20, (0.5, 0.5), {1: {"loss": 0.1}}, state=TrialState.RUNNING, target=3)
    found = answer(history(*paused(15), running), setting((LOSS, SIZE), left=lambda _: 0.5))
    assert isinstance(found, Wait)


def test_of_a_pool_nothing_else_is_started_and_it_ends() -> None:
    pool = [config(*x) for x in points(14)]
    made = setting((LOSS, SIZE), pool=pool)
    found = answer(history(*complete(points(13), bowl)), made)
    assert isinstance(found, Start)
    assert found.config == pool[13]
    assert isinstance(answer(history(*complete(points(14), bowl)), made), Done)


def test_an_empty_pool_is_done() -> None:
    assert isinstance(answer(history(), setting((LOSS, SIZE), pool=[])), Done)


def test_an_unrelated_study_before_changes_nothing() -> None:
    used = FreezeThaw(setting((LOSS, SIZE)))
    other = history(*complete(points(12, seed=5), lambda x, y: {"loss": x}, 1))
    used.next(other, np.random.default_rng(3))
    for past in (history(*paused()), history(*paused(20))):
        assert used.next(past, np.random.default_rng(0)) == answer(past)


_SCRIPT = """
import json
from autotune.bench.simulate import simulate
from autotune.bench.synthetic import Peft
from autotune.trial import config_to_json
run = simulate(Peft(), "auto", 180.0, 1, charge_thinking=False)
print(json.dumps([[config_to_json(f.config), f.cost] for f in run.full] + [run.pieces]))
"""


def test_another_process_with_another_hash_seed_asks_the_same() -> None:
    run = simulate(Peft(), "auto", 180.0, 1, charge_thinking=False)
    assert run.pieces > 5
    path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": path}
    out = subprocess.run([sys.executable, "-c", _SCRIPT], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(out.stdout) == [[config_to_json(f.config), f.cost] for f in run.full] + [run.pieces]


@pytest.mark.parametrize("workers", [1, 4])
def test_failures_and_losses_are_no_obstacle(workers: int) -> None:
    problem = Flaky(levels=(100, 300, 900))
    made = setting_of(problem)
    seen: list[Answer] = []

    def watch(past: History, found: Answer) -> None:
        seen.append(found)
        if isinstance(found, Thaw):
            assert past.trials[found.trial].state is TrialState.PAUSED
            assert found.end > past.trials[found.trial].examples_seen
        assert not isinstance(found, Wait) or past.running

    done = simulate_problem(FreezeThaw(made), problem, workers=workers, trials=10, watch=watch)
    trials = done.history.trials.values()
    assert "decisions" not in done.ending
    assert done.ending != "deadlock"
    assert len({made.identity(t.config) for t in trials}) == len(trials) == 10
    assert all(problem.refuse(t.config) is None for t in trials)
    assert all(t.state in (TrialState.COMPLETE, TrialState.FAILED) for t in trials)
    assert all(isinstance(a, Start | Thaw) and a.reason for a in seen if not isinstance(a, Wait | Done))


def test_a_small_space_is_exhausted() -> None:
    problem = Tiny(levels=(100, 300))
    done = simulate_problem(FreezeThaw(setting_of(problem)), problem, workers=2)
    assert len(done.history.trials) == 13
    assert {t.state for t in done.history.trials.values()} <= {TrialState.COMPLETE, TrialState.FAILED}


def odd(kind: str) -> History:
    at = points(10)
    failure = Failure(FailureKind.DIVERGED, "made up")
    values: dict[str, Any] = {
        "constant": lambda x, y: {"loss": 1.0, "time": 2.0},
        "nan": lambda x, y: {"loss": float("nan"), "time": float("nan")},
        "infinite": lambda x, y: {"loss": float("inf"), "time": float("-inf")},
        "huge": lambda x, y: {"loss": 1e300 * y, "time": -1e300 * x},
        "tiny": lambda x, y: {"loss": 1e-300 * y, "time": 1e-310 * x},
        "missing": lambda x, y: {},
    }
    if kind == "one":
        return history(*paused(1))
    if kind == "duplicates":
        return history(*complete([[0.5, 0.5]] * 10, bowl, 1))
    if kind == "failed":
        return history(*(trial(i, x, {}, state=TrialState.FAILED, failure=failure) for i, x in enumerate(at)))
    return history(*complete(at, values[kind], 1))


ODD = ["constant", "nan", "infinite", "huge", "tiny", "missing", "one", "duplicates", "failed"]


@pytest.mark.parametrize("objectives", [(LOSS,), (LOSS, SIZE), (LOSS, TIME)])
@pytest.mark.parametrize("kind", ODD)
def test_odd_values_never_end_a_study(kind: str, objectives: tuple[Objective, ...]) -> None:
    found = answer(odd(kind), setting(objectives))
    assert isinstance(found, Start | Thaw)
    assert found.end in LEVELS
    assert "nan" not in found.reason


@pytest.mark.parametrize("error", searcher.NUMERICAL)
def test_a_model_that_cannot_be_fitted_is_said_and_done_without(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def trouble(*_: Any) -> None:
        raise error("made up")

    monkeypatch.setattr(gp, "_factor", trouble)
    both = setting((LOSS, TIME))
    thaw, start = answer(history(*paused(9)), both), answer(history(*complete(points(9), bowl)))
    assert isinstance(thaw, Thaw)
    assert isinstance(start, Start)
    assert "the model cannot be fitted (made up)" in start.reason
    assert "the model cannot be fitted (made up)" in thaw.reason
    # No trial may be launched any more, and halving would promote none of two.
    limited = answer(history(*paused(2), budget=Budget(trials=2)))
    assert isinstance(limited, Thaw)
    assert "the model cannot be fitted (made up)" in limited.reason
    assert isinstance(answer(history(*complete(points(2), bowl), budget=Budget(trials=2))), Done)


def test_singular_from_beginning_to_end_a_study_ends_as_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    def trouble(*_: Any) -> None:
        raise np.linalg.LinAlgError("made up")

    monkeypatch.setattr(gp, "_factor", trouble)
    problem = PeftLike(levels=(100, 300, 900))
    done = simulate_problem(FreezeThaw(setting_of(problem)), problem, workers=2, trials=12)
    assert {t.state for t in done.history.trials.values()} <= {TrialState.COMPLETE, TrialState.FAILED}


def volume(run: Run, benchmark: Any, reference: tuple[float, ...]) -> float:
    objectives = prepare(benchmark).objectives
    return hypervolume([[o.minimized(f.values[o.name]) for o in objectives] for f in run.full], reference)


def test_the_front_of_zdt1_is_found() -> None:
    ours, random = (simulate(Zdt1(), s, 30.0, 0, charge_thinking=False) for s in ("mobo", "random+fifo"))
    reference = (1.1, 6.0)
    most = hypervolume([[p["f1"], p["f2"]] for p in Zdt1.front], reference)
    assert volume(ours, Zdt1(), reference) > 0.95 * most
    assert volume(random, Zdt1(), reference) < 0.75 * most
    assert ours.spent <= 30
    assert len({repr(f.config) for f in ours.full}) == len(ours.full)


class Bounded(Peft):
    """Refuses above 20,000 parameters."""

    def refuse(self, config: Any) -> str | None:
        return "too large" if self.known(config)["params"] > 20_000 else None


@pytest.mark.parametrize(("workers", "budget"), [(1, 110.0), (4, 110.0)])
def test_a_conditional_space_is_searched_within_its_bounds(workers: int, budget: float) -> None:
    run = simulate(Bounded(), "auto", budget, 0, workers, charge_thinking=False)
    assert run.full
    assert run.spent <= budget
    assert all(f.values["params"] <= 20_000 for f in run.full)
    assert len({repr(f.config) for f in run.full}) == len(run.full)
    for f in run.full:
        prepare(Bounded()).space.validate(f.config)


class FromTheStart(Zdt1):
    """Trainings of two levels that do not resume."""

    full, lowest, resumes = 3, 1, False


def test_trainings_that_do_not_resume_use_up_their_budget() -> None:
    run = simulate(FromTheStart(), "auto", 30.0, 0, charge_thinking=False)
    assert run.full
    assert 30 - 3 <= run.spent <= 30
