"""A whole study for other tools, and its record taken back."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import pandas as pd
import pytest
from helpers.studies import run, spec

from autotune import controller
from autotune.errors import AutotuneError
from autotune.export.importing import import_study
from autotune.export.study import export_study
from autotune.results import of_study
from autotune.store import Store
from autotune.trial import TrialKind, TrialState


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a study whose space has conditions and layer subsets, and a constraint."""
    folder = tmp_path_factory.mktemp("searched")
    run(folder, spec("made-up", constraints=("trainable_params<=200k",)))
    return folder / "store.db"


@pytest.fixture
def opened(searched: Path):
    with Store.open(searched, create=False, read_only=True) as store:
        yield store


def results_of(store: Store, name: str):
    row = store.study(name)
    return of_study(row, store.history(row.id))


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_optuna_loads_the_study_with_its_front(opened: Store, tmp_path: Path):
    import optuna

    url = export_study(opened, "made-up", "optuna", f"sqlite:///{tmp_path}/x.db")
    found = optuna.load_study(study_name="made-up", storage=url)
    history, view = opened.history(opened.study("made-up").id), results_of(opened, "made-up")
    assert found.metric_names == [o.name for o in view.objectives]
    assert [d.name.lower() for d in found.directions] == [o.direction for o in view.objectives]
    assert [t.number for t in found.trials] == sorted(history.trials)
    states = {TrialState.COMPLETE: "COMPLETE", TrialState.PAUSED: "PRUNED", TrialState.STOPPED: "PRUNED"}
    for trial, theirs in zip(history.trials.values(), found.trials, strict=True):
        assert theirs.state.name == states[trial.state]
        assert theirs.user_attrs["kind"] == trial.kind.value
        curve = {p.examples: p.metrics[view.primary.name] for p in trial.curve}
        assert theirs.intermediate_values == curve
        assert theirs.params["method"] == trial.config["method"]
        for name, value in trial.config.items():
            if name.endswith(".layers"):
                assert [i for i in range(6) if theirs.params[f"{name}[{i}]"]] == list(value)
            else:
                assert theirs.params[name] == value
        if theirs.values:
            assert theirs.values == [trial.value(o.name) for o in view.objectives]
    single = {e.trial for e in view.front if e.seeds == 1}
    repeats = {t.number for t in history.trials.values() if t.kind is TrialKind.REPEAT}
    best = {t.number for t in found.best_trials}
    assert single - best == set() or repeats & best


def test_optuna_dashboard_reads_it(opened: Store, tmp_path: Path):
    import optuna
    from optuna_dashboard._app import create_app

    url = export_study(opened, "made-up", "optuna", f"sqlite:///{tmp_path}/x.db")
    app = create_app(optuna.storages.get_storage(url))
    answer: dict[str, str] = {}
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/studies/1",
        "QUERY_STRING": "after=0",
        "wsgi.input": BytesIO(),
    }
    environ |= {"SERVER_NAME": "x", "SERVER_PORT": "80", "wsgi.url_scheme": "http"}
    body = b"".join(app(environ, lambda status, headers, *rest: answer.update(status=status)))
    assert answer["status"].startswith("200"), body[:300]
    data = json.loads(body)
    assert len(data["trials"]) == len(opened.history(opened.study("made-up").id).trials)
    assert {"lr", "layers[0]"} <= {s["name"].rpartition(".")[2] for s in data["union_search_space"]}


def test_a_taken_name_in_the_storage_needs_overwrite(opened: Store, tmp_path: Path):
    url = f"sqlite:///{tmp_path}/x.db"
    for overwrite in (False, True):
        export_study(opened, "made-up", "optuna", url, overwrite=overwrite)
    with pytest.raises(AutotuneError, match="there is a study 'made-up' already"):
        export_study(opened, "made-up", "optuna", url)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_rows_put_in_at_once_are_those_that_optuna_writes_itself(opened: Store, tmp_path: Path, monkeypatch):
    import optuna

    at_once = export_study(opened, "made-up", "optuna", f"sqlite:///{tmp_path}/a.db")
    monkeypatch.setattr("autotune.export.studies.optuna_rows.SCHEMA", -1)
    by_optuna = export_study(opened, "made-up", "optuna", f"sqlite:///{tmp_path}/b.db")
    ours, theirs = (optuna.load_study(study_name="made-up", storage=url) for url in (at_once, by_optuna))
    assert ours.trials == theirs.trials
    assert ours.user_attrs == theirs.user_attrs


@pytest.mark.parametrize("there", [False, True])
def test_an_export_that_breaks_off_leaves_nothing_and_takes_nothing(opened: Store, tmp_path: Path, monkeypatch, there):
    import optuna
    from sqlalchemy.exc import OperationalError

    place = f"sqlite:///{tmp_path}/x.db"
    if there:
        export_study(opened, "made-up", "optuna", place)
    for error, seen in (
        (KeyboardInterrupt(), KeyboardInterrupt),
        (OperationalError("INSERT", {}, Exception("database or disk is full")), AutotuneError),
    ):
        with monkeypatch.context() as patch:
            patch.setattr("autotune.export.studies.optuna_rows._rows", lambda *_, e=error: (_ for _ in ()).throw(e))
            with pytest.raises(seen) as caught:
                export_study(opened, "made-up", "optuna", place, overwrite=True)
        assert seen is KeyboardInterrupt or "disk is full" in caught.value.message
    assert [p.name for p in tmp_path.iterdir()] == (["x.db"] if there else [])
    if there:
        storage = optuna.storages.RDBStorage(place)
        assert optuna.get_all_study_names(storage) == ["made-up"]
        assert len(optuna.load_study(study_name="made-up", storage=storage).trials) > 5


