"""``autotune bench``."""

import pytest
from helpers.recordings import recording


def test_a_table_for_each_benchmark(run):
    ran = run("bench", "--benchmark", "synthetic/zdt1", "--benchmark", "synthetic/dtlz2", "--strategy", "random+fifo",
              "--peer", "optuna-random", "--seeds", "2", "--budget", "5")  # fmt: skip
    assert ran.code == 0, ran.err
    assert "one full training costs 27; the budget is 5 of them" in ran.out
    assert ran.out.count("optuna-random") == 3
    assert "all 2 benchmarks" in ran.out
    assert "4/8 synthetic/zdt1 optuna-random" in ran.err


def test_json_holds_every_run(run):
    data = run("bench", "--benchmark", "synthetic/zdt1", "--strategy", "random+fifo", "--seeds", "2", "--budget", "5",
               "--json").data  # fmt: skip
    assert data["benchmarks"]["synthetic/zdt1"]["full_training"] == 1
    (line,) = data["benchmarks"]["synthetic/zdt1"]["strategies"]
    assert 0 < line["scores"][-1]["mean"] < 1
    assert line["cost_of_95_percent"] is None
    assert [r["seed"] for r in data["runs"]] == [0, 1]
    assert data["runs"][0]["course"][-1][1] <= 1


def test_a_benchmark_of_ones_own_lies_where_one_stands(run, tmp_path):
    (tmp_path / "work" / "own_bench.py").write_text(
        "class Mine:\n"
        "    space = {'parameters': {'kind': {'type': 'choice', 'options': ['a', 'b']},\n"
        "        'a.x': {'type': 'float', 'low': 0, 'high': 1, 'when': {'kind': 'a'}}}}\n"
        "    objectives = {'y': 'minimize', 'z': 'maximize'}\n"
        "    full, resumes = 9, False\n"
        "    def evaluate(self, config, fidelity):\n"
        "        x = config.get('a.x', 0.5)\n"
        "        return ({} if x < 0.2 else {'y': x / fidelity, 'z': x}), float(fidelity)\n"
    )
    ran = run("bench", "--benchmark", "own_bench:Mine", "--strategy", "random+fifo", "--strategy", "tpe+asha",
              "--seeds", "1", "--budget", "6", "--plot", "out/bench.png")  # fmt: skip
    assert ran.code == 0, ran.err
    assert (tmp_path / "work" / "out" / "bench.png").stat().st_size > 1000


def test_a_recording(run, tmp_path):
    recording(30).save(tmp_path / "made.csv.gz")
    ran = run("bench", "--benchmark", str(tmp_path / "made.csv.gz"), "--strategy", "random+fifo", "--seeds", "1",
              "--budget", "40", "--free-thinking", "--workers", "3")  # fmt: skip
    assert "a score of 1 is all 30 of its pool" in ran.out
    assert "3 devices" in ran.out
    assert "1.000" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--benchmark", "synthetic/none"], "zdt1"),
        (["--strategy", "random+nothing"], "nothing"),
        (["--strategy", "optuna-tpe"], "--peer optuna-tpe"),
        (["--peer", "optuna-tp"], "optuna-tpe"),
        (["--peer", "neps-moasha", "--peer-python", "neps"], "PEER=PYTHON"),
        (["--peer", "neps-moasha", "--seeds", "1"], "--peer-python"),
        (["--budget", "0"], "--budget 0"),
        (["--plot", "bench.gif"], ".svg"),
    ],
)
def test_refusals(run, arguments, said):
    ran = run("bench", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_what_auto_stands_for_is_said(run):
    ran = run("bench", "--benchmark", "synthetic/zdt1", "--strategy", "auto", "--seeds", "1", "--budget", "2")
    assert "auto is mobo+freeze-thaw here, for a budget of about 2 full trainings" in ran.out
    data = run("bench", "--benchmark", "synthetic/zdt1", "--strategy", "random+fifo", "--seeds", "1", "--budget", "2",
               "--json").data  # fmt: skip
    assert data["benchmarks"]["synthetic/zdt1"]["chosen"] == {}


def test_failures_and_an_unspent_budget_are_said(run, tmp_path):
    (tmp_path / "work" / "half_bench.py").write_text(
        "class Half:\n"
        "    space = {'parameters': {'x': {'type': 'float', 'low': 0, 'high': 1}}}\n"
        "    objectives, full = {'y': 'minimize'}, 1\n"
        "    pool = [{'x': i / 10} for i in range(10)]\n"
        "    def evaluate(self, config, fidelity):\n"
        "        return ({} if config['x'] > 0.55 else {'y': config['x']}), 1.0\n"
    )
    ran = run("bench", "--benchmark", "half_bench:Half", "--strategy", "random+fifo", "--seeds", "1", "--budget", "40")
    assert "random+fifo: 4 of 10 pieces of training failed" in ran.out
    assert "random+fifo ended with 75% of the budget unspent" in ran.out


def test_a_plot_that_cannot_be_written_is_refused_first(run, tmp_path):
    (tmp_path / "work" / "folder.png").mkdir()
    for place in ("folder.png", "/proc/none/bench.png"):
        ran = run("bench", "--benchmark", "synthetic/zdt1", "--strategy", "random+fifo", "--plot", place)
        assert (ran.code, ran.out) == (2, "")
        assert "cannot be written" in ran.err
