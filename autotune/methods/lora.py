"""LoRA: a low-rank update of chosen matrices, with rsLoRA and DoRA as variants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from autotune.facts import ModelFacts
from autotune.methods.method import Method, Paper, Settings, Tensor
from autotune.methods.sites import layers_of, missing_roles, sites
from autotune.methods.stored import peft_config_bytes
from autotune.space import Choice, Float, Int, Layers

if TYPE_CHECKING:
    from autotune.methods.graft import Graft

TARGETS = {
    "qv": ("query", "value"),
    "qkv": ("query", "key", "value"),
    "attention": ("query", "key", "value", "attention_output"),
    "ffn": ("ffn_up", "ffn_down"),
    "all": ("query", "key", "value", "attention_output", "ffn_up", "ffn_down"),
}
"""The roles behind each choice of targets; ``all`` takes those that the architecture has."""


def check(settings: Settings, facts: ModelFacts) -> str | None:
    """Whether the model has the targets, and the rank is no more than their width."""
    targets, rank = cast(str, settings["targets"]), cast(int, settings["rank"])
    problem = None if targets == "all" else missing_roles(facts, TARGETS[targets], f"lora.targets={targets}")
    for _, linear in () if problem else sites(facts, TARGETS[targets], (0,)):
        width = min(linear.d_in, linear.d_out)
        if rank > width:
            return f"lora.rank={rank} is above the width {width} of {linear.role}: a rank above the width adds nothing"
    return problem


def tensors(settings: Settings, facts: ModelFacts) -> Iterator[Tensor]:
    """A and B of every target; DoRA's magnitude besides."""
    rank = cast(int, settings["rank"])
    for name, linear in sites(facts, TARGETS[cast(str, settings["targets"])], layers_of(settings)):
        yield f"base_model.model.{name}.lora_A.weight", (rank, linear.d_in)
        yield f"base_model.model.{name}.lora_B.weight", (linear.d_out, rank)
        if settings["variant"] == "dora":
            yield f"base_model.model.{name}.lora_magnitude_vector", (linear.d_out,)


def config_bytes(settings: Settings, facts: ModelFacts) -> int:
    """Size of ``adapter_config.json``."""
    names = [name for name, _ in sites(facts, TARGETS[cast(str, settings["targets"])], layers_of(settings))]
    values = (alpha(settings), settings["rank"], settings["dropout"], settings["variant"] == "rslora")
    return 1034 + peft_config_bytes(facts, names) + sum(len(str(v)) for v in values)


def alpha(settings: Settings) -> float | int:
    """The ``lora_alpha`` of peft: the ratio times the rank, whole where it can be."""
    value = cast(float, settings["alpha_ratio"]) * cast(int, settings["rank"])
    return int(value) if value == int(value) else value


def attach(graft: Graft, settings: Settings) -> None:
    """Wrap the targets by peft."""
    from peft import LoraConfig

    targets = TARGETS[cast(str, settings["targets"])]
    graft.wrap(
        LoraConfig(
            r=settings["rank"],
            lora_alpha=alpha(settings),
            lora_dropout=settings["dropout"],
            use_rslora=settings["variant"] == "rslora",
            use_dora=settings["variant"] == "dora",
            target_modules=[name for name, _ in sites(graft.facts, targets, layers_of(settings))],
        )
    )


METHOD = Method(
    name="lora",
    family="additive",
    origin="peft",
    paper=Paper("LoRA: Low-Rank Adaptation of Large Language Models", "Hu et al.", 2021, "2106.09685"),
    summary="low-rank update of chosen matrices; variants: rsLoRA (scaled by the rank's root) and DoRA (magnitude)",
    hyperparameters={
        "rank": Int(1, 64, log=True, default=8),
        "alpha_ratio": Float(0.5, 4.0, log=True, default=2.0),
        "dropout": Float(0.0, 0.3, default=0.0),
        "targets": Choice(tuple(TARGETS), default="qv"),
        "variant": Choice(("plain", "rslora", "dora"), default="plain"),
        "layers": Layers(),
    },
    lr=Float(1e-4, 1e-2, log=True, default=1e-3),
    check=check,
    tensors=tensors,
    config_bytes=config_bytes,
    attach=attach,
    mergeable=True,
)
