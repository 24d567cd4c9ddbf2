"""The all-knowing scheduler, on a pool small enough to see it by eye."""

from helpers.scripts import script

from autotune.bench.names import load
from autotune.bench.prepared import prepare
from autotune.bench.score import scale_of

devices = script("devices")
NAMES = ("worse", "left", "same", "right")


class Four:
    """Two that make the front, one as good as one of them, one that is worse."""

    full = 3

    def __init__(self):
        self.space = {"parameters": {"x": {"type": "choice", "options": list(NAMES)}}}
        self.objectives = {"a": "minimize", "b": "minimize"}
        self.pool = [{"x": x} for x in NAMES]

    def evaluate(self, config, fidelity):
        a, b = {"worse": (4, 4), "left": (0, 2), "same": (0, 2), "right": (2, 0)}[config["x"]]
        return {"a": a, "b": b}, float(fidelity)


def test_it_trains_in_full_what_the_front_needs_and_nothing_else():
    scale = scale_of(prepare(Four()))
    order = list(Four().pool)
    values = [scale.prepared.evaluate(c, 3)[0] for c in order]
    assert devices.needed(scale, values) in ({1, 3}, {2, 3})
    assert devices.needed(scale, values[:2]) == set()
    assert devices.all_knowing(scale, order[:2], 1, 1) == float("inf")
    # one to the first rung, one in full, one to the first rung, one in full
    assert devices.all_knowing(scale, order, 1, 1) == 8
    # beside each other: the last begins when two first rungs are done, at 2, and ends at 5
    assert devices.all_knowing(scale, order, 1, 2) == 10


def test_it_needs_no_more_than_the_search_itself_did():
    scale = scale_of(load("peft-curves/docstrings"))
    took, least = devices.measure(scale, "random+fifo", 1, 0, 120)
    assert 0 < least < took