@pytest.mark.parametrize(("place", "said"), [("x.db", "no URL"), ("sqlite:////proc/nowhere/x.db", "cannot be written")])
def test_a_storage_that_cannot_be_is_told(opened: Store, place, said):
    with pytest.raises(AutotuneError, match=said):
        export_study(opened, "made-up", "optuna", place)


def test_the_tables_hold_every_trial(opened: Store, tmp_path: Path):
    text = export_study(opened, "made-up", "csv", None)
    csv = pd.read_csv(StringIO(text))
    parquet = pd.read_parquet(export_study(opened, "made-up", "parquet", str(tmp_path / "x.parquet")))
    history = opened.history(opened.study("made-up").id)
    assert csv["trial"].tolist() == parquet["trial"].tolist() == sorted(history.trials)
    assert list(csv.columns) == list(parquet.columns)
    for number, trial in history.trials.items():
        row = parquet.iloc[number]
        if trial.curve:
            assert row["f1_accuracy"] == trial.value("f1_accuracy")
        else:
            assert pd.isna(row["f1_accuracy"])
        assert row["state"] == trial.state.value
        layers = trial.config.get("lora.layers")
        assert layers is None or tuple(json.loads(row["config.lora.layers"])) == layers
    assert str(parquet["config.lora.rank"].dtype) == "Int64"


def test_a_record_taken_back_is_the_same_study(opened: Store, tmp_path: Path):
    file = export_study(opened, "made-up", "json", str(tmp_path / "x.json"))
    with Store.open(tmp_path / "other.db") as other:
        done = import_study(other, file)
        assert done.trials == len(opened.history(opened.study("made-up").id).trials)
        before, after = opened.study("made-up"), other.study("made-up")
        assert [e for _, e in other.events(after.id)] == [e for _, e in opened.events(before.id)]
        assert other.history(after.id) == opened.history(before.id)
        assert results_of(other, "made-up") == results_of(opened, "made-up")
        assert replace(after, id=0, updated=0, revision=0, counts={}, heartbeat=None, pid=None, host=None) == replace(
            before, id=0, updated=0, revision=0, counts={}, heartbeat=None, pid=None, host=None
        )
        assert [d.made_at for d in other.decisions(after.id)] == [d.made_at for d in opened.decisions(before.id)]
        assert controller.replay(other, "made-up")[1] == []
        assert export_study(other, "made-up", "json", None) == Path(file).read_text()


def test_a_taken_name_is_told_and_another_can_be_given(opened: Store, tmp_path: Path):
    file = export_study(opened, "made-up", "json", str(tmp_path / "x.json"))
    with Store.open(tmp_path / "other.db") as other:
        import_study(other, file)
        with pytest.raises(AutotuneError, match="already in this store") as refused:
            import_study(other, file)
        assert "--study made-up-2" in refused.value.remedy
        assert import_study(other, file, "second").study == "second"
        assert controller.replay(other, "second")[1] == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: "{}", "holds no study"),
        (lambda text: "x", "is no JSON"),
        (lambda text: text.replace('"autotune_study": 1', '"autotune_study": 9'), "newer autotune"),
        (lambda text: text.replace('"event": "returned"', '"event": "came"', 1), "is damaged"),
        (lambda text: text.replace('"event": "decision"', '"event": "charged"', 1), "is damaged"),
    ],
)
def test_a_damaged_record_leaves_nothing(opened: Store, tmp_path: Path, damage, said):
    path = tmp_path / "x.json"
    path.write_text(damage(export_study(opened, "made-up", "json", None)))
    with Store.open(tmp_path / "other.db") as other:
        with pytest.raises(AutotuneError, match=said):
            import_study(other, path)
        assert other.studies() == []


def test_events_that_do_not_follow_leave_nothing(opened: Store, tmp_path: Path):
    lines = export_study(opened, "made-up", "json", None).splitlines()
    first = next(i for i, line in enumerate(lines) if '"event": "returned"' in line)
    path = tmp_path / "x.json"
    path.write_text("\n".join([*lines[: first + 1], lines[first], *lines[first + 1 :]]))
    with Store.open(tmp_path / "other.db") as other:
        with pytest.raises(AutotuneError, match="does not follow"):
            import_study(other, path)
        assert other.studies() == []


def test_predictions_come_along(made, tmp_path: Path):
    with Store.open(made.url, read_only=True) as store, Store.open(tmp_path / "other.db") as other:
        path = export_study(store, "reviews", "json", str(tmp_path / "x.json"))
        import_study(other, path)
        before, after = store.study("reviews").id, other.study("reviews").id
        for trial in store.history(before).trials:
            assert other.predictions(after, trial) == store.predictions(before, trial)
