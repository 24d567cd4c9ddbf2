"""A dashboard on a made-up study, and a real browser."""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress

import pytest
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
    """A headless Chromium; needed where services are required."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with suppress(ImportError):
        from playwright.sync_api import sync_playwright

        if found:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
                yield browser
                browser.close()
            return
    told = "Chromium and playwright are needed (apt-get install chromium; pip install playwright)"
    if os.environ.get("AUTOTUNE_REQUIRE_SERVICES") == "1":
        pytest.fail(told)
    pytest.skip(told)
