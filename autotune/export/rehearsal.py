"""A configuration attached to its base to see what its training is made of, without any data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from autotune.methods import Attachment, Base, Recipe

TOKENS, EXAMPLES = 16, 4
"""Of the made-up batch."""


@contextmanager
def rehearsed(base: Base, plan: Recipe, seed: int, outputs: int) -> Iterator[Attachment]:
    """The configuration attached, before any training; methods that look at data are shown made-up ones.

    Args:
        base: in fp32.
        plan: the configuration.
        seed: of the trial.
        outputs: of the model; 1 for regression.
    """
    from autotune.methods import Lent

    lent = Lent(batches=lambda: [_batch(base, outputs)], loss=_loss, steps=1000)
    with base.attach(plan, seed, lent) as attachment:
        yield attachment


def own_training(attachment: Attachment, *, rates: bool = True) -> list[str]:
    """What the training of a method does beyond AdamW on the task's loss, each as a phrase.

    Args:
        attachment: of a configuration.
        rates: count learning rates of its own among them.
    """
    graft, found = attachment.graft, []
    if graft.penalty is not None:
        found.append("a term of its own in the loss")
    if graft.before_step:
        found.append("gradients that are changed before each step")
    if graft.after_step:
        found.append("changes of its own after each step")
    if graft.inputs is not None:
        found.append("further inputs")
    if rates and attachment.rates:
        found.append("a learning rate of their own for some parameters")
    return found


def made_up(base: Base) -> dict[str, torch.Tensor]:
    """Inputs of a few examples that mean nothing, each tensor of shape (examples, tokens)."""
    import torch

    pad = int(base.tokenizer.pad_token_id or 0)
    ids = torch.arange(EXAMPLES * TOKENS).reshape(EXAMPLES, TOKENS) * 7 % (len(base.tokenizer) - 1)
    ids = torch.where(ids == pad, ids + 1, ids)
    inputs = {n: torch.zeros_like(ids) if n == "token_type_ids" else torch.ones_like(ids) for n in base.input_names}
    return {**inputs, "input_ids": ids}


def _batch(base: Base, outputs: int) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    import torch

    labels = torch.arange(EXAMPLES)
    return made_up(base), labels / EXAMPLES if outputs == 1 else labels % outputs


def _loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    from autotune.training.loop import task_loss

    return task_loss(logits, labels, regression=labels.is_floating_point())
