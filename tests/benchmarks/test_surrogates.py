"""How well models foretell ends: the figures of forecasts that are known, and every model asked once."""

import numpy as np
import pytest
from helpers.scripts import script

from autotune.bench.names import load

surrogates = script("surrogates")
ALL = slice(None)


def test_a_true_forecast_is_calibrated_and_a_narrow_one_is_not():
    rng = np.random.default_rng(0)
    middle = rng.normal(size=4000)
    truth = middle + 0.5 * rng.normal(size=4000)
    true, narrow = (
        surrogates.judge(surrogates.Forecast(middle, np.full(4000, w**2)), truth, 1.0, ALL) for w in (0.5, 0.1)
    )
    assert true["inside"] == pytest.approx(0.9, abs=0.02)
    assert true["log"] == pytest.approx(-0.5 * np.log(2 * np.pi * np.e * 0.25), abs=0.05)
    assert true["crps"] == pytest.approx(0.5 / np.pi**0.5, rel=0.1)
    assert narrow["inside"] < 0.4
    assert narrow["log"] < true["log"]
    assert narrow["crps"] > true["crps"]
    assert true["spearman"] == narrow["spearman"] > 0.8


def test_a_forecast_of_logarithms_is_judged_on_the_values():
    rng = np.random.default_rng(0)
    logs = rng.normal(size=4000)
    found = surrogates.judge(surrogates.Forecast(np.zeros(4000), np.ones(4000), True), np.exp(logs), 1.0, ALL)
    assert found["inside"] == pytest.approx(0.9, abs=0.02)
    assert found["log"] == pytest.approx(-0.5 * np.log(2 * np.pi * np.e), abs=0.1)  # the Jacobian is exp(-log), mean 0


def foretold(models):
    """Rows of small histories of both kinds."""
    prepared = load("peft-curves/docstrings")
    rows = [
        row
        for kind, n in (("mixed", 14), ("full", 8))
        for row in surrogates.measure("peft-curves/docstrings", prepared, kind, n, 0, models)
    ]
    assert not [row["problem"] for row in rows if "problem" in row]
    assert {r["model"] for r in rows} == set(models)
    assert all(0 <= r["inside"] <= 1 and r["crps"] > 0 for r in rows)
    return rows


def test_our_models_foretell_both_histories():
    rows = foretold(["usual", "ours", "highest"])
    assert {(r["history"], r["asked"]) for r in rows} == {("mixed", "partly"), ("mixed", "unseen"), ("full", "unseen")}
    text = "\n".join(surrogates.table(rows))
    assert all(surrogates.MODELS[name][0] in text for name in ("usual", "ours", "highest"))


@pytest.mark.slow
def test_every_model_of_botorch_foretells():
    foretold(["kronecker", "single", "mixed", "hierarchical"])


def test_a_mixed_history_thins_out_towards_the_end():
    prepared = load("peft-curves/docstrings")
    optimizer = surrogates.history(prepared, "mixed", 24, 0)
    ((_, case, truth, _, partly),) = surrogates.cases(prepared, optimizer, 0)
    _, counts = np.unique(case.observed.inputs.depth, return_counts=True)
    assert 0 < counts[0] < counts[-1]  # ends, first level
    assert partly == len(case.configs) - counts[0]
    assert len(truth) == len(case.asked) == partly + 120 - len(case.configs)


def test_columns_say_what_hangs_on_what():
    space = load("synthetic/peft").space
    columns = surrogates.Columns(space)
    rows = columns.rows([space.default()])
    assert rows.shape == (1, columns._width)
    assert list(columns.dependents) == [0]
    children = [c for part in columns.dependents[0].values() for c in part]
    assert sorted(children) == list(range(2, columns._width))  # all but method and warmup
    assert columns.categories == [0]
    assert surrogates.is_tree(space)
