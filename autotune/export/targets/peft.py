"""``--to peft``: the trained adapter as peft saves it."""

from __future__ import annotations

from pathlib import Path

from autotune.errors import AutotuneError
from autotune.export.adapter import WEIGHTS, write_adapter
from autotune.export.chosen import Chosen
from autotune.export.snippets import by_peft, loading
from autotune.export.staging import README, explained

CONFIG = "adapter_config.json"


class Peft:
    """peft's own two files, and how to load them."""

    writes = frozenset({CONFIG, WEIGHTS, README})
    mark = CONFIG

    def write(self, chosen: Chosen, folder: Path, out: Path) -> None:
        """See ``Target``."""
        if not by_peft(chosen.method):
            whole = "; or write the whole model: --merge" if chosen.method.mergeable else ""
            raise AutotuneError(
                f"peft cannot load trial {chosen.trial.number} of {chosen.study.name}: {_reason(chosen)}",
                f"leave --to out: what autotune export {chosen.title} --out DIR writes, autotune.export.load_model "
                f"loads (it needs autotune){whole}",
            )
        write_adapter(chosen, folder)
        text = f"# {chosen.title}: `{chosen.recipe.method}` for `{chosen.file.model}`\n\n{loading(chosen.file, out)}\n"
        with explained(out):
            (folder / README).write_text(text, encoding="utf-8")


def _reason(chosen: Chosen) -> str:
    name = chosen.recipe.method
    if name == "head":
        return "it has a trained head and no adapter"
    if chosen.method.saved_for_peft:
        return f"what peft saves of {name} it does not use without further inputs or a stand-in"
    return f"{name} is autotune's own, peft has no such method"


TARGET = Peft()
