"""`search`, `resume`, `replay` and `--plan` over simulated workers and a real store."""

import json
from pathlib import Path

import pytest
from helpers.postgres import missing, server
from helpers.services import need
from helpers.studies import simulated

from autotune import controller
from autotune.controller import Outcome, Plan
from autotune.errors import AutotuneError

QUICK = ["search", "--task", "glue/mrpc", "--model", "builtin/minilm", "--space", "quick", "--searcher", "random"]


@pytest.fixture
def workers(monkeypatch):
    """The controller runs its segments on a virtual clock."""
    for name in ("search", "resume"):
        monkeypatch.setattr(controller, name, on_a_virtual_clock(getattr(controller, name)))


def on_a_virtual_clock(real):
    def call(*args, **more):
        return real(*args, executor=simulated(), **more)

    return call


@pytest.fixture
def answer(monkeypatch):
    """A controller that answers at once and keeps what it was asked."""
    asked = []

    def set_answer(outcome):
        def call(spec, url, progress, devices):
            asked.append((spec, url))
            progress.note("hello")
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr(controller, "search", call)
        return asked

    return set_answer


def test_a_search_ends_with_front_winner_scores_and_next_commands(run, workers):
    ran = run(*QUICK, "--budget", "20cpu-min")
    assert ran.code == 0
    assert ran.out.startswith("Front of mrpc-minilm: ")
    assert "Winner: trial " in ran.out
    assert "held-out f1_accuracy" in ran.out
    assert "lora-tuned" in ran.out
    for command in (
        "pareto mrpc-minilm",
        "show mrpc-minilm/",
        "export mrpc-minilm --out ",
        "train exports/mrpc-minilm",
    ):
        assert f"  autotune {command}" in ran.out
    assert "--store" not in ran.out
    assert "complete: every finalist is trained and scored" in ran.err
    assert Path("studies/autotune.db").is_file()
    assert run("replay", "mrpc-minilm").code == 0
    assert run("pareto", "mrpc-minilm", "--json").data["front"]


def test_json_is_lines_with_the_results_last(run, workers):
    ran = run(*QUICK, "--budget", "15cpu-min", "--json", "--no-controls", "--store", "own.db")
    data = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert data[0]["event"] == "started"
    assert data[-1]["event"] == "finished"
    assert data[-1]["status"] == "complete"
    assert data[-1]["front"]
    assert data[-1]["controls"] == {}
    assert run("pareto", "mrpc-minilm", "--json", "--store", "own.db").data["front"] == data[-1]["front"]


def test_a_second_search_gets_another_name_and_a_taken_one_is_refused(run, workers):
    for _ in range(2):
        assert run(*QUICK, "--budget", "3trials", "--no-controls").code == 0
    assert [d["study"] for d in run("status", "--json").data] == ["mrpc-minilm", "mrpc-minilm-2"]
    ran = run(*QUICK, "--budget", "3trials", "--study", "mrpc-minilm")
    assert ran.code == 2
    assert "autotune resume mrpc-minilm" in ran.err


def test_a_search_begins_in_an_empty_file(run, workers):
    """Such as another search has made, and is about to fill."""
    Path("own.db").touch()
    assert run(*QUICK, "--budget", "3trials", "--no-controls", "--store", "own.db").code == 0


@pytest.mark.slow
def test_a_search_begins_in_an_empty_database_of_a_server(run, workers, monkeypatch):
    need(missing())
    monkeypatch.setenv("AUTOTUNE_CHECKPOINTS", "checkpoints")
    with server() as found:
        store = found.database("studies")
        ran = run(*QUICK, "--budget", "3trials", "--no-controls", "--store", store)
        assert ran.code == 0, ran.err
        assert [d["study"] for d in run("status", "--json", "--store", store).data] == ["mrpc-minilm"]


def test_resume_with_a_larger_budget(run, workers):
    assert run(*QUICK, "--budget", "3trials", "--no-controls").code == 0
    before = run("status", "mrpc-minilm", "--json").data
    assert before["strategy"] == "random+asha"
    assert run("resume", "mrpc-minilm", "--budget", "+3trials").code == 0
    after = run("status", "mrpc-minilm", "--json").data
    assert after["budget"] == ["6trials"]
    assert sum(after["trials"].values()) > sum(before["trials"].values())


