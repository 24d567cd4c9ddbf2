"""Layer subsets in models of another depth."""

from __future__ import annotations

import pytest

from autotune.space import SearchSpace
from autotune.strategies.mobo.moving import moved

SPACE = SearchSpace.from_dict(
    {
        "name": "two",
        "parameters": {
            "layers": {"type": "layers"},
            "ranks": {"type": "per_layer", "options": [0, 2, 4]},
            "rank": {"type": "int", "low": 1, "high": 8},
        },
    }
)


@pytest.mark.parametrize(
    ("before", "layers", "after"),
    [((5,), 12, (10, 11)), ((0, 1, 2, 3, 4, 5), 12, tuple(range(12))), ((0, 2), 6, (0, 2)), ((0, 3), 8, (0, 1, 4, 5))],
)
def test_a_subset_stays_at_its_height(before: tuple[int, ...], layers: int, after: tuple[int, ...]) -> None:
    assert moved({"layers": before}, 6, SPACE.bind(layers)) == {"layers": after}


def test_fewer_layers_hold_what_several_did() -> None:
    assert moved({"layers": (1, 10, 11)}, 12, SPACE.bind(6)) == {"layers": (0, 5)}


def test_numbers_by_layer_are_those_of_the_same_height_and_others_stay() -> None:
    config = {"ranks": (0, 2, 4), "rank": 3, "unknown": (1, 2)}
    assert moved(config, 3, SPACE.bind(6)) == {"ranks": (0, 0, 2, 2, 4, 4), "rank": 3, "unknown": (1, 2)}
