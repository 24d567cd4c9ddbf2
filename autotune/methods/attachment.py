"""A method attached to the resident base: what is trained, how it is saved, how it goes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from torch import nn

if TYPE_CHECKING:
    from autotune.methods.graft import Graft
    from autotune.methods.recipes import Recipe


class Attachment:
    """A trial's parameters inside the base model. A context manager that detaches at its end."""

    def __init__(self, graft: Graft, recipe: Recipe | None, release: Callable[[], None]) -> None:
        self.recipe = recipe
        """None where a foreign adapter was loaded."""
        self.facts = graft.facts
        self.module = graft.model
        """Call it with ``input_ids``, ``attention_mask`` (and ``token_type_ids``); the answer has ``.logits``."""
        self.peft = graft.peft
        """The ``PeftModel`` around it, where the method is peft's."""
        named = ((plain_name(n), p) for n, p in graft.model.named_parameters() if p.requires_grad)
        self.trainable: dict[str, nn.Parameter] = dict(sorted(named, key=lambda item: item[0]))
        """Every trained parameter, in fp32, by a name that depends on nothing but model and method."""
        heads = tuple(f"{h}." for h in graft.facts.head_modules)
        self.head_names = frozenset(n for n in self.trainable if n.startswith(heads))
        """Those of ``trainable`` that make up the head."""
        self._release: Callable[[], None] | None = release

    @property
    def trainable_params(self) -> int:
        """Trained parameters without the head."""
        return sum(p.numel() for n, p in self.trainable.items() if n not in self.head_names)

    def save(self, folder: str | Path) -> None:
        """Write the trained tensors and their configuration: peft's files for a peft method, else autotune's.

        Args:
            folder: created where it is missing.
        """
        from autotune.methods.saving import save

        save(self, Path(folder))

    def detach(self) -> None:
        """Take everything off; the base is then what it was, to the bit. A second call does nothing.

        Raises:
            RuntimeError: the method wrote into the base's own tensors; they were loaded anew.
        """
        if self._release is not None:
            release, self._release = self._release, None
            self.trainable = {}
            self.peft = None
            release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.detach()


def plain_name(name: str) -> str:
    """A parameter's name without peft's segments: ``head.modules_to_save.default.bias`` is ``head.bias``."""
    return re.sub(r"\.(modules_to_save\.)?default(?=\.|$)", "", name)
