"""The frames that report, dashboard and terminal share, on a study whose truth is known."""

import json

import numpy as np
import pytest
from helpers.crowd import CONTROLS, FULL, RUNG, SPACE, Crowd, fill
from helpers.histories import OBJECTIVES, history_of, trial
from helpers.minilm import MODEL

from autotune.cli.app import main
from autotune.insight import (
    bounds,
    calibration,
    control_hypervolume,
    coverage,
    importance,
    layer_map,
    layer_shares,
    outlook,
    progress,
    promotions,
    rank_correlation,
    savings,
    spending,
    timeline,
)
from autotune.insight.layers import adapted
from autotune.pareto import hypervolume
from autotune.results import objectives_of
from autotune.store import Store
from autotune.trial import TrialKind, TrialState


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """(row, history, events, segments, actions) of 80 made-up trials."""
    path = tmp_path_factory.mktemp("insight") / "a.db"
    fill(path, 80)
    with Store.open(path, read_only=True) as store:
        row = store.study("crowd")
        events = [event for _, event in store.events(row.id)]
        actions = [d.action for d in store.decisions(row.id)]
        return row, store.history(row.id), events, store.segments(row.id), actions, path


def test_progress_ends_where_all_trials_together_stand(study):
    row, history, events, *_ = study
    objectives = objectives_of(row)
    box = bounds([history], objectives)
    told = progress(history, events, objectives, box)
    done = [t for t in history.trials.values() if t.state is TrialState.COMPLETE]
    assert sorted(told["trial"]) == sorted(t.number for t in done)
    assert told["device_seconds"].is_monotonic_increasing
    assert told["device_seconds"].iloc[-1] <= history.device_seconds
    assert told["hypervolume"].is_monotonic_increasing
    rows = np.array([[-t.value("f1_accuracy"), np.log1p(t.known["trainable_params"])] for t in done])
    scaled = (np.maximum(rows, box.ideal) - box.ideal) / (box.reference - box.ideal)
    assert told["hypervolume"].iloc[-1] == pytest.approx(hypervolume(scaled, [1, 1]))
    searched = [t.value("f1_accuracy") for t in done if t.kind is TrialKind.SEARCH]
    assert told["best"].iloc[-1] == max(searched)
    assert np.isnan(told["best"].iloc[0])  # a control ended first
    after_controls = told["hypervolume"].iloc[len(CONTROLS) - 1]
    assert control_hypervolume(history, objectives, box) == pytest.approx(after_controls)
    assert after_controls > 0


def test_a_cost_of_nothing_leaves_room_for_the_others():
    history = history_of(
        trial(0, {900: 0.5}, 0.0, state=TrialState.COMPLETE), trial(1, {900: 0.9}, 1000.0, state=TrialState.COMPLETE)
    )
    box = bounds([history], OBJECTIVES)
    assert np.expm1(box.ideal[1]) == pytest.approx(500)
    assert bounds([history_of()], OBJECTIVES) is None


def test_what_mattered_is_found(study):
    row, history, *_ = study
    told = importance(history, SPACE, objectives_of(row), row.levels)
    params = told[(told.objective == "trainable_params") & (told.scope == "lora")].set_index("parameter").importance
    assert {params.idxmax(), params.nlargest(2).index[1]} == {"rank", "layers: how many"}  # the made-up count's factors
    assert params["lr"] < 0.1
    score = told[(told.objective == "f1_accuracy") & (told.scope == "lora")].set_index("parameter").importance
    assert score["lr"] > score["layers: how deep"]
    assert told.groupby(["objective", "scope"]).importance.sum().to_numpy() == pytest.approx(1.0)
    assert set(told[told.scope == "all methods"].parameter) >= {"method", "lr"}
    assert set(told[told.objective == "f1_accuracy"].examples) == {FULL}


def test_few_trials_say_nothing_of_importance(study):
    row = study[0]
    crowd = Crowd()
    list(crowd.begin())
    for _ in range(5):
        list(crowd.trial("complete"))
    assert importance(crowd.history, SPACE, objectives_of(row), row.levels).empty


