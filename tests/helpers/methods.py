"""What tests of methods share: a task, a batch, random configurations, values as after training."""

from __future__ import annotations

import numpy as np
import torch

from autotune.facts import ModelFacts, TaskFacts
from autotune.methods import Attachment, Base, catalogue
from autotune.trial import Value

LABELS = ("red", "green", "blue")
TASK = TaskFacts("tiny", "classification", LABELS, 10, 10, 10, {}, "loss", "digest")
TEXTS = (["the cat is red", "a very good film it was"], ["a dog", "bad and xylo 7"])


def logits_of(module: torch.nn.Module, base: Base) -> torch.Tensor:
    """The logits on two pairs of texts, in evaluation."""
    training = module.training
    with torch.no_grad():
        answer: torch.Tensor = module.eval()(**encode(base)).logits
    module.train(training)
    return answer


def encode(base: Base) -> dict[str, torch.Tensor]:
    batch = base.tokenizer(*TEXTS, padding=True, truncation=True, max_length=32, return_tensors="pt")
    return {name: batch[name] for name in base.input_names}


def sample(rng: np.random.Generator, facts: ModelFacts, method: str) -> dict[str, Value]:
    """A random configuration of a method that fits a tiny model."""
    config: dict[str, Value] = {"method": method}
    for name, domain in catalogue()[method].hyperparameters.items():
        if name == "layers":
            domain = domain.bind(facts.layers)
        config[f"{method}.{name}"] = domain.sample(rng)
    if method == "lora":
        config["lora.rank"] = min(int(config["lora.rank"]), 32)
    return config


def perturb(attachment: Attachment, seed: int = 0) -> dict[str, torch.Tensor]:
    """Give every trained tensor other values, as training would."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in attachment.trainable.values():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return {name: p.detach().clone() for name, p in attachment.trainable.items()}
