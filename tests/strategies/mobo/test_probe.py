"""What a space is like."""

from __future__ import annotations

from dataclasses import replace

from helpers.peft_like import PeftLike
from helpers.simulate import setting_of

from autotune.strategies.mobo.probe import probe


def test_it_is_a_function_of_the_setting() -> None:
    setting = setting_of(PeftLike())
    assert probe(setting) == probe(setting_of(PeftLike()))
    assert probe(setting) != probe(replace(setting, seed=setting.seed + 1))
    assert len(probe(setting)) == 100


def test_it_holds_nothing_that_is_refused() -> None:
    def refuse(config: object) -> str | None:
        return "no adapters" if "adapter" in str(config) else None

    setting = replace(setting_of(PeftLike()), refuse=refuse)
    assert probe(setting)
    assert all(refuse(config) is None for config in probe(setting))
    assert probe(replace(setting, refuse=lambda _: "nothing")) == []


def test_it_is_taken_from_the_pool_where_there_is_one() -> None:
    setting = setting_of(PeftLike())
    pool = probe(setting)[:7]
    assert sorted(map(str, probe(replace(setting, pool=pool)))) == sorted(map(str, pool))
