"""Examples as files and splits for the tests of tasks."""

from __future__ import annotations

import json

import numpy as np

from autotune.tasks import Split


def csv_text(rows: int = 40, labels: str = "ab", header: str = "text,label", word: str = "number") -> str:
    """A csv file with distinct texts and labels in turn."""
    lines = [f"hello {word} {i},{labels[i % len(labels)]}\n" for i in range(rows)]
    return f"{header}\n" + "".join(lines)


def jsonl_text(records: list[dict[str, object]]) -> str:
    return "".join(json.dumps(r) + "\n" for r in records)


def split_of(texts: list[str], labels: list[int] | list[float]) -> Split:
    kind = np.int64 if all(isinstance(x, int) for x in labels) else np.float32
    return Split(texts, None, np.array(labels, dtype=kind), [f"train:{i}" for i in range(len(texts))])
