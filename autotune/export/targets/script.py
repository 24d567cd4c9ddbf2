"""``--to script``: a ``train.py`` that trains the configuration as the study did, with the same examples beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autotune.errors import AutotuneError
from autotune.export.chosen import Chosen
from autotune.export.script import script
from autotune.export.staging import check_space, explained

if TYPE_CHECKING:
    from autotune.tasks import Split

SCRIPT, DATA = "train.py", "data"


class Script:
    """A plain loop in torch, and the data as JSON lines."""

    writes = frozenset({SCRIPT, DATA})
    mark = SCRIPT

    def write(self, chosen: Chosen, folder: Path, out: Path) -> None:
        """See ``Target``."""
        from autotune import tasks

        text = script(chosen, chosen.base())
        task = tasks.load(chosen.file.task)
        if task.facts.digest != chosen.task.digest:
            raise AutotuneError(
                f"the data of {chosen.task.task} are no longer those of {chosen.study.name}",
                f"bring them back, or take the configuration: autotune export {chosen.title} --out DIR",
            )
        splits = {"train": task.train, "selection": task.selection, "held_out": task.held_out}
        check_space(folder, 2.0 * sum(len(t) for s in splits.values() for t in (*s.texts, *(s.pairs or ()))))
        with explained(out):
            (folder / SCRIPT).write_text(text, encoding="utf-8")
            (folder / DATA).mkdir()
            for name, split in splits.items():
                (folder / DATA / f"{name}.jsonl").write_text(_lines(split), encoding="utf-8")


def _lines(split: Split) -> str:
    pairs: Sequence[str | None] = split.pairs or [None] * len(split)
    rows = []
    for text, pair, label in zip(split.texts, pairs, split.labels.tolist(), strict=True):
        rows.append({"text": text} | ({} if pair is None else {"text_pair": pair}) | {"label": label})
    # Line ends of other kinds inside a text (such as U+2028) are written as escapes: a reader may split at them.
    return "".join(json.dumps(row) + "\n" for row in rows)


TARGET = Script()
