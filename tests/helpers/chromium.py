"""A real browser without a window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from helpers.services import need

_open: list[Any] = []
"""The one that runs: Playwright allows no second one in a process."""


@contextmanager
def headless() -> Iterator[Any]:
    """Chromium, driven by Playwright; where services are required it may not be missing."""
    if _open:
        yield _open[0]
        return
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None or find_spec("playwright") is None:
        need("Chromium and playwright are needed (apt-get install chromium; pip install playwright)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        _open.append(browser)
        try:
            yield browser
        finally:
            _open.clear()
            browser.close()