def test_rungs_rank_as_the_end_does_where_curves_do_not_cross(study):
    row, history, *_ = study
    told = rank_correlation(history, row.levels, objectives_of(row)[0])
    assert set(told.examples) == {RUNG}
    assert set(told.by) == {"f1_accuracy", "early_loss"}
    assert (told.spearman > 0.99).all()
    crossed = {n: {300: 1 - s / 10, 900: s / 10} for n, s in enumerate((1, 2, 3, 4, 5))}
    turned = history_of(*(trial(n, s, state=TrialState.COMPLETE) for n, s in crossed.items()))
    assert rank_correlation(turned, (300, 900), OBJECTIVES[0]).spearman.tolist() == pytest.approx([-1.0])
    counts = promotions(history, row.levels)
    search = [t for t in history.trials.values() if t.kind is TrialKind.SEARCH]
    assert counts.reached.tolist() == [
        sum(t.examples_seen >= RUNG for t in search), sum(t.examples_seen >= FULL for t in search)
    ]  # fmt: skip
    stand = counts[["running", "paused", "complete", "stopped", "failed"]].sum(axis=1)
    assert (counts.went_on + stand == counts.reached).all()


def test_calibration_counts_the_ends_within_the_intervals(study):
    history = study[1]
    told = calibration(history, "f1_accuracy")
    assert (told.low <= told.high).all()
    assert told.place.between(0, 1).all()
    inside = ((told.place - 0.5).abs() <= 0.45).mean()
    assert coverage(told).set_index("nominal").observed[0.9] == pytest.approx(inside)
    assert calibration(history_of(trial(0, {300: 0.4, 900: 0.5}, state=TrialState.COMPLETE)), "accuracy").empty


def test_the_outlook_of_a_paused_trial_lies_above_its_last_value(study):
    history = study[1]
    paused = next(t for t in history.trials.values() if t.state is TrialState.PAUSED)
    told = outlook(history, paused, "f1_accuracy")
    assert told.low < told.median < told.high
    assert told.median > paused.value("f1_accuracy")  # every curve of the crowd rises
    done = next(t for t in history.trials.values() if t.state is TrialState.COMPLETE)
    assert outlook(history, done, "f1_accuracy") is None


@pytest.mark.parametrize(
    ("config", "places"),
    [
        ({"method": "lora", "lora.layers": (1, 5)}, [0, 1, 0, 0, 0, 1]),
        ({"method": "head"}, [0] * 6),
        ({"method": "full"}, [1] * 6),
        ({"method": "lora"}, [1] * 6),
        (
            {"method": "placed_lora", "placed_lora.ranks": (0, 2, 2, 8, 0, 0), "placed_lora.query": (0, 1, 2),
             "placed_lora.key": (2, 4), "placed_lora.value": ()},
            [0, 1, 2, 0, 0, 0],
        ),
        ({"method": "prompt_tuning"}, None),
        ({"method": "nobody-knows"}, None),
    ],
)  # fmt: skip
def test_layers_that_a_configuration_adapts(config, places):
    told = adapted(config, MODEL)
    assert places is None if told is None else told.tolist() == places


def test_the_map_of_layers(study):
    history = study[1]
    some = [history.trials[n] for n in (0, 1)]
    assert layer_map(some, MODEL).to_dict("list") == {0: [0] * 6, 1: [1] * 6}
    shares = layer_shares([some[1]], [some[0]], MODEL)
    assert shares.good.tolist() == [1] * 6
    assert shares.others.tolist() == [0] * 6


def test_spending_and_savings(study):
    row, history, _, segments, actions, _ = study
    assert spending(history).device_seconds.sum() == pytest.approx(history.device_seconds)
    told = savings(history, actions, objectives_of(row))
    paused = [t for t in history.trials.values() if t.state is TrialState.PAUSED]
    assert told.partial == len(paused)
    assert told.saved == pytest.approx(len(paused) * 20.0)  # a full training of the crowd takes 30 s, a third of it 10
    assert told.factor == pytest.approx(1 + told.saved / history.spent["search"])
    lanes = timeline(segments, history.trials)
    assert len(lanes) == len(segments)
    assert set(lanes.worker) == {"worker-0", "worker-1"}
    assert lanes.begin.min() == 0
    assert (lanes.end >= lanes.begin).all()


def test_status_says_what_was_saved(study, capsys):
    path = study[-1]
    assert main(["status", "crowd", "--store", str(path)]) == 0
    assert "saved        " in capsys.readouterr().out
    assert main(["status", "crowd", "--store", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["savings"]["factor"] > 1
