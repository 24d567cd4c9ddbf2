"""A real browser without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import pytest


@contextmanager
def headless() -> Iterator[Any]:
    """Chromium, driven by Playwright; where services are required it may not be missing."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None or find_spec("playwright") is None:
        told = "Chromium and playwright are needed (apt-get install chromium; pip install playwright)"
        if os.environ.get("AUTOTUNE_REQUIRE_SERVICES") == "1":
            pytest.fail(told)
        pytest.skip(told)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
