"""What surrounds a forward pass: its number format and its random state."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """The context of every forward pass: bf16 matrix products under ``bf16``, nothing under ``fp32``."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16")


def bf16_supported(device: torch.device) -> bool:
    """Whether the device computes in bf16: every CPU does, somehow; a GPU from compute capability 8 on."""
    return device.type == "cpu" or (device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0))


def own_randomness(device: torch.device) -> AbstractContextManager[None]:
    """A context that gives the process its random state back at the end."""
    return torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])