def test_resume_refuses_a_wrong_budget_first(run):
    ran = run("resume", "mrpc", "--budget", "+much")
    assert ran.code == 2
    assert "'+much'" in ran.err


def test_replay_that_differs_exits_with_1(run, studied):
    """The hand-made study was decided by no strategy."""
    monkey = controller.Mismatch(3, "start", "stop")
    original, controller.replay = controller.replay, lambda store, name: (9, [monkey])
    try:
        ran = run("replay", "mrpc", "--store", studied)
        data = run("replay", "mrpc", "--store", studied, "--json").data
    finally:
        controller.replay = original
    assert ran.code == 1
    assert "8 of 9 decisions" in ran.out
    assert data["mismatches"] == [{"number": 3, "recorded": "start", "replayed": "stop"}]


@pytest.mark.parametrize(
    ("study", "status", "code"), [("mrpc", "complete", 0), ("broken", "failed", 1), ("mrpc", "interrupted", 130)]
)
def test_exit_codes_follow_the_outcome(run, studied, answer, study, status, code):
    answer(Outcome(study, status, "because"))
    ran = run(*QUICK, "--budget", "3h", "--store", studied)
    assert ran.code == code
    assert (f"autotune resume {study} --store {studied}" in ran.err) == (status == "interrupted")
    if status == "failed":
        assert "no trial was trained in full" in ran.out


def test_an_error_of_the_controller_is_2(run, answer):
    answer(AutotuneError("the Hub cannot be reached", "pass --data-dir"))
    ran = run(*QUICK, "--budget", "3h")
    assert ran.code == 2
    assert ran.err.endswith("error: the Hub cannot be reached\npass --data-dir\n")


def test_a_second_interrupt_is_130(run, answer):
    answer(KeyboardInterrupt())
    assert run(*QUICK, "--budget", "3h").code == 130


def test_every_flag_reaches_the_study(run, answer, studied, tmp_path):
    asked = answer(Outcome("mrpc", "complete", ""))
    flags = {
        "study": "x", "seed": "3", "scheduler": "hyperband", "max-epochs": "2.5", "min-resource": "100", "eta": "4",
        "objective": "f1", "constraint": "trainable_params<=1k", "enqueue": "lora.rank=4", "seeds": "2",
        "reserve": "0.2", "precision": "bf16", "device": "cpu", "workers": "2", "threads": "1", "max-length": "64",
        "label-column": "y",
        "text-column": "a", "task-kind": "classification", "metric": "f1", "max-train": "50", "plugin": "json",
        "data-dir": str(tmp_path), "budget": "3h",
    }  # fmt: skip
    given = [text for name, value in flags.items() for text in (f"--{name}", value)]
    more = ["--offline", "--trust-remote-code", "--no-controls", "--objective", "trainable_params"]
    run(*QUICK, *given, *more, "--budget", "9trials", "--text-column", "b", "--store", studied)
    ((spec, url),) = asked
    data = spec.to_dict() | spec.to_dict()["task"]
    expected = {
        "study": "x", "seed": 3, "scheduler": "hyperband", "searcher": "random", "max_epochs": 2.5, "min_resource": 100,
        "eta": 4, "objectives": ("f1", "trainable_params"), "constraints": ("trainable_params<=1k",), "seeds": 2,
        "reserve": 0.2, "enqueue": ({"method": "lora", "lora.rank": 4},), "precision": "bf16", "device": "cpu",
        "workers": 2, "threads": 1, "max_length": 64, "label_column": "y", "text_columns": ("a", "b"),
        "kind": "classification", "metric": "f1", "max_train": 50, "plugins": ("json",), "data_dir": str(tmp_path),
        "budget": ("3h", "9trials"), "offline": True, "trust_remote_code": True, "controls": (),
        "model": "builtin/minilm",
    }  # fmt: skip
    assert {k: data[k] for k in expected} == expected
    assert url == studied


