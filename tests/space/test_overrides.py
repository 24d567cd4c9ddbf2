from __future__ import annotations

from typing import Any

import pytest

from autotune.errors import AutotuneError
from autotune.space import Choice, Float, Int, Layers, SearchSpace


def domain(space: str, name: str, overrides: dict[str, Any]) -> Any:
    return SearchSpace.load(space, overrides).parameters[name].domain


def test_attributes_change() -> None:
    assert domain("lora", "lr", {"lr.high": 0.02}) == Float(1e-4, 0.02, True, 1e-3)
    assert domain("lora", "lr", {"lr.high": "2e-2"}) == Float(1e-4, 0.02, True, 1e-3)
    assert domain("lora", "lora.rank", {"lora.rank.low": 2, "lora.rank.default": 4}) == Int(2, 64, True, 4)
    assert domain("lora", "lora.targets", {"lora.targets.options": ["qv", "all"]}) == Choice(("qv", "all"), "qv")
    assert domain("lora", "lora.targets", {"lora.targets.options": "[qv, all]"}) == Choice(("qv", "all"), "qv")
    assert domain("lora", "lora.layers", {"lora.layers.default": "{top: 3}"}) == Layers(default="top3")


@pytest.mark.parametrize("value", [16, "16", 16.0])
def test_a_parameter_is_fixed_to_a_value(value: object) -> None:
    space = SearchSpace.load("lora", {"lora.rank": value})
    assert space.parameters["lora.rank"].domain == Choice((16,))
    assert space.bind(6).default()["lora.rank"] == 16


def test_layers_are_fixed_in_words_that_wait_for_the_model() -> None:
    fixed = SearchSpace.load("lora", {"lora.layers": "top2"})
    again = SearchSpace.from_dict(fixed.to_dict())
    assert again == fixed
    assert fixed.bind(6).default()["lora.layers"] == (4, 5)
    assert fixed.bind(12).parameters["lora.layers"].domain.count == 1
    with pytest.raises(AutotuneError, match=r"lora\.layers=\[0\] is not the only value, \[4, 5\]"):
        fixed.bind(6).complete({"lora.layers": "0"})


def test_a_plain_name_means_that_setting_of_every_method() -> None:
    space = SearchSpace.load("encoder", {"lr.high": 0.009, "layers": "all"})
    rates = {name: p.domain for name, p in space.parameters.items() if name.endswith(".lr")}
    assert len(rates) == 5
    assert all(isinstance(d, Float) and d.high == 0.009 for d in rates.values())
    assert all(p.domain.count == 1 for n, p in space.bind(6).parameters.items() if n.endswith(".layers"))


def test_the_name_with_its_method_wins_over_the_plain_one() -> None:
    for overrides in ({"lora.lr.high": 0.005, "lr.high": 0.02}, {"lr.high": 0.02, "lora.lr.high": 0.005}):
        space = SearchSpace.load("quick", overrides)
        assert [space.parameters[f"{m}.lr"].domain.to_dict()["high"] for m in ("lora", "serial_adapter")] == [
            0.005,
            0.02,
        ]


def test_what_can_no_longer_be_active_leaves_the_space() -> None:
    space = SearchSpace.load("encoder", {"method": "ia3"})
    assert list(space.parameters) == ["method", "batch_size", "ia3.lr", "ia3.targets", "ia3.layers"]
    assert SearchSpace.from_dict(space.to_dict()) == space
    some = SearchSpace.load("encoder", {"method.options": ["bitfit", "ia3"], "method.default": "ia3", "lr.low": 2e-3})
    assert {name.split(".")[0] for name in some.parameters} == {"method", "batch_size", "ia3", "bitfit"}
    assert SearchSpace.load(some.to_dict(), {"batch_size": 8}).size() == some.size()


def test_conditions_lose_the_values_that_went() -> None:
    data = {
        "parameters": {
            "m": {"type": "choice", "options": ["a", "b", "c"]},
            "x": {"type": "bool", "when": {"m": ["a", "b"]}},
            "y": {"type": "bool", "when": {"m": "b"}},
            "z": {"type": "bool", "when": {"y": True}},
        }
    }
    space = SearchSpace.from_dict(data, overrides={"m.options": ["a", "c"]})
    assert {name: p.condition for name, p in space.parameters.items()} == {"m": "", "x": "m=a"}
    fixed = SearchSpace.from_dict(data, overrides={"y": False})
    assert list(fixed.parameters) == ["m", "x", "y"]


@pytest.mark.parametrize(
    ("space", "overrides", "message", "remedy"),
    [
        (
            "lora",
            {"lora.rnk": 8},
            "override lora.rnk: space 'lora' has no parameter 'lora.rnk'",
            "did you mean lora.rank",
        ),
        ("lora", {"lora.rnk.low": 8}, "override lora.rnk.low: space 'lora' has no parameter 'lora.rnk'", "lora.rank"),
        (
            "lora",
            {"lora.rank.hihg": 8},
            "override lora.rank.hihg: parameter 'lora.rank' of type int has no 'hihg'",
            "did you mean high?",
        ),
        ("lora", {"lora.rank.when": 8}, "override lora.rank.when: parameter 'lora.rank' of type int has no", "known"),
        ("lora", {"zzz": 8}, "override zzz: space 'lora' has no parameter 'zzz'", "known parameters: method, lr,"),
        (
            "lora",
            {"lora.rank.low": 80},
            "override lora.rank.low=80: parameter 'lora.rank': low=80 is above high=64",
            "exchange the two",
        ),
        (
            "lora",
            {"lora.rank.high": 4},
            "override lora.rank.high=4: parameter 'lora.rank': default=8 is above 4",
            "set lora.rank.default too",
        ),
        (
            "encoder",
            {"method.options": ["ia3"]},
            "override method.options=[ia3]: parameter 'method': default=lora is not one of ia3",
            "set method.default too",
        ),
        ("lora", {"lr.low": "none"}, "override lr.low=none: parameter 'lr': low=none is not a number", "low: 1"),
        (
            "lora",
            {"lora.rank": 100},
            "override lora.rank=100: lora.rank=100 is above 64 in space 'lora'",
            "see: autotune spaces show lora",
        ),
        ("lora", {"lora.layers": "[]"}, "override lora.layers=[]: lora.layers: default=[] has 0 layers", "write all"),
        (
            "encoder",
            {"method": "ia3", "lora.rank": 4},
            "override lora.rank=4 has no effect: the other overrides leave 'lora.rank' never active",
            "leave one of them out",
        ),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(
    space: str, overrides: dict[str, Any], message: str, remedy: str
) -> None:
    with pytest.raises(AutotuneError) as caught:
        SearchSpace.load(space, overrides)
    assert caught.value.message.startswith(message)
    assert remedy in str(caught.value.remedy)


def test_a_mistake_elsewhere_in_the_file_keeps_its_line(tmp_path: Any) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("parameters:\n  a: {type: int, low: 1, high: 4}\n  b: {type: int, low: 9, high: 4}\n")
    with pytest.raises(AutotuneError, match=r"own\.yaml:3: parameter 'b': low=9 is above high=4"):
        SearchSpace.load(path, {"a.low": 2})
