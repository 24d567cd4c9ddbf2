"""What a configuration costs, from the configuration and the facts alone: no model is built."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from math import prod

from autotune.facts import ModelFacts
from autotune.methods.method import Method, Tensor
from autotune.methods.recipes import Recipe, recipe
from autotune.methods.registry import get
from autotune.methods.stored import own_config, safetensors_bytes, tensor_bytes
from autotune.trial import Config

_CHECKPOINT_COPIES = 3
"""The trained tensors with AdamW's two moments."""
LENGTH = 128
"""Tokens of the input whose FLOPs are counted."""


def costs(config: Config, facts: ModelFacts) -> dict[str, float]:
    """The costs known before training: those of ``Costs``.

    Raises:
        AutotuneError: as ``recipe``.
    """
    return dict(Costs(recipe(config, facts), facts))


class Costs(Mapping[str, float]):
    """The costs of a recipe by name, each computed when it is first asked for: a search asks for one or two of many.

    ``trainable_params`` without the head and ``total_trained`` with it, both exact; ``stored_bytes`` of the saved
    folder (weights in fp32, the head's with them, and their configuration); ``checkpoint_bytes`` of a paused trial;
    ``added_flops`` of a forward pass over one input of 128 tokens, beyond the base's, what merges being merged.
    """

    def __init__(self, of: Recipe, facts: ModelFacts) -> None:
        self._of, self._facts, self._method = of, facts, get(of.method)
        self._found: dict[str, float] = {}

    def __getitem__(self, name: str) -> float:
        if name not in self._found:
            self._found[name] = float(_COSTS[name](self))
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_COSTS)

    def __len__(self) -> int:
        return len(_COSTS)

    @cached_property
    def _tensors(self) -> list[Tensor]:
        return list(self._method.tensors(self._of.settings, self._facts))

    @cached_property
    def _kept(self) -> list[Tensor]:
        return list(self._method.kept(self._of.settings, self._facts))

    def _own(self) -> int:
        return sum(prod(tensor.shape) for tensor in self._tensors)

    def _total(self) -> int:
        return self._own() + self._facts.head_params

    def _checkpoint(self) -> int:
        return _CHECKPOINT_COPIES * 4 * self._total() + sum(map(tensor_bytes, self._kept))

    def _flops(self) -> float:
        return self._facts.repeats * self._method.flops(self._of.settings, self._facts, LENGTH)

    def _stored(self) -> int:
        return _stored(self._of, self._method, self._tensors, self._kept, self._facts)


_COSTS: dict[str, Callable[[Costs], float]] = {
    "trainable_params": Costs._own,
    "total_trained": Costs._total,
    "stored_bytes": Costs._stored,
    "checkpoint_bytes": Costs._checkpoint,
    "added_flops": Costs._flops,
}


def _stored(of: Recipe, method: Method, tensors: list[Tensor], kept: list[Tensor], facts: ModelFacts) -> int:
    """Bytes of the folder that ``Attachment.save`` writes."""
    head = _head_tensors(facts, _head_prefix(method))
    saved = None if method.stored is None else list(method.stored(of.settings, facts))
    if method.config_bytes is not None:
        return safetensors_bytes((tensors if saved is None else saved) + head) + method.config_bytes(of.settings, facts)
    config = len(own_config(facts, of.to_dict()).encode())
    return safetensors_bytes((tensors + kept if saved is None else saved) + head) + config


def _head_prefix(method: Method) -> str:
    """What comes before the names of the head's tensors in the saved file; prompts of peft put no module in between."""
    if not method.saved_for_peft:
        return ""
    return "base_model." if method.family == "prompt" else "base_model.model."


def _head_tensors(facts: ModelFacts, prefix: str) -> list[Tensor]:
    if facts.head_tensors:
        return [Tensor(prefix + name, shape) for name, shape in facts.head_tensors]
    return [Tensor(f"{prefix}{'+'.join(facts.head_modules)}", (facts.head_params,))]
