"""What a machine sets once for every study: environment variables and ``~/.config/autotune/config.toml``."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError
from autotune.near import unknown

VARIABLES: Mapping[str, str] = {
    "AUTOTUNE_DATA_DIR": "data_dir",
    "AUTOTUNE_STORE": "store",
    "AUTOTUNE_MODEL": "model",
    "AUTOTUNE_OFFLINE": "offline",
}
"""Environment variables and the machine setting that each one is."""
KEYS = ("data_dir", "store", "model", "offline", "device", "precision", "threads", "workers", "plugins")
"""What a configuration file may set."""


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the configuration file is looked for; ``XDG_CONFIG_HOME`` is respected."""
    home = environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "autotune" / "config.toml"


def read_config(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The settings of the configuration file; empty without one.

    Raises:
        AutotuneError: the file is no TOML or holds an unknown key.
    """
    path = config_path(environ)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise AutotuneError(f"{path} cannot be read: {error}", "mend or remove the file") from None
    for key in data:
        if key not in KEYS:
            problem = unknown("setting", key, KEYS)
            raise AutotuneError(f"{path}: {problem.message}", problem.remedy)
    return data


def read_environment(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The settings of the environment variables; an empty variable counts as absent."""
    return {key: environ[name] for name, key in VARIABLES.items() if environ.get(name)}


def store_url(flag: str | None = None, environ: Mapping[str, str] = os.environ) -> str | None:
    """The store to use: the flag, ``AUTOTUNE_STORE``, the configuration file; None is the store's own default.

    Raises:
        AutotuneError: the configuration file is wrong.
    """
    found = flag or read_environment(environ).get("store") or read_config(environ).get("store")
    return None if found is None else str(found)


def offline(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the machine is set never to ask the Hub.

    Raises:
        AutotuneError: the setting is neither true nor false.
    """
    from autotune.settings.values import Given, convert

    found = {**read_config(environ), **read_environment(environ)}.get("offline", False)
    return bool(convert("task.offline", Given(found, "AUTOTUNE_OFFLINE or the configuration file")))
