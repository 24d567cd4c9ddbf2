"""Loads an encoder with a classification head, or its shape alone; refuses what is no text encoder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from autotune.errors import AutotuneError
from autotune.facts import ModelFacts
from autotune.methods.describe import TRIED, describe
from autotune.methods.quiet import quiet
from autotune.methods.sources import BUILTIN, Source, locate

_ALIGNED = 64
"""Bytes: where torch's allocator begins a tensor."""
_ENCODERS = (
    f"models that work: {TRIED}, and encoders built like them, such as --model {BUILTIN} or --model roberta-base"
)


def model_facts(
    model: str,
    num_labels: int,
    kind: str = "classification",
    *,
    offline: bool = False,
    trust_remote_code: bool = False,
) -> ModelFacts:
    """The facts of a model from its configuration alone, without its weights.

    Where the checkpoint's table of contents is at hand, a pooler that it lacks counts as part of the head, as in
    ``load_base``.

    Args:
        model: a Hub id, a local folder, or ``builtin/minilm``.
        num_labels: of the task; 1 for regression.
        kind: ``classification`` or ``regression``.
        offline: never ask the Hub.
        trust_remote_code: whether a model may bring code of its own.

    Raises:
        AutotuneError: the model is not found, cannot be read, or is no encoder that autotune knows.
    """
    source = locate(model, offline=offline, weights=False)
    with _explained(source), quiet():
        config = load_config(source, num_labels, kind, trust_remote_code=trust_remote_code)
        with torch.device("meta"):
            empty = _auto().from_config(config, trust_remote_code=trust_remote_code)
    names = _checkpoint_names(source)
    prefix = f"{empty.base_model_prefix}."
    fresh = [] if names is None else [n for n, _ in empty.named_parameters() if not _has(names, n.removeprefix(prefix))]
    return describe(empty, model, fresh)


def load_config(
    source: Source, num_labels: int, kind: str, labels: tuple[str, ...] = (), *, trust_remote_code: bool = False
) -> Any:
    """The configuration of a model for a task.

    Raises:
        AutotuneError: the model cannot be read, or is no text encoder.
    """
    from transformers import AutoConfig

    with _explained(source):
        config = AutoConfig.from_pretrained(
            source.location, local_files_only=source.local, trust_remote_code=trust_remote_code, num_labels=num_labels
        )
    _check_encoder(source.model, config, trust_remote_code)
    config.problem_type = "regression" if kind == "regression" else "single_label_classification"
    if kind != "regression" and len(labels) == num_labels and len(set(labels)) == num_labels:
        config.id2label = dict(enumerate(labels))
        config.label2id = {name: i for i, name in enumerate(labels)}
    return config


def load_model(
    source: Source, config: Any, seed: int, *, trust_remote_code: bool = False
) -> tuple[nn.Module, ModelFacts]:
    """The model in fp32 with a head of the right size (to be made anew by whatever trains it), and its facts.

    Raises:
        AutotuneError: the weights cannot be read, or are not this architecture's.
    """
    with _explained(source), quiet(), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model, report = _auto().from_pretrained(
            source.location,
            config=config,
            dtype=torch.float32,
            local_files_only=source.local,
            trust_remote_code=trust_remote_code,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    mismatched = {key[0] if isinstance(key, tuple) else key for key in report["mismatched_keys"]}
    facts = describe(model, source.model, set(report["missing_keys"]) - mismatched)
    heads = tuple(f"{h}." for h in facts.head_modules)
    wrong = sorted(k for k in {*report["missing_keys"], *mismatched} if not k.startswith(heads))
    if wrong:
        raise AutotuneError(
            f"the weights of {source.model!r} lack {len(wrong)} tensors of its architecture, such as {wrong[0]}",
            "pass a model whose weights fit its config.json",
        )
    _align(model)
    return model.requires_grad_(False).eval(), facts


def _align(model: nn.Module) -> None:
    """Move tensors to addresses that torch itself would give them.

    A safetensors file is mapped into memory, and its tensors start wherever its header ends. On some processors (AVX2)
    a product's last bit depends on the address, so a copy of a weight would not answer as the weight does.
    """
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.data_ptr() % _ALIGNED:
            tensor.data = tensor.data.clone()


def load_tokenizer(source: Source, *, trust_remote_code: bool = False) -> Any:
    """The model's tokenizer.

    Raises:
        AutotuneError: it has none that works, or none that can pad.
    """
    from transformers import AutoTokenizer

    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(
                source.location, local_files_only=source.local, trust_remote_code=trust_remote_code
            )
    except Exception as error:
        message = f"the tokenizer of {source.model!r} could not be loaded: {_first_line(error)}"
        raise AutotuneError(message, "save it beside the model: tokenizer.save_pretrained(folder)") from error
    # Where its files are missing, transformers makes an empty one and says nothing.
    if set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens):
        message = f"the tokenizer of {source.model!r} has no vocabulary: its files are missing"
        raise AutotuneError(message, "save it beside the model: tokenizer.save_pretrained(folder)")
    if tokenizer.pad_token_id is None:
        raise AutotuneError(f"the tokenizer of {source.model!r} has no padding token", _ENCODERS)
    return tokenizer


def _auto() -> Any:
    from transformers import AutoModelForSequenceClassification

    return AutoModelForSequenceClassification


def _check_encoder(model: str, config: Any, trust_remote_code: bool) -> None:
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
        MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
    )

    kind = config.model_type
    own_code = trust_remote_code and "AutoModelForSequenceClassification" in (getattr(config, "auto_map", None) or {})
    two_sided = not getattr(config, "is_encoder_decoder", False) and not getattr(config, "is_decoder", False)
    masked = kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES and kind in MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES
    if not own_code and not (two_sided and masked):
        raise AutotuneError(f"the model {model!r} ({kind}) is no encoder of text", _ENCODERS)


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    """Turns whatever a library raises over a model's files into one message."""
    try:
        yield
    except AutotuneError:
        raise
    except Exception as error:
        remedy = f"check that its files are complete and of a known architecture; {_ENCODERS}"
        if "trust_remote_code" in str(error):
            remedy = "it brings code of its own; if you trust it, pass --trust-remote-code"
        raise AutotuneError(f"the model {source.model!r} could not be loaded: {_first_line(error)}", remedy) from error


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"


def _has(names: list[str], tail: str) -> bool:
    return any(n == tail or n.endswith(f".{tail}") for n in names)


def _checkpoint_names(source: Source) -> list[str] | None:
    """The names of a checkpoint's tensors, read from its table of contents; None where there is none at hand."""
    from huggingface_hub import try_to_load_from_cache
    from safetensors import safe_open

    def find(name: str) -> str | None:
        path = Path(source.location) / name
        found = str(path) if path.is_file() else None
        if found is None and not Path(source.location).is_dir():
            cached = try_to_load_from_cache(source.location, name)
            found = cached if isinstance(cached, str) else None
        return found

    with _explained(source):
        if single := find("model.safetensors"):
            with safe_open(single, "pt") as file:
                return list(file.keys())
        if index := find("model.safetensors.index.json"):
            import json

            return list(json.loads(Path(index).read_text(encoding="utf-8"))["weight_map"])
    return None
