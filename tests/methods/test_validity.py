"""A configuration of a shipped space is built, trained, saved and loaded as foretold, or refused beforehand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.conformance import BrokenError, conform, forced
from helpers.methods import TASK
from helpers.tiny import ARCHITECTURES, make_tiny

from autotune.methods import Base, load_base, recipe, refuse
from autotune.space import SearchSpace, available_spaces

MOST_REFUSED = 0.02
FEW, MANY = 12, 50
"""Configurations of a space on one architecture, in each of the two tests."""
FORCED = 3
"""Refused configurations that are built all the same."""


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Base]:
    """Encoders as wide as the smallest that are published."""
    torch.set_num_threads(1)
    folder: Path = tmp_path_factory.mktemp("wide")
    paths = {a: make_tiny(folder / a, a, layers=2, hidden=128) for a in ARCHITECTURES}
    return {a: load_base(path, TASK) for a, path in paths.items()}


def outcomes(base: Base, name: str, count: int, seed: int) -> Counter[str]:
    """What became of random configurations; raises at the first that breaks a promise."""
    space = SearchSpace.load(name).bind(base.facts.layers)
    rng = np.random.default_rng([seed, ARCHITECTURES.index(base.facts.architecture)])
    found: Counter[str] = Counter()
    while found.total() < count:
        config = space.sample(rng)
        reason = refuse(config, base.facts)
        if reason is None:
            try:
                conform(base, recipe(config, base.facts), seed=found.total())
            except BrokenError as error:
                raise BrokenError(f"{error}: {config}") from error
            found["kept its promises"] += 1
            continue
        found["refused"] += 1
        if found["refused"] <= FORCED:
            with pytest.raises(Exception):  # noqa: B017 (whatever the library raises)
                conform(base, forced(base, config), costs=False)
    return found


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("space", sorted(available_spaces()))
def test_some_configurations_keep_every_promise(bases: dict[str, Base], space: str, architecture: str) -> None:
    outcomes(bases[architecture], space, FEW, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("space", sorted(available_spaces()))
def test_many_configurations_keep_every_promise(bases: dict[str, Base], space: str, architecture: str) -> None:
    found = outcomes(bases[architecture], space, MANY, seed=2)
    print(space, architecture, dict(found))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("space", sorted(available_spaces()))
def test_hardly_any_configuration_is_refused(bases: dict[str, Base], space: str, architecture: str) -> None:
    facts = bases[architecture].facts
    bound, rng = SearchSpace.load(space).bind(facts.layers), np.random.default_rng(3)
    refused = [reason for _ in range(1000) if (reason := refuse(bound.sample(rng), facts)) is not None]
    assert len(refused) <= MOST_REFUSED * 1000, Counter(refused).most_common(3)
