"""The entry point: speed, errors, exit codes."""

import subprocess
import sys

import pytest
import typer

from autotune.cli import app as app_module
from autotune.cli import tasks
from autotune.errors import AutotuneError

HEAVY = {"torch", "transformers", "peft", "optuna", "sqlalchemy", "datasets", "pandas", "numpy", "yaml"}


@pytest.mark.parametrize("arguments", [["--help"], ["search", "--help"], ["studies", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys; from autotune.cli.app import main; code = main(sys.argv[1:]);"
        f"print(code, sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "0 []"
    assert "Usage: autotune" in ran.stdout
    assert "╭" not in ran.stdout


def test_every_command_is_there(run):
    told = run("--help").out
    names = [
        "search",
        "resume",
        "stop",
        "status",
        "pareto",
        "show",
        "export",
        "train",
        "replay",
        "tasks",
        "methods",
        "doctor",
        "record",
        "bench",
        "studies",
        "spaces",
    ]
    assert all(f"  {name} " in told for name in names)


def test_version(run):
    assert run("--version").out.startswith("autotune 0.")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["searhc"], "No such command"),
        (["search", "--bugdet", "3h"], "--bugdet"),
        (["search", "--seed", "x"], "--seed"),
        (["pareto"], "STUDY"),
        (["export", "mrpc"], "--out"),
    ],
)
def test_wrong_usage_is_one_message_and_2(run, arguments, said):
    ran = run(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert said in ran.err
    assert "--help" in ran.err
    assert "Traceback" not in ran.err


def _failing(monkeypatch, error):
    def command(as_json: bool = False) -> None:
        raise error

    changed = typer.Typer()
    changed.command("tasks")(command)
    changed.command("other")(tasks.command)
    monkeypatch.setattr(app_module, "app", changed)


def test_our_errors_are_printed_with_their_remedy(run, monkeypatch):
    _failing(monkeypatch, AutotuneError("the model 'x' is unknown", "pass another"))
    ran = run("tasks")
    assert (ran.code, ran.out, ran.err) == (2, "", "error: the model 'x' is unknown\npass another\n")


def test_other_errors_are_short_unless_asked(run, monkeypatch):
    _failing(monkeypatch, ZeroDivisionError("by zero"))
    ran = run("tasks")
    assert ran.code == 2
    assert ran.err.startswith("error: unexpected ZeroDivisionError: by zero\n")
    assert "AUTOTUNE_DEBUG=1" in ran.err
    assert "Traceback" not in ran.err
    assert "Traceback" in run("tasks", "--debug").err
    assert "Traceback" in run("--debug", "tasks").err
    monkeypatch.setenv("AUTOTUNE_DEBUG", "1")
    assert "Traceback" in run("tasks").err


def test_an_interruption_is_130(run, monkeypatch):
    _failing(monkeypatch, KeyboardInterrupt())
    assert run("tasks").code == 130


def test_a_reader_that_goes_away_is_no_error():
    command = f"{sys.executable} -m autotune tasks --json | true; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "0"
    assert ran.stderr == ""
