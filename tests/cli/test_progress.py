"""What a running study shows: lines, JSON, the live display."""

import io
import json

import pytest
from helpers.events import FULL, decide, event_sequences, result_of
from helpers.histories import OBJECTIVES, history_of, trial
from hypothesis import HealthCheck, given, settings
from rich.console import Console

from autotune.budget import Budget
from autotune.cli import events, progress
from autotune.cli.live import Live
from autotune.cli.progress import JsonLines, Lines, shown
from autotune.cli.standings import leaders
from autotune.controller import Outcome
from autotune.decision import Score, Start, Stop, Thaw
from autotune.history import Charged, Extended, History, Lost, Returned
from autotune.trial import CurvePoint, Failure, FailureKind, SegmentStatus, TrialKind

CONFIG = {"method": "lora", "lora.rank": 4, "lora.targets": "qv", "lora.layers": (0, 1, 5)}


def story():
    """A history event by event: a control, a trial that is paused, thawed, scored; one that fails; one that is lost."""
    history = History(FULL)
    point = CurvePoint(10, {"accuracy": 0.812, "loss": 0.4}, 1.0)

    def step(make):
        nonlocal history
        event = make(history)
        history = history.after(event)
        return history, event

    yield step(lambda h: Extended(Budget.parse("20cpu-min")))
    yield step(lambda h: Charged("startup", 12.0, "worker-0"))
    yield step(lambda h: decide(h, Start({"method": "head"}, FULL, "control", TrialKind.CONTROL, "head")))
    yield step(lambda h: Returned(result_of(h, 0)))
    yield step(lambda h: decide(h, Start(CONFIG, 10, "new"), {"trainable_params": 12_288.0}))
    yield step(lambda h: Returned(result_of(h, 1, curve=(point,))))
    yield step(lambda h: decide(h, Thaw(1, FULL, "best of its rung")))
    yield step(lambda h: Returned(result_of(h, 1)))
    yield step(lambda h: decide(h, Score(1, "finalist")))
    yield step(lambda h: Returned(result_of(h, 1, curve=(), held_out={"accuracy": 0.65})))
    yield step(lambda h: decide(h, Start(CONFIG, 10, "new")))
    failure = Failure(FailureKind.DIVERGED, "the loss is NaN\nat step 3")
    yield step(lambda h: Returned(result_of(h, 2, 0, curve=(), status=SegmentStatus.FAILED, failure=failure)))
    yield step(lambda h: decide(h, Start(CONFIG, 10, "new")))
    yield step(lambda h: Lost(h.decisions - 1, 3, 0, 1.0, "the worker died"))
    yield step(lambda h: decide(h, Stop(3, "worse than others")))


def lines(capsys):
    return capsys.readouterr().err.splitlines()


def test_one_line_for_each_change_of_state(capsys):
    show = Lines(lambda name: OBJECTIVES)
    show.started("mrpc", ["task      glue/mrpc"])
    for history, event in story():
        show.event(history, event)
    show.status(history.at(72.4), "finalists", 0.51, 600.0)
    show.note("a stop was requested")
    show.finished(Outcome("mrpc", "complete", "every finalist is scored"))
    said = lines(capsys)
    assert said[:2] == ["study     mrpc", "task      glue/mrpc"]
    text = "\n".join(said)
    assert "budget: 20cpu-min" in text
    assert "worker worker-0: startup took 12.0 s" in text
    assert "control 0 (head) complete at 90 examples: accuracy 0.7000" in text
    assert "trial 1 starts, to 10 examples (lora r=4 qv layers 0-1,5, 12,288 params)" in text
    assert "trial 1 paused at 10 examples: accuracy 0.8120 (lora r=4 qv layers 0-1,5, 12,288 params)" in text
    assert "trial 1 goes on from 10 to 90 examples (best of its rung)" in text
    assert "trial 1 held out: accuracy 0.6500" in text
    assert "trial 2 failed at 0 examples: diverged: the loss is NaN (" in text
    assert "trial 3 lost its worker (the worker died); goes on from 0 examples later" in text
    assert "trial 3 stopped at 0 examples (worse than others)" in text
    assert "[00:01:12] phase: finalists" in text
    assert "[00:01:12] 50 % of the budget used, 00:10:00 left" in text
    assert said[-1] == "[00:01:12] complete: every finalist is scored"


