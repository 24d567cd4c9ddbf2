"""What the commands print of a recorded study."""

import csv
import io
import shutil

import pytest

from autotune.cli import output
from autotune.store import Store


def test_pareto_json_has_exactly_the_promised_shape(run, studied):
    data = run("pareto", "mrpc", "--json", "--store", studied).data
    assert list(data) == ["study", "objectives", "front"]
    assert data["study"] == "mrpc"
    assert data["objectives"] == [
        {"name": "f1_accuracy", "direction": "maximize"},
        {"name": "trainable_params", "direction": "minimize"},
    ]
    assert [list(row) for row in data["front"]] == [["trial", "config", "values", "held_out"]] * 2
    assert [row["trial"] for row in data["front"]] == [3, 0]
    best = data["front"][0]
    assert best["values"] == {"f1_accuracy": pytest.approx(0.85), "trainable_params": 12288}
    assert best["held_out"]["f1_accuracy"] == pytest.approx((0.84 + 0.82 + 0.86) / 3)
    assert best["config"]["lora.layers"] == [0, 1, 2, 5]


def test_pareto_all_adds_what_is_dominated(run, studied):
    data = run("pareto", "mrpc", "--all", "--json", "--store", studied).data
    assert [row["trial"] for row in data["front"]] == [3, 2, 1, 4, 0]
    assert data["front"][3]["held_out"] is None


def test_pareto_csv_reads_back(run, studied):
    rows = list(csv.DictReader(io.StringIO(run("pareto", "mrpc", "--csv", "--store", studied).out)))
    assert [row["trial"] for row in rows] == ["3", "0"]
    assert rows[0]["lora.layers"] == "[0, 1, 2, 5]"
    assert rows[0]["trainable_params"] == "12288"
    assert rows[0]["seeds"] == "3"


def test_pareto_is_plain_text_without_a_terminal(run, studied):
    out = run("pareto", "mrpc", "--store", studied).out
    header, first, second = out.splitlines()
    assert header.split() == [
        "trial",
        "configuration",
        "f1_accuracy",
        "trainable_params",
        "held-out",
        "f1_accuracy",
        "seeds",
    ]
    assert first.split()[-4:] == ["0.8500", "12,288", "0.8400", "3"]
    assert "lora r=2 layers 0-2,5 lr=0.003 qv" in first
    assert "head (control)" in second
    assert out.isascii()


def test_pareto_refuses_two_forms(run, studied):
    assert run("pareto", "mrpc", "--json", "--csv", "--store", studied).code == 2


def test_pareto_of_nothing_says_so(run, studied):
    ran = run("pareto", "broken", "--store", studied)
    assert ran.code == 0
    assert "no trial of broken has been trained in full" in ran.out
    assert run("pareto", "broken", "--json", "--store", studied).data["front"] == []


@pytest.mark.parametrize("command", ["pareto", "show", "status", "replay", "stop"])
def test_an_unknown_study_is_refused_with_a_near_match(run, studied, command):
    ran = run(command, "mprc", "--store", studied)
    assert ran.code == 2
    assert "'mprc'" in ran.err
    assert "did you mean mrpc" in ran.err


@pytest.mark.parametrize(
    "command", [["status"], ["studies", "list"], ["pareto", "x"], ["resume", "x"], ["export", "x", "--out", "y"]]
)
def test_a_store_that_is_not_there(run, command):
    ran = run(*command)
    assert ran.code == 2
    assert "no store" in ran.err


def test_the_store_comes_from_the_environment(run, studied, monkeypatch):
    monkeypatch.setenv("AUTOTUNE_STORE", studied)
    assert [d["study"] for d in run("status", "--json").data] == ["mrpc", "broken"]


def test_status_of_one_and_all(run, studied):
    one = run("status", "mrpc", "--json", "--store", studied).data
    assert one["status"] == "complete"
    assert one["running"] is False
    assert one["trials"] == {"complete": 7, "paused": 1, "failed": 1}
    assert one["budget"] == ["20cpu-min"]
    assert one["device_seconds"] == pytest.approx(sum(one["device_seconds_by_kind"].values()))
    text = run("status", "mrpc", "--store", studied).out
    assert "glue/mrpc with builtin/minilm" in text
    assert "startup 8.0 s" in text
    assert len(run("status", "--store", studied).out.splitlines()) == 3


def test_show_a_study(run, studied):
    out = run("show", "mrpc", "--store", studied).out
    assert "Winner: trial 3" in out
    assert "diverged" in out
    for name in ("head", "lora", "lora-tuned"):
        assert f"\n{name} " in out
    assert "0.8500 ± 0.0200" in out
    assert "0.8400 ± 0.0200" in out
    assert f"autotune show mrpc/3 --diff default --store {studied}" in out
    data = run("show", "mrpc", "--json", "--store", studied).data
    assert data["winner"]["trial"] == 3
    assert set(data["controls"]) == {"head", "lora", "lora-tuned"}
    assert data["failures"] == {"diverged": 1}
    assert len(data["trials"]) == 9


