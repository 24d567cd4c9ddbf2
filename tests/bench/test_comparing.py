"""Many searches, and their figures."""

import math

import pytest

from autotune.bench.comparing import Outcome, Wanted, compare, lines


def outcome(searcher: str, seed: int, *course: tuple[float, float]) -> Outcome:
    return Outcome("mine", searcher, seed, course, 10.0, 5, 9, 12, 0, (0.1, 0.2 + seed))


def test_figures_by_hand():
    wanted = Wanted(["mine"], ["a", "b"], seeds=2, budget=10.0)
    first, second = lines(
        [
            outcome("a", 0, (1.0, 0.2), (6.0, 0.5)),
            outcome("a", 1, (2.0, 0.4), (3.0, 0.96)),
            outcome("b", 0, (4.0, 0.97)),
            outcome("b", 1, (5.0, 0.95)),
        ],
        wanted,
    )
    assert [mean for mean, _ in first.scores] == pytest.approx([0.1, 0.3, 0.58, 0.73])
    assert first.scores[-1][1] == pytest.approx(0.23 / math.sqrt(2))
    assert (first.near, first.reached) == (math.inf, 1)
    assert (second.near, second.reached) == (4.5, 2)
    assert (second.wins, second.losses) == (1, 1)
    assert second.thinking == (0.1, 1.2)


def test_searches_run_and_are_told():
    told = []
    wanted = Wanted(["synthetic/zdt1"], ["random+fifo", "optuna-random"], seeds=2, budget=5.0)
    found = compare(wanted, 1, told.append)
    assert [(o.searcher, o.seed) for o in found] == [(s, n) for s in wanted.searchers for n in range(2)]
    assert all(o.spent == 5.0 and o.full == 5 and o.course for o in found)
    assert len(told) == 2


@pytest.mark.slow
def test_processes_find_the_same():
    wanted = Wanted(["synthetic/peft"], ["random+asha"], seeds=3, budget=5.0)
    one, three = compare(wanted, 1), compare(wanted, 3)
    assert [o.course for o in one] == [o.course for o in three]
