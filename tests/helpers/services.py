"""What tests need beside Python: skipped where it is missing, but not where the whole gate runs."""

from __future__ import annotations

import os

import pytest


def need(missing: str | None) -> None:
    """Skip the test, or fail it under ``AUTOTUNE_REQUIRE_SERVICES=1``, if told what is missing and how to get it."""
    if missing and os.environ.get("AUTOTUNE_REQUIRE_SERVICES") == "1":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
