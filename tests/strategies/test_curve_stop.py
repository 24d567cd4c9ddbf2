"""Early stopping by learning curves: what it stops, what it never stops, and its account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers.histories import OBJECTIVES, failed, history_of, small_setting, trial

from autotune.decision import Done, Stop, Thaw
from autotune.history import History
from autotune.objectives import Objective
from autotune.strategies.base import Launch, Setting
from autotune.strategies.curve_account import account
from autotune.strategies.curve_stop import AUDIT, WAITING, CurveStopping, ladder
from autotune.strategies.front_chance import FrontChance
from autotune.trial import CurvePoint, FailureKind, Trial, TrialState


def scores(end: float) -> dict[int, float]:
    """A curve whose rise so far tells where it goes, and whose last value says little."""
    return {100: 0.5 + (end - 0.5) * 0.2, 300: 0.5 + (end - 0.5) * 0.5, 900: end}


def complete(number: int, end: float, params: float = 1000.0, **changes: Any) -> Trial:
    changed: dict[str, Any] = {"state": TrialState.COMPLETE, "device_seconds": 90.0} | changes
    return trial(number, scores(end), params, **changed)


def finished(params: float = 1000.0) -> list[Trial]:
    return [complete(i, end, params) for i, end in enumerate(np.linspace(0.6, 0.9, 10))]


def paused(number: int, end: float, at: int = 300, params: float = 1000.0, **changes: Any) -> Trial:
    known = {k: v for k, v in scores(end).items() if k <= at}
    return trial(number, known, params, device_seconds=30.0, **changes)


def scheduler(setting: Setting | None = None, audited: float = 0.0) -> CurveStopping:
    return CurveStopping(setting or small_setting(), audited=audited)


class TestDecisions:
    def test_stops_what_will_not_reach_the_front(self) -> None:
        answer = scheduler().next(history_of(*finished(), paused(10, 0.62)))
        assert isinstance(answer, Stop)
        assert answer.trial == 10
        assert "0 % chance to improve the front (accuracy 0.6" in answer.reason
        assert "0.900 to beat" in answer.reason

    def test_promotes_what_is_likely_to(self) -> None:
        answer = scheduler().next(history_of(*finished(), paused(10, 0.62, params=2000), paused(11, 0.97)))
        assert isinstance(answer, Stop)
        answer = scheduler().next(history_of(*finished(), paused(11, 0.97)))
        assert isinstance(answer, Thaw)
        assert (answer.trial, answer.end) == (11, 338)

    def test_what_may_or_may_not_waits_while_there_is_something_new(self) -> None:
        history = history_of(*finished(), paused(10, 0.895, at=100))
        chance = FrontChance(small_setting(), (100, 300, 900)).outlooks(history, [history.trials[10]])[0].chance
        assert 0.05 < chance < 0.5
        assert isinstance(scheduler().next(history), Launch)
        answer = scheduler().next(history, launching=False)
        assert isinstance(answer, Thaw)
        assert answer.end == 150

    def test_not_too_many_wait(self) -> None:
        some = [paused(10 + i, 0.88, at=100) for i in range(WAITING)]
        assert isinstance(scheduler().next(history_of(*finished(), *some[1:])), Launch)
        answer = scheduler().next(history_of(*finished(), *some))
        assert isinstance(answer, Thaw)
        assert answer.reason.startswith("promoted")

    def test_nothing_cheaper_is_stopped_for_its_metric(self) -> None:
        answer = scheduler().next(history_of(*finished(), paused(10, 0.51, params=999)))
        assert isinstance(answer, Thaw)
        assert "100 % chance" in answer.reason

    def test_nothing_larger_is_stopped_for_its_size(self) -> None:
        answer = scheduler().next(history_of(*finished(), paused(10, 0.97, params=1e9)))
        assert isinstance(answer, Thaw)

    def test_a_model_that_does_not_beat_the_last_value_stops_nothing(self) -> None:
        rng = np.random.default_rng(0)  # the end has nothing to do with its beginning
        aimless = [
            trial(i, dict(zip((100, 300, 900), rng.random(3).tolist(), strict=True)), state=TrialState.COMPLETE)
            for i in range(12)
        ]
        model = FrontChance(small_setting(), (100, 300, 900))
        history = history_of(*aimless, trial(12, {100: 0.0, 300: 0.0}))
        monkey = replace(model.verdict(history), better=False)
        chosen = scheduler()
        chosen._model.verdict = lambda _: monkey  # type: ignore[method-assign]
        answer = chosen.next(history)
        assert isinstance(answer, Thaw)
        assert answer.reason.endswith("on 12 finished curves the curve model does not surely beat the last value")

    @pytest.mark.parametrize("n", range(5))
    def test_too_few_finished_trials_stop_nothing(self, n: int) -> None:
        answer = scheduler().next(history_of(*finished()[:n], paused(10, 0.51)), launching=False)
        assert isinstance(answer, Thaw)
        assert f"{n} finished curves cannot say yet" in answer.reason

    def test_a_few_are_launched_before_the_best_of_them_is_trained_to_the_end(self) -> None:
        some = [paused(i, end, at=100) for i, end in enumerate((0.6, 0.9, 0.7))]
        assert isinstance(scheduler().next(history_of(*some)), Launch)
        many = [paused(i, 0.6 + 0.1 * (i == 7), at=100) for i in range(12)]
        answer = scheduler().next(history_of(*many))
        assert isinstance(answer, Thaw)
        assert (answer.trial, answer.end) == (7, 150)

    def test_the_ladder_is_finer_than_the_rungs_and_begins_with_them(self) -> None:
        assert ladder(small_setting()) == (100, 150, 225, 338, 507, 900)
        assert ladder(replace(small_setting(), lowest=60))[:5] == (60, 120, 180, 240, 360)
        assert ladder(replace(small_setting(), levels=(1,))) == (1,)
        assert ladder(replace(small_setting(), levels=(1, 3))) == (1, 2, 3)

    def test_ends(self) -> None:
        assert isinstance(scheduler().next(history_of(*finished()), launching=False), Done)


class TestAudits:
    def test_run_to_the_end_and_say_so(self) -> None:
        answer = scheduler(audited=1.0).next(history_of(*finished(), paused(10, 0.62)))
        assert isinstance(answer, Thaw)
        assert answer.end == 900
        assert answer.reason == "audit: would have been stopped (0 % chance to improve the front)"

    def test_are_a_share_that_seed_and_number_decide(self) -> None:
        def chosen(seed: int) -> list[int]:
            model = CurveStopping(replace(small_setting(), seed=seed))
            history = history_of(*finished(), *(paused(number, 0.62) for number in range(10, 110)))
            found = []
            while isinstance(answer := model.next(history), Stop | Thaw):
                found += [answer.trial] if isinstance(answer, Thaw) else []
                history = replace(history, trials={k: t for k, t in history.trials.items() if k != answer.trial})
            return found

        assert chosen(3) == chosen(3) != chosen(4)
        assert 2 < len(chosen(3)) < 20


class TestOddCurves:
    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    def test_without_a_usable_point_is_not_stopped(self, value: float) -> None:
        answer = scheduler().next(history_of(*finished(), trial(10, {100: value, 300: value})))
        assert isinstance(answer, Thaw)

    def test_one_point_is_enough_to_look_at(self) -> None:
        assert isinstance(scheduler().next(history_of(*finished(), paused(10, 0.51, at=100))), Stop)

    def test_a_missing_metric_and_failures_do_no_harm(self) -> None:
        odd = trial(10, {100: 0.5})
        odd = replace(odd, curve=(CurvePoint(100, {}, 0.0),))
        broken = complete(11, float("nan"))
        lost = failed(12, FailureKind.DIVERGED)
        answer = scheduler().next(history_of(*finished(), odd, broken, lost))
        assert isinstance(answer, Thaw)

    def test_all_ends_alike(self) -> None:
        same = [complete(i, 0.7) for i in range(8)]
        assert isinstance(scheduler().next(history_of(*same, paused(10, 0.7))), Thaw | Launch | Stop)

    def test_points_a_few_examples_beyond_a_level_count_as_the_level(self) -> None:
        def late(t: Trial) -> Trial:
            shift = t.number % 3
            curve = tuple(replace(p, examples=p.examples + (shift if p.examples < 900 else 0)) for p in t.curve)
            return replace(t, curve=curve, examples_seen=curve[-1].examples)

        history = history_of(*map(late, finished()), late(paused(10, 0.62)))
        assert isinstance(scheduler().next(history), Stop)


def with_seconds(t: Trial, per: float) -> Trial:
    """Give its points a second metric that grows along the curve."""
    points = tuple(CurvePoint(p.examples, {**p.metrics, "seconds": per * p.examples}, 0.0) for p in t.curve)
    return replace(t, curve=points)


class TestSeveralLearntObjectives:
    setting = replace(small_setting(), objectives=(Objective("accuracy", "maximize"), Objective("seconds", "minimize")))

    def stops(self, end: float, per: float) -> bool:
        done = [with_seconds(t, 1 + 0.05 * i) for i, t in enumerate(finished())]
        return isinstance(scheduler(self.setting).next(history_of(*done, with_seconds(paused(20, end), per))), Stop)

    def test_the_other_one_is_foretold_too(self) -> None:
        assert self.stops(0.62, per=1.6)
        assert not self.stops(0.62, per=0.5)
        assert not self.stops(0.97, per=1.6)

    def test_a_measured_cost_is_taken_at_its_value(self) -> None:
        setting = replace(self.setting, objectives=(OBJECTIVES[0], Objective("latency_ms", "minimize")))

        def measured(t: Trial, ms: float) -> Trial:
            return replace(t, measured={"latency_ms": ms})

        done = [measured(t, 5.0) for t in finished()]
        assert isinstance(scheduler(setting).next(history_of(*done, measured(paused(20, 0.62), 5.1))), Stop)
        assert isinstance(scheduler(setting).next(history_of(*done, measured(paused(20, 0.62), 4.9))), Thaw)
        assert isinstance(scheduler(setting).next(history_of(*done, paused(20, 0.62))), Thaw)


class TestAccount:
    def history(self, audit_end: float) -> History:
        stopped = [paused(20 + i, 0.6, at=at, state=TrialState.STOPPED) for i, at in enumerate((100, 300))]
        return history_of(*finished(), *stopped, complete(30, audit_end, device_seconds=80.0))

    def test_what_was_saved_and_what_audits_say(self) -> None:
        actions = [Thaw(30, 900, f"{AUDIT}would have been stopped (2 % chance to improve the front)"), Thaw(3, 900, "")]
        found = account(self.history(0.7), actions, OBJECTIVES)
        assert (found.stopped, found.audits, found.on_front, found.audited) == (2, 1, 0, 80.0)
        assert found.saved == pytest.approx(30 * 8 + 30 * 2)
        assert account(self.history(0.99), actions, OBJECTIVES).on_front == 1
        assert str(found).endswith("0 of 1 that ran on to their end are on the front")

    def test_nothing_yet(self) -> None:
        found: Mapping[str, Any] = vars(account(history_of(), [], OBJECTIVES))
        assert set(found.values()) == {0}
