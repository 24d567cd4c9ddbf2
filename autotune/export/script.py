"""An exported ``train.py``: a plain loop in torch that trains a configuration as the study did."""

from __future__ import annotations

import copy
import json
import textwrap
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from string import Template
from typing import TYPE_CHECKING, Any

from autotune.export import script_text as text
from autotune.export.chosen import Chosen
from autotune.export.rehearsal import own_training, rehearsed
from autotune.export.script_parts import copied, metric_functions
from autotune.export.snippets import by_peft, model_code
from autotune.methods.entries.lora import OURS

if TYPE_CHECKING:
    from autotune.methods import Attachment, Base

_CHOSEN_BY_PEFT = {"task_type", "peft_type", "auto_mapping", "peft_version", "revision", "base_model_name_or_path"}
"""Fields of a configuration that say nothing of the adapter, or that its class sets by itself."""
_SECONDS = 5.0
"""To start, roughly."""


@dataclass(frozen=True)
class Plain:
    """An adapter that peft alone makes and a plain loop trains."""

    config: str
    """The class of peft's configuration."""
    fields: dict[str, Any]
    """Everything that it is given."""
    rates: dict[str, float]
    """Factors of the learning rate, by a part of a parameter's name."""


def script(chosen: Chosen, base: Base) -> str:
    """The text of ``train.py``: for peft's methods it needs nothing of autotune, for the others it says why it does.

    Args:
        chosen: the trial.
        base: its base model, in fp32.
    """
    found = plain(chosen, base)
    functions, entries, left_out = metric_functions(_metric_names(chosen))
    parts = text.PEFT_LOAD if isinstance(found, Plain) else text.OWN_LOAD
    values = _values(chosen, base, found)
    filled = [Template(part).substitute(values) for part in (text.HEAD, parts, text.DATA)]
    metrics = f"\n\n{functions}\n\nMETRICS = {{\n" + "\n".join(entries) + "\n}\n"
    if left_out:
        metrics += f"# Left out, because they are a plugin's: {', '.join(left_out)}\n"
    return "".join([*filled, "\n", copied(), metrics, Template(text.TRAINING).substitute(values)])


def plain(chosen: Chosen, base: Base) -> Plain | str:
    """The configuration of peft, where it alone gives the adapter that the study trained; else why it does not."""
    method, settings = chosen.method, chosen.recipe.settings
    if not by_peft(method):
        return f"peft has no {method.name} that works by itself"
    if method.name == "lora" and settings["init"] in OURS:
        return f"lora.init={settings['init']} is autotune's own code, and peft's begins otherwise"
    with rehearsed(base, chosen.recipe, chosen.trial.seed, len(chosen.task.labels)) as attachment:
        if own := own_training(attachment, rates=False):
            return f"the training of {method.name} has {' and '.join(own)}"
        if attachment.state():
            return f"{method.name} keeps more than it trains"
        rates = _rates(attachment)
        if rates is None:
            return f"{method.name} gives parameters rates of their own"
        config = attachment.peft.peft_config["default"]
        shapes = sorted(tuple(p.shape) for p in attachment.trainable.values())
        if config.is_prompt_learning and chosen.file.max_length > chosen.facts.max_length - config.num_virtual_tokens:
            return f"the prompt of {method.name} leaves an input of {chosen.file.max_length} tokens too few positions"
        fields = _fields(config)
    if fields is None or _shapes_of_peft(type(config), fields, base) != shapes:
        return f"peft alone trains other parameters for {method.name}"
    return Plain(type(config).__name__, fields, rates)


def _rates(attachment: Attachment) -> dict[str, float] | None:
    """Factors of the learning rate by parts of names that those parameters alone have; None if there are none."""
    found: dict[str, float] = {}
    for factor in set(attachment.rates.values()):
        faster = {n for n, f in attachment.rates.items() if f == factor}
        having: dict[str, set[str]] = defaultdict(set)
        for name in attachment.trainable:
            for part in name.split("."):
                having[part].add(name)
        widest = sorted((p for p in having if having[p] <= faster), key=lambda p: (-len(having[p]), p))
        left = set(faster)
        for part in widest:
            if having[part] & left:
                found[part], left = factor, left - having[part]
        if left:
            return None
    return found


def _shapes_of_peft(config: Any, fields: dict[str, Any], base: Base) -> list[tuple[int, ...]]:
    """What peft would train of a fresh model with the configuration as the script says it."""
    import torch
    from peft import get_peft_model

    from autotune.methods.quiet import no_attach_warning

    with torch.random.fork_rng(devices=[]), no_attach_warning():
        model = get_peft_model(copy.deepcopy(base.model), config(**copy.deepcopy(fields)))
    return sorted(tuple(p.shape) for p in model.parameters() if p.requires_grad)


def _fields(config: Any) -> dict[str, Any] | None:
    """The configuration's values, those that differ from peft's defaults first; None if one is no plain data."""
    said = {k: sorted(v) if isinstance(v, set) else v for k, v in vars(config).items() if not k.startswith("_")}
    kept = {k: v for k, v in said.items() if k in type(config).__dataclass_fields__ and k not in _CHOSEN_BY_PEFT}
    usual = vars(type(config)())
    odd = {name for name, value in kept.items() if not _is_plain(value)}
    if any(kept[name] != usual.get(name) for name in odd):
        return None
    said = {name: value for name, value in kept.items() if name not in odd}
    ordered = dict(sorted(said.items(), key=lambda item: item[1] == usual.get(item[0])))
    return copy.deepcopy({"task_type": "SEQ_CLS"} | ordered)


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_plain(v) for v in value.values())
    if isinstance(value, list | tuple):
        return all(_is_plain(v) for v in value)
    return value is None or isinstance(value, bool | int | float | str)


