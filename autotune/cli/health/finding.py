"""What a check of this machine found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What a check found."""

    name: str
    state: str
    """``ok``, ``note`` (works, but know it) or ``wrong``."""
    found: str
    remedy: str = ""
    """What to do; empty where all is well."""
