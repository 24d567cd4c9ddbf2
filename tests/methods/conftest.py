from __future__ import annotations

from pathlib import Path

import pytest
import torch
from helpers.methods import LABELS, TASK, UNFIT
from helpers.tiny import ARCHITECTURES, make_tiny

from autotune.facts import ModelFacts
from autotune.methods import Base, catalogue, load_base, model_facts


class Tiny:
    """Tiny models by architecture, each built, described and loaded once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bases: dict[str, Base] = {}
        self._paths: dict[str, str] = {}

    def path(self, architecture: str) -> str:
        if architecture not in self._paths:
            self._paths[architecture] = make_tiny(self._folder / architecture, architecture)
        return self._paths[architecture]

    def facts(self, architecture: str) -> ModelFacts:
        return model_facts(self.path(architecture), len(LABELS))

    def base(self, architecture: str) -> Base:
        if architecture not in self._bases:
            self._bases[architecture] = load_base(self.path(architecture), TASK)
        return self._bases[architecture]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    torch.set_num_threads(1)
    return Tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def bert(tiny: Tiny) -> Base:
    return tiny.base("bert")


@pytest.fixture(params=ARCHITECTURES)
def base(request: pytest.FixtureRequest, tiny: Tiny) -> Base:
    return tiny.base(request.param)


@pytest.fixture(params=sorted(catalogue()))
def method(request: pytest.FixtureRequest) -> str:
    """Every method; with ``base``, every one that works on it."""
    return request.param


TRAINED_AND_SAVED = {
    "test_a_saved_adapter_gives_equal_logits_when_loaded",
    "test_every_method_learns_in_bf16_with_its_parameters_in_fp32",
    "test_peft_loads_what_a_peft_method_saved_onto_a_fresh_model",
}
"""Tests that take long with every method on every architecture."""
UNLIKE = {"bert", "deberta-v2"}
"""Architectures that ``make test`` looks at in these; ``make test-all`` at every one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the pairs of method and architecture of which the catalogue says that they do not go together."""
    kept = []
    for item in items:
        params = getattr(item, "callspec", None)
        given = params.params if params else {}
        architecture = given.get("base") or given.get("half")
        if (given.get("method"), architecture) in UNFIT:
            continue
        if architecture not in UNLIKE and item.originalname in TRAINED_AND_SAVED:
            item.add_marker(pytest.mark.slow)
        kept.append(item)
    items[:] = kept
