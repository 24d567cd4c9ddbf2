"""The engine without one part each: that the part is really out, and the table of what was run."""

import numpy as np
import pytest
from helpers.scripts import script

from autotune.bench.comparing import scaled
from autotune.bench.names import load
from autotune.strategies.mobo import basis, outlook
from autotune.strategies.mobo.encoding import Encoding
from autotune.strategies.mobo.rate import Rates
from autotune.strategies.mobo.surrogate import Surrogate

ablation = script("ablation")
DOCS = "peft-curves/docstrings"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def searched():
    """Every part on a small budget, by name."""
    names = list(ablation.parts(None))
    return {row["part"]: row for row in ablation.searches([DOCS], names, None, 9.0, [0])}


def test_every_part_that_the_recording_has_is_searched_without(searched):
    made = ablation.parts(None)
    assert set(searched) == {name for name, part in made.items() if part.applies(load(DOCS))}
    assert {"engine", "modelled", "fifo", "gains", "per-second", "sharing", "joint", "losses"} <= set(searched)
    assert all(row["trials"] > 0 for row in searched.values())


def test_each_searches_otherwise_than_the_engine(searched):
    whole = searched["engine"]
    same = [
        n
        for n, r in searched.items()
        if n != "engine" and (r["course"], r["trials"]) == (whole["course"], whole["trials"])
    ]
    assert not same


def test_the_engine_is_whole_again_afterwards(searched):
    assert outlook.Surrogate is Surrogate
    assert outlook.Rates is Rates
    assert basis.Encoding is Encoding


def test_what_is_told_holds_what_was_known():
    whole = load("synthetic/peft")
    told = ablation.told(whole)
    config = told.draw(np.random.default_rng(0))
    values, cost = told.evaluate(config, 81)
    assert values["params"] == whole.costs(config)["params"]
    assert (values["accuracy"], cost) == (whole.evaluate(config, 81)[0]["accuracy"], whole.evaluate(config, 81)[1])
    assert not told.costs(config)
    assert not any(o.known_before_training for o in told.objectives)


def test_searches_by_method_stay_with_theirs_and_share_the_budget():
    scale = scaled("synthetic/peft", None)
    run = ablation.by_method(scale, 6.0, 0)
    assert len({done.config["method"] for done in run.full}) > 1
    assert run.spent <= 6 * scale.one
    assert [d.cost for d in run.full] == sorted(d.cost for d in run.full)
    only = ablation.only(scale.prepared, "ia3")
    assert {only.draw(np.random.default_rng(s))["method"] for s in range(5)} == {"ia3"}


def test_a_warm_start_learns_from_another_task():
    assert ablation.source_of("lcbench/3945", None) == "lcbench/7593"
    assert ablation.source_of("lcbench/189862", None) == "lcbench/3945"
    assert ablation.source_of("synthetic/zdt1", None) is None
    scale = scaled("synthetic/peft", None)
    assert ablation.warm(scale, 2.0, 0, None).trials > 0


def test_the_table_compares_same_seeds():
    rows = [
        {"benchmark": "b/x", "part": part, "seed": seed, "budget": 10.0, "course": course}
        for part, seed, course in (
            ("engine", 0, [(1.0, 0.5), (6.0, 0.96)]),
            ("engine", 1, [(4.0, 0.7)]),
            ("fifo", 0, [(2.0, 0.4), (9.0, 0.86)]),
            ("fifo", 2, [(9.0, 1.0)]),
        )
    ]
    text = "\n".join(ablation.table(rows))
    line = next(x for x in text.splitlines() if "mobo+fifo" in x)
    cells = [c.strip() for c in line.strip("|").split("|")]
    assert cells[1:4] == ["2", "0.200 ± 0.200", "0.930 ± 0.070"]
    assert cells[4:] == ["-0.100", "-0.100", "0, 1", "9.5 ± 0.5", "+4.0"]
