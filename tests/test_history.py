from dataclasses import replace

from helpers.events import decide, result_of
from hypothesis import given
from hypothesis import strategies as st

from autotune.budget import Budget
from autotune.decision import Decision, Score, Start, Stop, Thaw, action_from_json, action_to_json
from autotune.history import (
    DEVICES_WAITING,
    MILESTONE,
    MOST_ATTEMPTS,
    TRIALS_KNOWN,
    Charged,
    Extended,
    History,
    Lost,
    Returned,
)
from autotune.trial import CurvePoint, Failure, FailureKind, SegmentResult, SegmentStatus, TrialKind, TrialState

FULL = 100


def start(number=0, trial=0, end=10, **options):
    action = Start({"method": "lora", "lora.layers": (0, 2)}, end, "why", **options)
    return Decision(number, number, float(number), action, trial, 0, {"trainable_params": 5.0})


def thaw(number, trial=0, end=FULL, attempt=0):
    return Decision(number, 0, float(number), Thaw(trial, end, "why"), trial, attempt, {})


def result(number, seen, trial=0, status=SegmentStatus.DONE, **options):
    curve = (CurvePoint(seen, {"accuracy": seen / FULL}, 1.0),) if status is SegmentStatus.DONE else ()
    return Returned(SegmentResult(number, trial, 0, status, seen, curve, 2.0, **options))


def test_a_trial_from_start_to_score():
    history = History(FULL).after(start())
    trial = history.trials[0]
    assert (trial.state, trial.target, trial.known) == (TrialState.RUNNING, 10, {"trainable_params": 5.0})
    history = history.after(result(0, 10))
    assert (history.trials[0].state, history.trials[0].target) == (TrialState.PAUSED, None)
    history = history.after(thaw(1)).after(result(1, FULL))
    trial = history.trials[0]
    assert trial.state is TrialState.COMPLETE
    assert trial.value("accuracy") == 1.0
    assert trial.value("accuracy", 10) == 0.1
    assert trial.value("trainable_params") == 5.0
    score = Decision(2, 4, 2.0, Score(0, "why"), 0, 0, {})
    history = history.after(score)
    assert history.trials[0].state is TrialState.COMPLETE
    assert history.running == [history.trials[0]]
    history = history.after(result(2, FULL, held_out={"accuracy": 0.9}))
    assert history.trials[0].held_out == {"accuracy": 0.9}
    assert history.spent == {"search": 4.0, "score": 2.0}
    assert (history.revision, history.decisions) == (6, 3)


def test_a_failed_scoring_is_not_tried_again():
    history = History(FULL).after_all([start(end=FULL), result(0, FULL), Decision(1, 2, 1.0, Score(0, ""), 0, 0, {})])
    history = history.after(result(1, FULL, status=SegmentStatus.FAILED))
    assert history.trials[0].held_out == {}
    assert history.trials[0].state is TrialState.COMPLETE


def test_a_failure_ends_a_trial():
    failure = Failure(FailureKind.DIVERGED, "the loss is NaN")
    history = History(FULL).after_all([start(), result(0, 4, status=SegmentStatus.FAILED, failure=failure)])
    assert history.trials[0].state is TrialState.FAILED
    assert history.trials[0].failure == failure


def test_lost_segments_are_tried_again_and_then_given_up():
    history = History(FULL).after(start())
    for attempt in range(MOST_ATTEMPTS):
        history = history.after(Lost(attempt, 0, attempt, 3.0, worker="worker-0"))
        trial = history.trials[0]
        assert trial.attempt == attempt + 1
        assert trial.state is (TrialState.FAILED if attempt + 1 == MOST_ATTEMPTS else TrialState.PAUSED)
        history = (
            history.after(thaw(attempt + 1, attempt=trial.attempt)) if trial.state is TrialState.PAUSED else history
        )
    assert history.trials[0].failure.kind is FailureKind.LOST
    assert history.spent["search"] == 9.0


def test_a_controller_that_goes_away_is_no_sign_against_a_trial():
    history = History(FULL).after(start())
    for number in range(2 * MOST_ATTEMPTS):
        history = history.after(Lost(number, 0, 0, 3.0, "the controller went away"))
        assert (history.trials[0].state, history.trials[0].attempt) == (TrialState.PAUSED, 0)
        history = history.after(thaw(number + 1))
    assert history.spent["search"] == 6 * MOST_ATTEMPTS


def test_budget_charges_and_stops():
    stop = Decision(1, 4, 1.0, Stop(0, ""), 0, 0, {})
    events = [Extended(Budget(trials=3)), Charged("startup", 4.0), start(), result(0, 10), stop]
    history = History(FULL).after_all(events)
    assert history.budget.trials == 3
    assert history.device_seconds == 6.0
    assert history.trials[0].state is TrialState.STOPPED


