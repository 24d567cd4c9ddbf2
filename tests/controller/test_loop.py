from itertools import pairwise

import pytest
from helpers.studies import run, spec

from autotune.controller import replay
from autotune.history import Charged
from autotune.results import of_study
from autotune.store import Store
from autotune.trial import SegmentStatus, TrialKind, TrialState

BUDGET = 1200.0


def load(folder, name="made-up"):
    with Store.open(str(folder / "store.db")) as store:
        row = store.study(name)
        return row, store.history(row.id), store.segments(row.id), store.events(row.id)


@pytest.mark.parametrize("scheduler", ["asha", "hyperband", "fifo"])
@pytest.mark.parametrize("searcher", ["random", "tpe"])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_study_runs_to_its_end_within_its_budget(tmp_path, searcher, scheduler, workers):
    outcome = run(tmp_path, spec(searcher=searcher, scheduler=scheduler, workers=workers))
    row, history, segments, _ = load(tmp_path)
    assert outcome.status == row.status == "complete"
    longest = max(s.device_seconds for s in segments)
    assert BUDGET * 0.8 <= history.device_seconds <= BUDGET + workers * longest
    assert history.device_seconds == pytest.approx(
        sum(s.device_seconds for s in segments) + history.spent["startup"] + history.spent["calibration"]
    )
    results = of_study(row, history)
    assert results.winner is not None
    assert results.winner.seeds == 3
    assert results.controls["lora-tuned"].seeds == 3
    assert set(results.controls) == {"head", "lora", "lora-tuned"}
    for entry in [results.winner, *results.controls.values(), *results.front]:
        assert "f1_accuracy" in entry.held_out
    assert results.winner.values["f1_accuracy"].mean > results.controls["lora"].values["f1_accuracy"].mean


def test_every_decision_is_replayed(tmp_path):
    run(tmp_path, spec(searcher="tpe", workers=2))
    with Store.open(str(tmp_path / "store.db")) as store:
        count, mismatches = replay(store, "made-up")
    assert count > 20
    assert mismatches == []


def test_segments_continue_each_other(tmp_path):
    run(tmp_path, spec())
    _, history, segments, _ = load(tmp_path)
    for trial in history.trials.values():
        trained = [s for s in segments if s.trial == trial.number and s.purpose == "train"]
        assert trained[0].start == 0
        for before, after in pairwise(trained):
            if before.status == SegmentStatus.DONE:
                assert before.end <= after.start < before.end + 16
            else:
                assert before.start < after.start < before.end
        if trial.state is TrialState.COMPLETE:
            assert history.full <= trial.examples_seen < history.full + 16


def test_a_budget_in_trials_counts_search_trials_only(tmp_path):
    run(tmp_path, spec(budget=("12trials",), workers=2))
    _, history, _, _ = load(tmp_path)
    kinds = [t.kind for t in history.trials.values()]
    assert kinds.count(TrialKind.SEARCH) == 12
    assert kinds.count(TrialKind.REPEAT) >= 4
    assert not any(t.target for t in history.trials.values())


def test_a_wall_clock_budget_ends_on_the_clock(tmp_path):
    run(tmp_path, spec(budget=("15min",), workers=2))
    _, history, segments, _ = load(tmp_path)
    longest = max(s.device_seconds for s in segments)
    assert 600 < history.elapsed <= 900 + longest
    assert history.device_seconds > 1000  # two workers


def test_start_up_is_charged_apart(tmp_path):
    run(tmp_path, spec(workers=2))
    _, history, _, events = load(tmp_path)
    assert sum(isinstance(e, Charged) for _, e in events) == 4
    assert history.spent["calibration"] == pytest.approx(8.0)


def test_no_controls_and_one_seed(tmp_path):
    run(tmp_path, spec(controls=(), seeds=1))
    row, history, _, _ = load(tmp_path)
    assert {t.kind for t in history.trials.values()} == {TrialKind.SEARCH}
    assert of_study(row, history).winner.held_out


def test_known_constraints_are_never_broken(tmp_path):
    run(tmp_path, spec(constraints=("trainable_params<=20k",)))
    _, history, _, _ = load(tmp_path)
    searched = [t for t in history.trials.values() if t.kind is TrialKind.SEARCH]
    assert searched
    assert all(t.known["trainable_params"] <= 20_000 for t in searched)
