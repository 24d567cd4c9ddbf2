"""What an entry of the catalogue says of a method."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autotune.facts import ModelFacts
from autotune.space import Domain, Float
from autotune.trial import Value

if TYPE_CHECKING:
    from autotune.methods.graft import Graft

Settings = Mapping[str, Value]
"""A method's settings by bare name, complete and valid: ``{"rank": 8, "layers": (0, 1, 2), ...}``."""
Tensor = tuple[str, tuple[int, ...]]
"""Name and shape of a stored tensor."""


def _anything(settings: Settings, facts: ModelFacts) -> str | None:  # noqa: ARG001
    """The check of a method that works on every model."""
    return None


@dataclass(frozen=True)
class Paper:
    """Where a method was published."""

    title: str
    authors: str
    year: int
    arxiv: str
    """The arXiv number, such as ``2106.09685``."""


@dataclass(frozen=True)
class Method:
    """One way of fine-tuning a frozen encoder. The head is trained besides, by every method, and is no part of it."""

    name: str
    """As a configuration says it."""
    family: str
    """``additive``, ``scaling``, ``selective``, ``adapter`` or ``control``."""
    origin: str
    """``peft`` where peft implements it and loads what is saved; ``autotune`` where we do."""
    paper: Paper
    summary: str
    """One line for a table."""
    hyperparameters: Mapping[str, Domain]
    """Its settings by bare name, with the ranges and defaults that a search takes unless a space says otherwise."""
    lr: Float
    """The range and the default of its learning rate."""
    tensors: Callable[[Settings, ModelFacts], Iterable[Tensor]]
    """What it trains and stores, by name and shape, the head left out. The costs follow from it."""
    attach: Callable[[Graft, Settings], None]
    """Puts its parameters into the model; whatever requires a gradient afterwards is trained."""
    check: Callable[[Settings, ModelFacts], str | None] = _anything
    """Why settings that are valid by themselves cannot work on this model, or None."""
    config_bytes: Callable[[Settings, ModelFacts], int] | None = None
    """Size of the configuration file saved beside the tensors; that of autotune's own format when None."""
    mergeable: bool = False
    """Whether the trained model can be folded into one of the base's shape, so that it answers as fast."""
    experimental: bool = False

    def defaults(self) -> dict[str, Value]:
        """Every setting's default; ``layers`` left out, because it means all layers of whatever model."""
        return {n: d.default_value for n, d in self.hyperparameters.items() if n != "layers"}