@given(st.lists(st.sampled_from(["start", "done", "lost", "charge"]), max_size=30))
def test_folding_at_once_equals_folding_one_by_one(kinds):
    events, running, trials = [], [], 0
    for number, kind in enumerate(kinds):
        if kind == "start":
            events.append(start(number, trials))
            running.append((number, trials))
            trials += 1
        elif kind == "charge":
            events.append(Charged("startup", 1.0))
        elif running:
            decision, trial = running.pop()
            events.append(result(decision, 10, trial) if kind == "done" else Lost(decision, trial, 0, 1.0))
    step = History(FULL)
    snapshots = [step := step.after(event) for event in events]
    assert History(FULL).after_all(events) == step
    assert [s.revision for s in snapshots] == list(range(1, len(events) + 1))
    half = History(FULL).after_all(events[: len(events) // 2])
    before = dict(half.trials)
    assert half.after_all(events[len(events) // 2 :]) == step
    assert half.trials == before


def test_actions_survive_json():
    actions = [
        Start({"method": "lora", "lora.layers": (1, 3)}, 10, "why", TrialKind.REPEAT, "repeat of 2", 5, 2, 1),
        Thaw(3, 20, "why"), Score(1, "why"), Stop(2, "why"),
    ]  # fmt: skip
    assert [action_from_json(action_to_json(a)) for a in actions] == actions
    assert replace(actions[0], seed=6) != actions[0]


def test_milestones_are_the_same_however_a_history_is_folded():
    events, history = [], History(FULL)
    for number in range(MILESTONE + 20):
        for make in (
            lambda h: decide(h, Start({"method": "lora"}, 10, "one more")),
            lambda h, n=number: Returned(result_of(h, n)),
        ):
            events.append(make(history))
            history = history.after(events[-1])
    folded = History(FULL).after_all(events)
    assert history == folded
    assert history.milestone == folded.milestone
    assert len(history.milestone.trials) == MILESTONE + MILESTONE // 16
    assert history.milestone.milestone is None
    assert all(t.target is None for t in history.milestone.trials.values())


def test_what_runs_is_known_without_looking_and_never_stale():
    history = History(FULL)
    for _ in range(3):
        history = history.after(decide(history, Start({"method": "lora"}, 10, "one more")))
    assert [t.number for t in history.running] == [0, 1, 2]
    history = history.after(Returned(replace(result_of(history, 1), number=1)))
    assert [t.number for t in history.running] == [0, 2]
    ended = {n: replace(t, target=None) for n, t in history.trials.items()}
    assert replace(history, trials=ended).running == []


def grown(results, running, events):
    """A history of so many results, while so many others run."""
    history = History(FULL)

    def add(event):
        nonlocal history
        events.append(event)
        history = history.after(event)

    for _ in range(running):
        add(decide(history, Start({"method": "lora"}, 10, "one more")))
    for number in range(results):
        add(Returned(result_of(history, number)))
        add(decide(history, Start({"method": "lora"}, 10, "one more")))
    return history


def test_a_small_study_on_one_device_is_never_decided_from_an_earlier_history():
    history = grown(100, 1, [])
    assert history.prepared is None
    assert history.preparing is None


def test_on_two_devices_a_decision_does_without_the_last_result_alone():
    history = grown(6, 2, [])
    assert [len(h.trials) for h in (history.prepared, history.preparing, history)] == [6, 7, 8]
    assert history.preparing._results == history.prepared._results + 1 == history._results


def test_marks_are_the_same_however_a_history_is_folded_and_hold_two_at_most():
    events = []
    history = grown(6, 2 * DEVICES_WAITING, events)
    folded = History(FULL).after_all(events)
    assert [len(h.trials) for h in (history.prepared, history.preparing)] == [34, 36]
    assert (history.prepared, history.preparing) == (folded.prepared, folded.preparing)
    assert history.preparing.prepared is None
    one_more = history.after(Returned(result_of(history, 6)))
    assert one_more.preparing is not history.preparing
    assert one_more.prepared is history.preparing


def test_the_more_is_known_the_less_one_result_matters():
    events = []
    history = History(FULL)
    for number in range(2 * TRIALS_KNOWN + 10):
        history = history.after(decide(history, Start({"method": "lora"}, 10, "one more")))
        events.append(history.preparing)
        history = history.after(Returned(result_of(history, number)))
    assert events[TRIALS_KNOWN - 1] is None
    assert len(history.trials) - len(history.preparing.trials) < 2
    assert len(history.preparing.trials) - len(history.prepared.trials) == 2
    assert history.preparing.milestone is history.milestone


def test_marks_go_once_one_device_is_left():
    history = grown(6, DEVICES_WAITING, [])
    assert history.prepared is not None
    for trial in list(history.running):
        history = history.after(Returned(result_of(history, trial.number)))
    assert history.prepared is None
