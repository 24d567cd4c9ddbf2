from __future__ import annotations

from typing import Any

import pytest

from autotune.errors import AutotuneError
from autotune.space import DefinitionError, Layers, SearchSpace


@pytest.mark.parametrize(
    ("default", "layers"),
    [
        ("all", (0, 1, 2, 3, 4, 5)),
        ({"top": 3}, (3, 4, 5)),
        ("top3", (3, 4, 5)),
        ({"bottom": 2}, (0, 1)),
        ([5, 0, 1], (0, 1, 5)),
    ],
)
def test_a_default_is_settled_by_the_depth(default: Any, layers: tuple[int, ...]) -> None:
    domain = Layers(default=default)
    assert domain.bind(6).default_value == layers
    assert Layers(**{k: v for k, v in domain.to_dict().items() if k != "type"}) == domain


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("all", (0, 1, 2, 3, 4, 5)),
        ("top2", (4, 5)),
        ("{top: 2}", (4, 5)),
        ("0,1,5", (0, 1, 5)),
        ("5, 0", (0, 5)),
        ("[0, 1]", (0, 1)),
        ("(3,)", (3,)),
        ("3", (3,)),
        (3, (3,)),
        ([2, 1], (1, 2)),
    ],
)
def test_texts_name_subsets(text: object, layers: tuple[int, ...]) -> None:
    assert Layers(depth=6).coerce(text) == layers


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([0, 1], "is not a tuple of layer numbers"),
        ("all", "is not a tuple of layer numbers"),
        ((), "has 0 layers, fewer than min=2"),
        ((1,), "has 1 layers, fewer than min=2"),
        ((0, 1, 2, 3), "has 4 layers, more than max=3"),
        ((1, 0), "is not in ascending order, each layer once"),
        ((1, 1), "is not in ascending order, each layer once"),
        ((0, 6), "has a layer that the model lacks (0 to 5)"),
        ((-1, 2), "is not a tuple of layer numbers, which begin at 0"),
        ((True, 2), "is not a tuple of layer numbers, which begin at 0"),
        ((0.0, 1.0), "is not a tuple of layer numbers, which begin at 0"),
    ],
)
def test_what_is_no_subset_is_refused(value: object, problem: str) -> None:
    assert Layers(min=2, max=3, default="top3", depth=6).validate(value) == problem


def test_unset_bits_give_the_top_layer_and_other_repairs_are_stated() -> None:
    assert Layers(depth=4).from_bits([0, 0, 0, 0]) == (3,)
    assert Layers(min=3, depth=4).from_bits([1, 0, 0, 0]) == (0, 2, 3)
    assert Layers(max=2, default="top2", depth=4).from_bits([1, 1, 1, 0]) == (1, 2)
    assert Layers(fixed=True, default="bottom2", depth=4).from_bits([0, 0, 1, 1]) == (0, 1)
    assert Layers(depth=4).bits((0, 3)) == (True, False, False, True)


def test_a_subset_that_cannot_fit_the_model_is_refused_when_bound() -> None:
    with pytest.raises(DefinitionError, match="min=8 is more than the model's 6 layers"):
        Layers(min=8).bind(6)
    with pytest.raises(DefinitionError, match=r"default={top: 8} is more than the model's 6 layers"):
        Layers(default="top8").bind(6)
    with pytest.raises(DefinitionError, match=r"default=\[9\] has a layer that the model lacks"):
        Layers(default=(9,)).bind(6)
    with pytest.raises(DefinitionError, match="default=all has 6 layers, more than max=4"):
        Layers(max=4).bind(6)
    with pytest.raises(DefinitionError, match="depth=6 is not the model's 12 layers"):
        Layers().bind(6).bind(12)
    assert Layers(max=8).bind(6).most == 6


def test_a_space_names_the_parameter_that_does_not_fit() -> None:
    data = {"name": "s", "parameters": {"lora.layers": {"type": "layers", "min": 8}}}
    with pytest.raises(AutotuneError, match=r"parameter 'lora\.layers' of space 's': min=8 is more than .* 6 layers"):
        SearchSpace.from_dict(data).bind(6)


@pytest.mark.parametrize("ask", [SearchSpace.default, SearchSpace.size, lambda s: s.encode([])])
def test_an_unbound_space_says_that_it_needs_the_depth(ask: Any) -> None:
    space = SearchSpace.from_dict({"name": "s", "parameters": {"layers": {"type": "layers"}}})
    with pytest.raises(AutotuneError, match=r"needs the model's depth\ncall space\.bind"):
        ask(space)


def test_unbound_values_are_checked_as_far_as_possible() -> None:
    assert Layers().validate((0, 99)) is None
    assert Layers(fixed=True).validate((0, 99)) is None
    assert Layers(fixed=True, default=(1, 2)).validate((0, 99)) == "is not the only value, [1, 2]"
