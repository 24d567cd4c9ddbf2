"""The Hugging Face Hub."""

from __future__ import annotations

import os

from autotune.cli.health.finding import Finding
from autotune.settings import machine

SECONDS = 4.0
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")


def hub() -> Finding:
    """Whether models and data can be fetched."""
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    if machine.read_environment().get("offline"):
        return Finding("hub", "ok", "not asked: AUTOTUNE_OFFLINE is set")
    if found := [name for name in OFFLINE if os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE")]:
        said = f"not asked: {', '.join(found)} set; only what is in the cache can be used"
        return Finding(
            "hub", "note", said, f"unset {' '.join(found)} to fetch, or say AUTOTUNE_OFFLINE=1 if it is meant"
        )
    url = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    if not url.startswith(("http://", "https://")):
        return Finding("hub", "wrong", f"HF_ENDPOINT={url} is no web address", "unset HF_ENDPOINT")
    try:
        with urlopen(Request(url, method="HEAD"), timeout=SECONDS):  # noqa: S310 - checked above
            return Finding("hub", "ok", f"{url} answers")
    except HTTPError as error:
        if error.code < 500:  # somebody is there
            return Finding("hub", "ok", f"{url} answers")
        said = f"HTTP {error.code}"
    except (URLError, OSError) as error:
        said = str(getattr(error, "reason", error))
    return Finding(
        "hub",
        "note",
        f"{url} cannot be reached ({said})",
        "pass --data-dir and a local --model, or AUTOTUNE_OFFLINE=1; behind a proxy set HTTPS_PROXY",
    )