def _block(data: Mapping[str, Any]) -> str:
    """A dictionary with a line for each key."""
    return "\n".join(["{", *(f"    {_code(k)}: {_code(v)}," for k, v in data.items()), "}"])


def _code(value: Any) -> str:
    """Plain data as Python writes it, texts between double quotation marks."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_code(k)}: {_code(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        items = [_code(v) for v in value]
        long = sum(map(len, items)) > 90
        inside = "\n        " + ",\n        ".join(items) + ",\n    " if long else ", ".join(items)
        return f"[{inside}]"
    return repr(value)


def _metric_names(chosen: Chosen) -> list[str]:
    loss = "squared_error" if chosen.task.kind == "regression" else "cross_entropy"
    return [loss if name == "loss" else name for name in chosen.task.metrics]


def _values(chosen: Chosen, base: Base, found: Plain | str) -> dict[str, str]:
    file, task, training = chosen.file, chosen.task, chosen.recipe.training
    own = not isinstance(found, Plain)
    imports, model = model_code(file.model)
    said = {
        "title": f"Trains {chosen.title}: {chosen.recipe.method} on {_short(task.task)}, found by autotune "
        f"{version('autotune')}.",
        "scores": _scores(chosen),
        "duration": _duration(chosen),
        "import_model": "" if own else imports,
        "model": json.dumps(file.model) if own else model,
        "labels": _code(task.labels),
        "regression": repr(task.kind == "regression"),
        "longest": str(base.max_length),
        "inputs": _code(base.input_names),
        "head": _code(chosen.facts.head_modules),
        "train": str(task.train),
        "full": str(chosen.study.full),
        "epochs": f"{file.epochs:.4g}",
        "seed": str(file.seed),
        "batch": str(training.batch_size),
        "rate": repr(training.lr),
        "decay": repr(training.weight_decay),
        "warmup": repr(training.warmup),
        "schedule": _code(training.schedule),
        "norm": repr(training.max_grad_norm),
        "precision": _code(file.precision),
        "threads": str(file.threads or 1),
        "remote": ", trust_remote_code=True" if file.trust_remote_code else "",
    }
    return said | (_own_values(chosen, str(found)) if own else _peft_values(chosen, found))  # type: ignore[arg-type]


def _peft_values(chosen: Chosen, found: Plain) -> dict[str, str]:
    name = found.config
    lines = [f"    {key}={_code(value)}," for key, value in found.fields.items()]
    return {
        "needs": _wrapped("It needs torch, transformers and peft, and nothing of autotune.", chosen),
        "imports": f"from peft import {name}, get_peft_model\n"
        "from transformers import AutoModelForSequenceClassification, AutoTokenizer\n",
        "rates": _code(found.rates),
        "adapter": "\n".join([f"{name}(", *lines, ")"]),
        "factor": 'next((f for part, f in RATES.items() if part in name.split(".")), 1.0)',
        "rates_argument": "",
        "rates_given": "",
        "argument": "model",
        "model_and": "",
        "trained": "{name: p for name, p in model.named_parameters() if p.requires_grad}",
        "step": text.PEFT_STEP,
        "main": text.PEFT_MAIN,
    }


def _own_values(chosen: Chosen, reason: str) -> dict[str, str]:
    plugins = "".join(f"import {name}  # registers what the study used\n" for name in chosen.file.plugins)
    return {
        "needs": _wrapped(f"It needs autotune, torch and transformers: {reason}.", chosen),
        "imports": "\nfrom autotune.facts import TaskFacts\nfrom autotune.methods import Lent, Recipe, load_base\n"
        f"from autotune.training.lending import steps_of\n{plugins}",
        "task": _block(chosen.task.to_dict()),
        "recipe": _block(chosen.recipe.to_dict()),
        "factor": "rates.get(name, 1.0)",
        "rates_argument": ", rates",
        "rates_given": ", attached.rates",
        "argument": "attached",
        "model_and": "model = attached.module\n    ",
        "trained": "dict(attached.trainable)",
        "step": text.OWN_STEP,
        "main": text.OWN_MAIN,
    }


def _short(task: str) -> str:
    return task.rpartition("/")[2] if task.startswith(("/", "~")) else task


def _scores(chosen: Chosen) -> str:
    entry, primary = chosen.entry, chosen.results.primary.name
    if entry is None:
        return "The study did not train it to the end."
    said = []
    for where, stats in (("on the selection part", entry.values), ("held out", entry.held_out)):
        if primary in stats:
            stat = stats[primary]
            spread = f" ± {stat.sd:.4f} over {stat.n} seeds" if stat.sd is not None else ""
            said.append(f"{primary} {stat.mean:.4f}{spread} {where}")
    return f"In the study it had {' and '.join(said)}."


def _duration(chosen: Chosen) -> str:
    seconds = chosen.trial.measured.get("train_seconds")
    if seconds is None:
        return "trains as the study did"
    minutes = (seconds + _SECONDS) / 60
    return f"about {minutes:.0f} min as in the study" if minutes >= 1.5 else f"about {seconds + _SECONDS:.0f} s"


def _wrapped(needs: str, chosen: Chosen) -> str:
    said = ", ".join(f"{name} {number}" for name, number in chosen.file.versions.items() if name != "autotune")
    ran = f"The study ran with {said}." if said else ""
    return textwrap.fill(f"{needs} The data lie beside it, in data/. {ran}", 118)