def test_show_a_study_of_failures(run, studied):
    out = run("show", "broken", "--store", studied).out
    assert "no trial was trained in full" in out
    assert "1 diverged" in out


def test_show_a_trial(run, studied):
    out = run("show", "mrpc/3", "--store", studied).out
    assert "trial 3 of mrpc: complete at 900 of 900 examples" in out
    assert "trained with 3 seeds: see also trials 7, 8" in out
    data = run("show", "mrpc/3", "--json", "--store", studied).data
    assert data["state"] == "complete"
    assert [p["examples"] for p in data["curve"]] == [300, 900]
    assert data["known"]["trainable_params"] == 12288
    assert len(data["segments"]) == 2


def test_show_a_failure_with_its_traceback(run, studied):
    out = run("show", "mrpc/6", "--store", studied).out
    assert "failed (diverged): the loss is NaN" in out
    assert "Traceback: made up" in out


def test_show_the_difference_from_the_default(run, studied):
    lines = run("show", "mrpc/3", "--diff", "default", "--store", studied).out.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["lora.rank", "2", "8"],
        ["lora.layers", "0-2,5", "0-5"],
        ["lr", "0.003", "0.001"],
    ]
    assert (
        run("show", "mrpc/1", "--diff", "default", "--store", studied).out
        == "trial 1 sets nothing otherwise than default\n"
    )
    diff = run("show", "mrpc/3", "--diff", "5", "--json", "--store", studied).data["diff"]
    assert diff["lora.rank"] == [2, 1]
    other = run("show", "mrpc/4", "--diff", "1", "--json", "--store", studied).data["diff"]
    assert other["method"] == ["serial_adapter", "lora"]
    assert other["lora.rank"] == [None, 8]


def test_show_a_curve(run, studied):
    lines = run("show", "mrpc/3", "--curve", "--store", studied).out.splitlines()
    assert lines[0].startswith("0.85 ┤")
    assert lines[0].endswith("█")
    assert [line.split()[0] for line in lines[-2:]] == ["300", "900"]
    assert "has not been evaluated" in run("show", "mrpc/6", "--curve", "--store", studied).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mrpc/99"], "its trials are 0 to 8"),
        (["mrpc/x"], "mrpc/7"),
        (["mrpc/3", "--diff", "defualt"], "--diff default"),
        (["mrpc", "--diff", "default"], "mrpc/7 --curve"),
    ],
)
def test_show_refuses_what_is_not_there(run, studied, arguments, said):
    ran = run("show", *arguments, "--store", studied)
    assert ran.code == 2
    assert said in ran.err


def test_studies_are_listed_and_removed_after_a_question(run, studied, tmp_path, monkeypatch):
    own = tmp_path / "own.db"
    shutil.copy(studied, own)
    assert [d["study"] for d in run("studies", "list", "--json", "--store", str(own)).data] == ["mrpc", "broken"]
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    refused = run("studies", "rm", "broken", "--store", str(own))
    assert refused.code == 1
    assert "remove broken with 1 trials for good?" in refused.err
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    unasked = run("studies", "rm", "broken", "--store", str(own))
    assert (unasked.code, "add --yes" in unasked.err) == (2, True)
    assert run("studies", "rm", "brokn", "--yes", "--store", str(own)).code == 2
    assert run("studies", "rm", "broken", "--yes", "--store", str(own)).out == "removed broken\n"
    assert [d["study"] for d in run("studies", "list", "--json", "--store", str(own)).data] == ["mrpc"]
    assert run("studies", "gc", "--json", "--store", str(own)).data == {"files": [], "bytes_freed": 0}


def test_stop_refuses_what_does_not_run(run, studied):
    ran = run("stop", "mrpc", "--store", studied)
    assert ran.code == 2
    assert "is not running" in ran.err


def test_stop_asks_a_running_study(run, studied, tmp_path):
    own = str(tmp_path / "own.db")
    shutil.copy(studied, own)
    with Store.open(own) as store:
        study = store.study("mrpc").id
        store.set_status(study, "running")
        with store.acquire(study):
            assert run("status", "mrpc", "--json", "--store", own).data["running"] is True
            ran = run("stop", "mrpc", "--store", own)
            assert (ran.code, "autotune resume mrpc" in ran.out) == (0, True)
            assert store.stop_requested(study)


def test_on_a_terminal_tables_are_drawn(run, studied, monkeypatch):
    monkeypatch.setattr(output, "fancy", lambda stream: True)
    out = run("pareto", "mrpc", "--store", studied).out
    assert "─" in out
    assert "12,288" in out
