"""From a configuration to a recipe: defaults filled in, prefixes resolved, everything checked against the model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from autotune.errors import AutotuneError
from autotune.facts import ModelFacts
from autotune.methods.method import Method
from autotune.methods.registry import catalogue, get
from autotune.methods.values import TRAINING_DEFAULTS, checked_setting, checked_training
from autotune.near import did_you_mean
from autotune.trial import Config, Value

HEAD = "head"
"""The method of a configuration that leaves nothing but the head to train."""


@dataclass(frozen=True)
class TrainingSettings:
    """How a trial is trained, by AdamW."""

    lr: float
    batch_size: int = 16
    weight_decay: float = 0.01
    warmup: float = 0.06
    """Fraction of all steps over which the learning rate rises."""
    schedule: str = "linear"
    """``linear``, ``cosine`` or ``constant``."""
    max_grad_norm: float = 1.0


@dataclass(frozen=True)
class Recipe:
    """A configuration made complete for one model: nothing is left to a default."""

    method: str
    settings: Mapping[str, Value]
    """The method's settings by bare name; ``layers`` is a sorted tuple."""
    training: TrainingSettings

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON-able data, keys in a fixed order."""
        settings = {k: list(v) if isinstance(v, tuple) else v for k, v in sorted(self.settings.items())}
        return {"method": self.method, "settings": settings, "training": asdict(self.training)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """The recipe that ``to_dict`` described."""
        settings = {k: tuple(v) if isinstance(v, list) else v for k, v in data["settings"].items()}
        return cls(data["method"], settings, TrainingSettings(**data["training"]))


def recipe(config: Config, facts: ModelFacts) -> Recipe:
    """Complete and check a configuration.

    Args:
        config: ``method``, the method's settings as ``<method>.<name>``, and training settings plain or prefixed by the
            method; the prefixed one wins. What is absent takes its default; what has no effect beside the rest is set
            to one value, so that configurations which train the same have the same recipe.
        facts: of the model it is for.

    Raises:
        AutotuneError: a key is unknown or another method's, or a value cannot work on this model.
    """
    method = _method_of(config)
    settings: dict[str, Value] = dict(method.defaults())
    training: dict[str, Value] = {**TRAINING_DEFAULTS, "lr": method.lr.default_value}
    # Plain keys first, so that prefixed ones overwrite them.
    for key in sorted(config, key=lambda k: "." in k):
        if key == "method":
            continue
        name = bare_name(key, method)
        if name in TRAINING_DEFAULTS and name not in method.hyperparameters:
            training[name] = checked_training(key, name, config[key])
        else:
            settings[name] = checked_setting(key, method.hyperparameters[name], config[key], facts)
    for name, domain in method.hyperparameters.items():
        if name not in settings:
            settings[name] = domain.bind(facts.layers).default_value
    problem = method.check(settings, facts)
    if problem:
        raise AutotuneError(problem, f"see: autotune methods {method.name}")
    canonical = method.canonical(settings, facts)
    name, settings = (HEAD, {}) if canonical is None else (method.name, dict(canonical))
    return Recipe(name, settings, TrainingSettings(**cast(dict[str, Any], training)))


def refuse(config: Config, facts: ModelFacts) -> str | None:
    """Why the configuration cannot run on this model, or None: ``recipe`` as a question."""
    try:
        recipe(config, facts)
    except AutotuneError as error:
        return error.message
    return None


def identity(config: Config, facts: ModelFacts) -> str:
    """A digest that is equal for configurations that train the same thing, however they are written.

    Raises:
        AutotuneError: as ``recipe``.
    """
    return digest(recipe(config, facts))


def digest(of: Recipe) -> str:
    """The same of a recipe."""
    return hashlib.sha256(json.dumps(of.to_dict(), sort_keys=True).encode()).hexdigest()


def mergeable(config: Config, facts: ModelFacts) -> bool:
    """Whether what the configuration trains folds into the base, so that it costs no latency.

    Raises:
        AutotuneError: as ``recipe``.
    """
    return get(recipe(config, facts).method).mergeable


def _method_of(config: Config) -> Method:
    name = config.get("method")
    if name is None:
        prefixes = {key.split(".", 1)[0] for key in config if "." in key}
        if len(prefixes) != 1:
            raise AutotuneError("the configuration names no method", "add method; see: autotune methods")
        name = prefixes.pop()
    if not isinstance(name, str):
        raise AutotuneError(f"method={name!r} is not a name", "write for example method: lora; see: autotune methods")
    return get(name)


def qualified(method: Method, name: str) -> str:
    """A setting as a configuration writes it: ``lora.rank``, in a composition too."""
    return name if method.parts else f"{method.name}.{name}"


def bare_name(key: str, method: Method) -> str:
    """The setting that a key of a configuration is about, by its name without the method's.

    Raises:
        AutotuneError: the method has no such setting.
    """
    prefix, _, name = key.rpartition(".")
    if not prefix and key in TRAINING_DEFAULTS:
        return key
    if prefix == method.name and (name in method.hyperparameters or name in TRAINING_DEFAULTS):
        return name
    if method.parts and key in method.hyperparameters:  # a part's setting in a composition
        return key
    part = next((m for m in method.parts if m.name == prefix), None)
    if part is None and prefix and prefix != method.name and prefix in catalogue():
        remedy = f"leave it out, or write method: {prefix}"
        raise AutotuneError(
            f"{key} belongs to the method {prefix}, but the configuration's method is {method.name}", remedy
        )
    known = [qualified(part or method, n) for n in (part or method).hyperparameters]
    known += [] if part else TRAINING_DEFAULTS
    raise AutotuneError(f"unknown setting {key!r} of the method {method.name}", did_you_mean(key, known, "settings"))
