"""For whom a trial can be written: one module for each, which answers to ``Target``.

A further one (a trainer of causal language models, say) is one module here and one line in ``TARGETS``.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from autotune.errors import AutotuneError
from autotune.near import unknown

if TYPE_CHECKING:
    from autotune.export.chosen import Chosen

TARGETS = {
    "autotune": "a folder that `autotune train` and peft read",
    "peft": "adapter_config.json and adapter_model.safetensors alone, as peft loads them",
    "hf-args": "training_args.json: transformers' TrainingArguments, every value said",
    "script": "train.py and its data: trains the configuration as the study did",
}
"""What ``--to`` may say, and what is written then."""
STUDY_TARGETS = {
    "optuna": "a study in an Optuna storage, such as sqlite:///x.db",
    "csv": "a table of trials",
    "parquet": "the same as Parquet",
    "json": "the whole record, which `autotune import` takes back",
}
"""What ``--to`` may say of a whole study."""
MERGED = "merged"
"""The target of ``--merge``."""
_LATER = {
    "trl": "trl trains language models, and this is a classifier",
    "axolotl": "Axolotl trains language models, and this is a classifier",
    "llama-factory": "LLaMA-Factory has no classification head",
}


class Target(Protocol):
    """Writes a trial for something outside the study. Every value is said, and what cannot be said is refused."""

    writes: frozenset[str]
    """Every file and folder that it may write."""
    mark: str
    """The one of them that it always writes: a folder without it is not replaced."""

    def write(self, chosen: Chosen, folder: Path, out: Path) -> None:
        """Write the trial.

        Args:
            chosen: the trial.
            folder: exists and is empty.
            out: where the folder will be, as the user named it.

        Raises:
            AutotuneError: the target cannot express it; the remedy names the nearest way.
        """
        ...


def find(name: str) -> Target:
    """The target of that name.

    Raises:
        AutotuneError: there is none.
    """
    if name in TARGETS or name == MERGED:
        return cast(Target, import_module(f"{__name__}.{name.replace('-', '_')}").TARGET)
    if name in _LATER:
        remedy = "take the adapter and the arguments, --to peft and --to hf-args, or all of it, --to script"
        raise AutotuneError(f"--to {name} cannot take a trial of this study: {_LATER[name]}", remedy)
    raise unknown("target", name, [*TARGETS, *STUDY_TARGETS])
