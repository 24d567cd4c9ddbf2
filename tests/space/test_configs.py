"""Configurations: what is refused with which words, and how a part of one is completed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autotune.errors import AutotuneError
from autotune.space import INACTIVE, SearchSpace

DEFAULT = {
    "method": "lora",
    "lr": 1e-3,
    "lora.rank": 8,
    "lora.dora": False,
    "layers": (3, 4, 5),
    "batch_size": 16,
}


def test_the_default_holds_only_active_parameters_in_their_order(everything: SearchSpace) -> None:
    assert list(everything.default().items()) == list(DEFAULT.items())


@pytest.mark.parametrize(
    ("change", "message", "remedy"),
    [
        ({"lora.rank": 0}, "lora.rank=0 is below 1 in space 'everything'", "see: autotune spaces show"),
        ({"lora.rank": 65}, "lora.rank=65 is above 64 in space 'everything'", "see: autotune spaces show"),
        ({"lora.rank": 8.0}, "lora.rank=8.0 is not a whole number", "see: "),
        ({"lora.rank": True}, "lora.rank=true is not a whole number", "see: "),
        ({"lr": "fast"}, "lr=fast is not a number", "see: "),
        ({"lr": float("nan")}, "lr=nan is not a finite number", "see: "),
        ({"batch_size": 12}, "batch_size=12 is not one of 8, 16, 32", "see: "),
        ({"lora.dora": 1}, "lora.dora=1 is neither true nor false", "see: "),
        ({"layers": (9,)}, "layers=[9] has a layer that the model lacks (0 to 5)", "see: "),
        ({"lora.rnk": 8}, "'lora.rnk' is no parameter of space 'everything'", "did you mean lora.rank"),
        (
            {"lora.dora_rate": 0.5},
            "lora.dora_rate=0.5 is given, but it is active only with lora.dora=true; here lora.dora=false",
            "leave lora.dora_rate out, or change lora.dora",
        ),
        (
            {"method": "bitfit"},
            "lora.rank=8 is given, but it is active only with method=lora; here method=bitfit",
            "leave lora.rank out, or change method",
        ),
        ({"batch_size": None}, "batch_size is missing from a configuration of space 'everything'", "its default is 16"),
        (
            {"layers": None},
            "layers is missing from a configuration of space 'everything' with method=lora|ia3",
            "top: 3",
        ),
    ],
)
def test_what_is_no_configuration_is_refused(
    everything: SearchSpace, change: dict[str, Any], message: str, remedy: str
) -> None:
    config = {k: v for k, v in {**DEFAULT, **change}.items() if v is not None}
    for check in (everything.validate, everything.encode):
        with pytest.raises(AutotuneError) as caught:
            check(config if check == everything.validate else [config])  # type: ignore[operator]
        assert caught.value.message.startswith(message)
        assert remedy in str(caught.value.remedy)


def test_the_remedy_names_the_space_as_the_user_did(everything: SearchSpace) -> None:
    for space, shown in ((SearchSpace.load("lora"), "lora"), (everything, "/everything.yaml")):
        with pytest.raises(AutotuneError, match=rf"see: autotune spaces show \S*{shown}$"):
            space.validate({"rnk": 8})


def test_a_choice_outside_the_domain_is_refused_while_walking(everything: SearchSpace) -> None:
    with pytest.raises(AutotuneError, match="method=prefix is not one of lora, ia3, bitfit"):
        everything.walk(lambda parameter: "prefix")


def test_walk_asks_for_active_parameters_only(everything: SearchSpace) -> None:
    asked = []

    def choose(parameter: Any) -> Any:
        asked.append(parameter.name)
        return {"method": "bitfit", "lr": 1e-3, "batch_size": 8}[parameter.name]

    assert everything.walk(choose) == {"method": "bitfit", "lr": 1e-3, "batch_size": 8}
    assert asked == ["method", "lr", "batch_size"]


def test_a_condition_fails_with_its_inactive_parent(everything: SearchSpace) -> None:
    with pytest.raises(AutotuneError, match=r"only with lora\.dora=true; here lora\.dora is inactive itself"):
        everything.complete({"method": "ia3", "lora.dora_rate": 0.5})


@pytest.mark.parametrize(
    ("partial", "full"),
    [
        ({}, {}),
        (
            {"lora.rank": "16", "lr": "1e-2", "layers": "0,1,5", "lora.dora": "false", "batch_size": "32"},
            {"lora.rank": 16, "lr": 0.01, "layers": (0, 1, 5), "batch_size": 32},
        ),
        ({"layers": "top2"}, {"layers": (4, 5)}),
        ({"layers": [2, 0]}, {"layers": (0, 2)}),
        ({"lora.rank": 16.0, "lr": 1e-2}, {"lora.rank": 16, "lr": 0.01}),
        ({"lora.dora": "yes"}, {"lora.dora": True, "lora.dora_rate": 0.5}),
    ],
)
def test_a_part_is_completed_and_texts_are_read(
    everything: SearchSpace, partial: dict[str, Any], full: dict[str, Any]
) -> None:
    expected = {**DEFAULT, **full}
    config = everything.complete(partial)
    assert config == expected
    assert {k: type(v) for k, v in config.items()} == {k: type(v) for k, v in expected.items()}
    everything.validate(config)


@pytest.mark.parametrize(
    ("partial", "message"),
    [
        ({"layers": "all"}, "has 6 layers, more than max=4"),
        ({"layers": "top"}, "layers=top is not a tuple of layer numbers"),
        ({"lora.rank": "many"}, "lora.rank=many is not a whole number"),
        ({"lora.rank": "1.5"}, "lora.rank=1.5 is not a whole number"),
        ({"lr": "nan"}, "lr=nan is not a finite number"),
        ({"rank": 8}, "'rank' is no parameter"),
        ({"method": "ia3", "lora.rank": 8}, "lora.rank=8 is given, but"),
        ("lora", "'lora' is not a configuration"),
    ],
)
def test_a_part_with_a_mistake_is_refused(everything: SearchSpace, partial: Any, message: str) -> None:
    with pytest.raises(AutotuneError) as caught:
        everything.complete(partial)
    assert message in caught.value.message


def test_inactive_parameters_are_encoded_as_a_constant(everything: SearchSpace) -> None:
    config = {"method": "bitfit", "lr": 1e-2, "batch_size": 8}
    (code,) = everything.encode([config])
    inactive = [INACTIVE] * (1 + 1 + 1 + 6)
    assert code == pytest.approx([0, 0, 1, 1, *inactive, 1, 0, 0])
    assert everything.encode([]).shape == (0, everything.width)


def test_the_digest_is_of_the_parameters_and_their_order(everything: SearchSpace) -> None:
    data = everything.to_dict()
    renamed = SearchSpace.from_dict({**data, "name": "other", "description": ""})
    turned = SearchSpace.from_dict({**data, "parameters": dict([*data["parameters"].items()][::-1][:1])})
    assert renamed.digest == everything.digest
    assert turned.digest != everything.digest
    assert len(everything.digest) == 64


def test_samples_of_a_seed_stay_the_same(everything: SearchSpace) -> None:
    first = [everything.sample(np.random.default_rng(7)) for _ in range(2)]
    assert first[0] == first[1]
    assert {c["method"] for c in (everything.sample(np.random.default_rng(i)) for i in range(30))} == {
        "lora",
        "ia3",
        "bitfit",
    }
