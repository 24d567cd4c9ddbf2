"""Whether a configuration keeps what the catalogue says of it: built, trained a step, saved, loaded, taken off."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from helpers.methods import answer, lend

from autotune.errors import AutotuneError
from autotune.methods import Attachment, Base, Recipe, load_adapter
from autotune.methods.costing import Costs
from autotune.methods.registry import get
from autotune.training.optimizer import make_optimizer
from autotune.trial import Value


class BrokenError(AssertionError):
    """A promise of the catalogue that a configuration does not keep."""


def conform(base: Base, recipe: Recipe, seed: int = 0, *, costs: bool = True) -> None:
    """Build, train two steps, save, load and detach a recipe; with ``costs``, hold it against what was foretold.

    Raises:
        BrokenError: parameters or bytes are not those foretold, a trained tensor has no gradient, the loss is not
            finite, the loaded adapter answers otherwise, or the base is not what it was.
    """
    digest = base.digest()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with base.attach(recipe, seed, lend(base)) as attachment:
                _train(attachment, base, recipe)
                logits = _answer(attachment, base)
                attachment.save(folder)
                if costs:
                    _check_costs(attachment, recipe, folder)
            _require(base.digest() == digest, "the base was changed")
            with load_adapter(base, folder) as loaded:
                gap = (_answer(loaded, base) - logits).abs().max().item()
        except AutotuneError as error:
            raise BrokenError(f"{error.message}") from error
    scale = max(1.0, logits.abs().max().item())
    _require(gap <= 1e-4 * scale, f"loaded, it answers otherwise by {gap:.2g}")
    _require(base.digest() == digest, "the base was changed by loading")


def forced(base: Base, config: Mapping[str, Value]) -> Recipe:
    """The recipe of a configuration that the catalogue refuses, as if it had not."""
    from dataclasses import replace

    from autotune.methods import recipe as make
    from autotune.methods import registry

    method = get(str(config["method"]))
    blind = replace(method, check=lambda settings, facts: None)
    registry._METHODS[method.name] = blind
    try:
        return make(config, base.facts)
    finally:
        registry._METHODS[method.name] = method


def _train(attachment: Attachment, base: Base, recipe: Recipe) -> None:
    optimizer = make_optimizer(attachment.trainable, recipe.training, attachment.rates)
    attachment.module.train()
    for step in (1, 2):
        logits = answer(attachment, base)
        loss = torch.nn.functional.cross_entropy(logits.float(), torch.tensor([0, 2]))
        _require(bool(torch.isfinite(loss)), "the loss is not finite")
        whole = loss if attachment.penalty is None else loss + attachment.penalty()
        whole.backward()
        idle = [n for n, p in attachment.trainable.items() if p.grad is None]
        _require(not idle, f"{idle[:1]} has no gradient")
        attachment.before_step()
        torch.nn.utils.clip_grad_norm_(list(attachment.trainable.values()), 1.0)
        optimizer.step()
        attachment.after_step(step)
        optimizer.zero_grad()
    broken = [n for n, p in attachment.trainable.items() if not torch.isfinite(p).all()]
    _require(not broken, f"{broken[:1]} is not finite after two steps")


def _answer(attachment: Attachment, base: Base) -> torch.Tensor:
    attachment.module.eval()
    with torch.no_grad():
        return answer(attachment, base).float()


def _check_costs(attachment: Attachment, recipe: Recipe, folder: Path) -> None:
    known = Costs(recipe, attachment.facts)
    _require(known["trainable_params"] == attachment.trainable_params, "parameters are not those foretold")
    total = sum(p.numel() for p in attachment.trainable.values())
    kept = sum(t.numel() * t.element_size() for t in attachment.state().values())
    _require(known["checkpoint_bytes"] == 12 * total + kept, "checkpoint bytes are not those foretold")
    stored = sum(path.stat().st_size for path in folder.iterdir())
    _require(abs(known["stored_bytes"] - stored) <= 0.01 * stored, f"{stored} bytes stored, not those foretold")


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise BrokenError(problem)