def test_plan_prints_and_runs_nothing(run, monkeypatch):
    plan = Plan(
        "s", "glue/mrpc", "m", "quick", "tpe + asha", ("f1",), "3h", "cpu", "bf16", 2, 10, 5, 5, 90, 3.0, (10, 90), 9.0,
        4, 60.0, 20.0, 80.0, 1000,
    )  # fmt: skip
    monkeypatch.setattr(controller, "plan", lambda spec, store_url, devices: plan)
    ran = run(*QUICK, "--budget", "3h", "--plan")
    assert ran.code == 0
    assert ran.out.splitlines() == plan.lines()
    data = run(*QUICK, "--budget", "3h", "--plan", "--json").data
    assert data["rungs"] == [10, 90]
    assert list(Path().iterdir()) == []


def test_export_and_train_pass_everything_on(run, studied, monkeypatch):
    from autotune import export

    asked = []
    monkeypatch.setattr(
        export, "export_trial", lambda store, *args, **more: asked.append((args, more)) or args[2], raising=False
    )
    ran = run("export", "mrpc/3", "--out", "there", "--store", studied)
    assert ran.out == "there\n"
    assert "autotune train there" in ran.err
    run("export", "mrpc", "--out", "there", "--store", studied, "--overwrite")
    assert asked == [
        (("mrpc", 3, "there"), {"to": "autotune", "merge": False, "overwrite": False}),
        (("mrpc", None, "there"), {"to": "autotune", "merge": False, "overwrite": True}),
    ]


def test_train_passes_everything_on_and_compares_with_the_study(run, monkeypatch):
    from autotune import export
    from autotune.export.result import TrainResult
    from autotune.export.training_file import Recorded

    asked = []
    recorded = Recorded(900, held_out={"f1": 0.84})
    result = TrainResult(
        Path("out"), "mrpc/3", "lora", "m", "glue/mrpc", 1, "train+selection", 900, 3.0, 10, 20, {"f1": 0.86}, {},
        recorded, None, "cpu", "bf16", 2,
    )  # fmt: skip
    monkeypatch.setattr(export, "train", lambda path, **options: asked.append((path, options)) or result, raising=False)
    monkeypatch.setenv("AUTOTUNE_OFFLINE", "1")
    ran = run("train", "there", "--seed", "1", "--epochs", "2", "--task", "t", "--threads", "2", "--out", "out")
    ((path, options),) = asked
    assert path == Path("there")
    chosen = {"seed": 1, "epochs": 2.0, "task": "t", "threads": 2, "out": Path("out"), "offline": True, "model": None}
    assert {k: options[k] for k in chosen} == chosen
    assert ran.out.splitlines()[-1].split() == ["held-out", "f1", "0.8600", "0.8400"]
    assert run("train", "there", "--json").data["held_out"] == {"f1": 0.86}


def test_a_control_that_did_better_is_named(entry_study):
    from autotune.results import better_controls

    found = entry_study(winner=0.75, controls={"head": 0.74, "lora": 0.76, "lora-tuned": 0.76})
    assert better_controls(found) == ["lora-tuned"]
    assert better_controls(entry_study(winner=0.8, controls={"lora": 0.76})) == []
    assert better_controls(entry_study(winner=None, controls={"lora": 0.76})) == []


@pytest.fixture
def entry_study():
    from autotune.objectives import Objective
    from autotune.results import Entry, Stat, StudyResults
    from autotune.trial import TrialKind

    def entry(number, score):
        stats = {"accuracy": Stat(score, None, 1)}
        return Entry(number, TrialKind.SEARCH, "", {}, 1, (number,), stats, stats, {}, {}, {})

    def make(winner, controls):
        trials = {name: 1 if name.startswith("lora") else 2 for name in controls}
        return StudyResults(
            (Objective("accuracy", "maximize"),),
            (),
            (),
            None if winner is None else entry(9, winner),
            {name: entry(trials[name], score) for name, score in controls.items()},
            (),
        )

    return make