def test_the_clock_never_goes_back(capsys):
    show = Lines(lambda name: OBJECTIVES)
    show.status(History(FULL).at(30.0), "search", 0.0, None)
    show.event(History(FULL), Charged("startup", 1.0))
    assert all(line.startswith("[00:00:30]") for line in lines(capsys))


def test_nothing_is_repeated(capsys):
    show = Lines(lambda name: OBJECTIVES)
    for second in range(5):
        show.status(History(FULL).at(second), "search", 0.11, None)
    assert len(lines(capsys)) == 2


def test_an_outcome_does_not_stammer():
    assert progress.ending(Outcome("s", "interrupted", "interrupted; all is saved")) == "interrupted; all is saved"


def test_json_is_one_object_a_line_on_stdout(capsys):
    show = JsonLines()
    show.started("mrpc", ["plan"])
    for history, event in story():
        show.event(history, event)
    show.status(history, "search", 0.5, None)
    show.note("hello")
    out, err = capsys.readouterr()
    data = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert [d["event"] for d in data[:4]] == ["started", "extended", "charged", "decision"]
    assert data[-1] == {"event": "note", "text": "hello"}
    failed = next(d for d in data if d.get("failure"))
    assert failed["failure"] == {"kind": "diverged", "message": "the loss is NaN\nat step 3"}
    assert next(d for d in data if d.get("held_out"))["held_out"] == {"accuracy": 0.65}
    assert all("checkpoint" not in d for d in data)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=40
)
@given(event_sequences())
def test_every_event_has_a_line_and_an_object(sequence):
    history = History(FULL)
    for event in sequence:
        history = history.after(event)
        assert events.line(history, event, OBJECTIVES)
        assert json.dumps(events.record(history, event))


def display():
    console = Console(file=io.StringIO(), width=120, force_terminal=True, color_system=None)
    return Live(lambda name: OBJECTIVES, console), console


def text_of(live, console):
    with console.capture() as capture:
        console.print(live.render())
    return capture.get()


def test_the_live_display_shows_where_a_study_stands():
    live, console = display()
    assert "starting the workers" in text_of(live, console)
    live.started("mrpc", ["task glue/mrpc"])
    for history, event in story():
        live.event(history, event)
        assert text_of(live, console)
    running = history.after(decide(history, Start(CONFIG, 10, "new"), {"trainable_params": 5.0}))
    live.status(running, "search", 0.42, 800.0)
    said = text_of(live, console)
    assert "42% of 20cpu-min  search" in said
    assert "00:13:20 left" in said
    assert "trial 4" in said
    assert "0 → 10 / 90" in said
    assert "front so far" in said
    assert "12,288" in said
    assert "failed: 1 diverged" in said
    printed = console.file.getvalue()
    assert "trial 1 paused at 10 examples" in printed


def test_the_live_display_opens_and_closes():
    live, console = display()
    with live as opened:
        opened.note("hello")
        opened.finished(Outcome("s", "complete", "done"))
    assert "complete: done" in console.file.getvalue()


def test_the_front_so_far_leaves_repeats_and_the_unseen_out():
    history = history_of(
        trial(0, {100: 0.8}, 500),
        trial(1, {100: 0.7}, 600),
        trial(2, {}, 10),
        trial(3, {900: 0.99}, 1, kind=TrialKind.REPEAT, repeat_of=0),
        trial(4, {300: 0.6}, 100),
    )
    assert [t.number for t in leaders(history, OBJECTIVES)] == [0, 4]
    assert leaders(history_of(), OBJECTIVES) == []


@pytest.mark.parametrize(
    ("terminal", "as_json", "kind"), [(True, False, Live), (False, False, Lines), (True, True, JsonLines)]
)
def test_the_display_suits_where_it_goes(monkeypatch, terminal, as_json, kind):
    monkeypatch.setattr(progress, "fancy", lambda stream: terminal)
    assert isinstance(shown(lambda name: OBJECTIVES, as_json=as_json), kind)
