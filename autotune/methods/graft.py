"""What a method works with while it is attached to a model."""

from __future__ import annotations

import hashlib
from typing import Any

import torch
from torch import nn

from autotune.facts import ModelFacts
from autotune.methods.quiet import no_attach_warning


class Graft:
    """The model that a method is put into, and the ways to do it that leave the base's own tensors alone."""

    def __init__(self, model: nn.Module, facts: ModelFacts, seed: int) -> None:
        self.model = model
        self.facts = facts
        self.seed = seed
        self.peft: Any = None
        """The ``PeftModel`` around the model, where the method is peft's."""
        self.head_names = frozenset(name for name, _ in facts.head_tensors)

    def generator(self, name: str) -> torch.Generator:
        """A generator on the CPU, seeded by the trial's seed and a name: equal on every device, in any order."""
        digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))

    def replace(self, name: str, values: torch.Tensor) -> nn.Parameter:
        """Put a trained parameter, in fp32, in the place of the one of that name."""
        path, _, leaf = name.rpartition(".")
        owner = self.model.get_submodule(path)
        old = getattr(owner, leaf)
        new = nn.Parameter(values.detach().to(device=old.device, dtype=torch.float32, copy=True))
        setattr(owner, leaf, new)
        return new

    def train(self, name: str) -> nn.Parameter:
        """Put a trained copy in the place of the parameter of that name."""
        return self.replace(name, self.model.get_parameter(name))

    def fresh_head(self) -> None:
        """Make the head anew: matrices drawn with the model's own deviation, biases 0, norms' weights 1."""
        std = float(getattr(self.model.config, "initializer_range", None) or 0.02)
        for name, shape in self.facts.head_tensors:
            values = torch.zeros(shape)
            if len(shape) > 1:
                values.normal_(0.0, std, generator=self.generator(name))
            elif not name.endswith("bias"):
                values.fill_(1.0)
            self.replace(name, values)

    def wrap(self, config: Any) -> None:
        """Let peft put its modules in, as a peft configuration says, and keep the head beside them."""
        from peft import get_peft_model

        config.task_type = "SEQ_CLS"
        config.modules_to_save = list(self.facts.head_modules)
        # peft lists them as suffixes of its choice and in any order; what is saved names each module in full.
        targets = {key: sorted(getattr(config, key)) for key in _NAME_LISTS if getattr(config, key, None)}
        with no_attach_warning():
            self.peft = get_peft_model(self.model, config)
        for key, names in targets.items():
            setattr(config, key, names)
        config.modules_to_save = list(self.facts.head_modules)
        config.base_model_name_or_path = self.facts.model


_NAME_LISTS = ("target_modules", "feedforward_modules")
