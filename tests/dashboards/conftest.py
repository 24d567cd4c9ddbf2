"""A dashboard on a made-up study, and a real browser."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator

import pytest
from helpers.chromium import headless
from helpers.crowd import fill
from helpers.served import Served, serving


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Served:
    """A study of sixty trials, one of them scored."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    made = Served("", path, fill(path, 60))
    trials = made.crowd.history.trials.values()
    best = max((t for t in trials if t.curve), key=lambda t: t.curve[-1].metrics["f1_accuracy"])
    made.grow(lambda c: c.score(best.number))
    return made


@pytest.fixture
def served(template, tmp_path) -> Iterator[Served]:
    """A dashboard on a study of its own."""
    path = tmp_path / "store.db"
    shutil.copy(template.path, path)
    with serving(path) as url:
        yield Served(url, path, copy.deepcopy(template.crowd))


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """One for all tests."""
    with headless() as browser:
        yield browser
