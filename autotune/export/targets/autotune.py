"""``--to autotune``: ``training.yaml``, a README, and the adapter where the trial was trained to the end."""

from __future__ import annotations

from pathlib import Path

from autotune.export.adapter import write_adapter
from autotune.export.chosen import Chosen
from autotune.export.readme import readme
from autotune.export.staging import README, WRITTEN, explained
from autotune.export.training_file import FILE


class Folder:
    """What ``autotune train`` and, for a peft method, peft read."""

    writes = WRITTEN
    mark = FILE

    def write(self, chosen: Chosen, folder: Path, out: Path) -> None:
        """See ``Target``."""
        if chosen.checkpoint is not None:
            write_adapter(chosen, folder)
        with explained(out):
            (folder / FILE).write_text(chosen.file.to_yaml(), encoding="utf-8")
            (folder / README).write_text(readme(chosen, out), encoding="utf-8")


TARGET = Folder()
