"""The bottleneck network itself, and how it is hung on a linear by hooks."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from autotune.methods.graft import Graft

_ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU}


class BottleneckAdapter(nn.Module):
    """Down, activation, up, times a scale. The up projection begins at zero: the model begins as the base is."""

    def __init__(self, widths: tuple[int, int, int], activation: str, scale: float) -> None:
        super().__init__()
        d_in, size, d_out = widths
        self.down = nn.Linear(d_in, size)
        self.activation = _ACTIVATIONS[activation]()
        self.up = nn.Linear(size, d_out)
        self.scale = scale

    def reset(self, generator: torch.Generator) -> None:
        """Draw the down projection as ``nn.Linear`` does (uniform by its fan-in), and set all else to zero."""
        bound = 1 / math.sqrt(self.down.in_features)
        with torch.no_grad():
            for parameter in (self.down.bias, self.up.weight, self.up.bias):
                parameter.zero_()
            self.down.weight.uniform_(-bound, bound, generator=generator)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., d_in) to (..., d_out)."""
        out: torch.Tensor = self.up(self.activation(self.down(x)))
        return out if self.scale == 1.0 else out * self.scale


def insert(
    graft: Graft,
    name: str,
    reads: str | None,
    writes: str,
    widths: tuple[int, int, int],
    activation: str,
    scale: float,
) -> None:
    """Hang an adapter on the linear ``writes``: its output gets the adapter's added, before dropout, residual and norm.

    Args:
        graft: of the model.
        name: of the new submodule.
        reads: the module whose input the adapter takes; None to take the output that it changes.
        writes: the module whose output it changes, which also owns the adapter.
        widths: into, inside and out of the adapter.
        activation: ``relu`` or ``gelu``.
        scale: of what is added.
    """
    owner = graft.model.get_submodule(writes)
    adapter = BottleneckAdapter(widths, activation, scale)
    adapter.reset(graft.generator(f"{writes}.{name}"))
    owner.add_module(name, adapter.to(next(owner.parameters()).device))
    if reads is None:

        def change(module: nn.Module, args: tuple[Any, ...], output: torch.Tensor) -> torch.Tensor:  # noqa: ARG001
            return _add(output, adapter(output))

        owner.register_forward_hook(change)
        return
    kept: list[torch.Tensor] = []

    def keep(module: nn.Module, args: tuple[Any, ...]) -> None:  # noqa: ARG001
        kept[:] = [args[0]]

    def change_from_kept(module: nn.Module, args: tuple[Any, ...], output: torch.Tensor) -> torch.Tensor:  # noqa: ARG001
        # Popped, so that the input (and its graph) does not outlive the forward pass.
        return _add(output, adapter(kept.pop()))

    graft.model.get_submodule(reads).register_forward_pre_hook(keep)
    owner.register_forward_hook(change_from_kept)


def _add(output: torch.Tensor, change: torch.Tensor) -> torch.Tensor:
    return output + change.to(output.dtype)
