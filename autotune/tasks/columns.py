"""Which columns are texts and which is the label."""

from __future__ import annotations

from collections.abc import Sequence

from autotune.errors import AutotuneError
from autotune.spec import TaskSpec
from autotune.tasks.tables import Table

PAIRS = (
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("question1", "question2"),
    ("question", "answer"),
    ("question", "sentence"),
    ("question", "passage"),
    ("question", "context"),
    ("query", "document"),
    ("query", "passage"),
    ("query", "answer"),
    ("claim", "evidence"),
    ("context", "response"),
    ("text1", "text2"),
    ("text_1", "text_2"),
    ("text_a", "text_b"),
    ("text", "text_pair"),
    ("sentence_a", "sentence_b"),
    ("sentence_1", "sentence_2"),
    ("#1 string", "#2 string"),
    ("source1", "source2"),
)
SINGLES = (
    *(
        "text",
        "sentence",
        "content",
        "review",
        "review_text",
        "comment",
        "comment_text",
        "tweet",
        "message",
        "utterance",
    ),
    *("document", "body", "passage", "abstract", "description", "headline", "question", "query", "title", "input"),
)
LABELS = (
    *("label", "labels", "gold_label", "gold", "target", "class", "category", "label_text", "label_name", "score"),
    *("similarity", "rating", "stars", "sentiment", "intent", "topic", "emotion", "quality", "is_duplicate", "y"),
    *("output", "answer"),
)
_FEW = 1000
"""Distinct values beyond which an unnamed column is taken for an identifier or a text, not for classes."""


def find_columns(table: Table, spec: TaskSpec) -> tuple[tuple[str, ...], str]:
    """The one or two text columns and the label column: those named, else those with a usual name, else by content.

    Raises:
        AutotuneError: a named column is missing, more than two texts are named, or nothing tells the columns apart.
    """
    if len(spec.text_columns) > 2:
        raise AutotuneError(
            f"{len(spec.text_columns)} text columns are given ({', '.join(spec.text_columns)}), not one or two",
            "give --text-column once, or twice for a pair",
        )
    texts = tuple(table.find(c, "--text-column") for c in spec.text_columns)
    label = table.find(spec.label_column, "--label-column") if spec.label_column else None
    if label is not None and label in texts:
        raise AutotuneError(f"column {label!r} is named as text and as label", "name different columns")
    texts = texts or _usual_texts(table, label)
    label = label or _usual_label(table, texts)
    texts = texts or _texts_by_content(table, label)
    label = label or _label_by_content(table, texts)
    return texts, label


def _folded(table: Table) -> dict[str, str]:
    return {c.casefold().replace(" ", "_").replace("#1_", "#1 ").replace("#2_", "#2 "): c for c in table.columns}


def _usual_texts(table: Table, label: str | None) -> tuple[str, ...]:
    names = {f: c for f, c in _folded(table).items() if c != label and _is_text(table.columns[c])}
    for first, second in PAIRS:
        if first in names and second in names:
            return names[first], names[second]
    return next(((names[single],) for single in SINGLES if single in names), ())


def _usual_label(table: Table, texts: Sequence[str]) -> str | None:
    names = {f: c for f, c in _folded(table).items() if c not in texts}
    return next((names[name] for name in LABELS if name in names), None)


def _texts_by_content(table: Table, label: str | None) -> tuple[str, ...]:
    """The string column with by far the longest cells."""
    lengths = {c: _mean_length(cells) for c, cells in table.columns.items() if c != label and _is_text(cells)}
    order = sorted(lengths, key=lambda c: -lengths[c])
    if not order or lengths[order[0]] < 10 or (len(order) > 1 and lengths[order[1]] > 0.5 * lengths[order[0]]):
        raise AutotuneError(
            f"nothing tells which column of {table.source} is the text; it has {table.listing()}",
            "name it with --text-column (twice for a pair)",
        )
    return (order[0],)


def _label_by_content(table: Table, texts: Sequence[str]) -> str:
    """The only column left whose values repeat."""
    candidates = [c for c, cells in table.columns.items() if c not in texts and _repeats(cells)]
    if len(candidates) != 1:
        found = f"{', '.join(map(repr, candidates))} may be" if candidates else "none looks like it"
        raise AutotuneError(
            f"nothing tells which column of {table.source} is the label ({found}); it has {table.listing()}",
            "name it with --label-column",
        )
    if candidates[0] in table.columns[candidates[0]]:
        raise AutotuneError(
            f"the first line of {table.source} looks like an example, not like a header: {table.listing()}",
            "put the columns' names into the first line, for example: text,label; or name it with --label-column",
        )
    return candidates[0]


def _is_text(cells: Sequence[object]) -> bool:
    sample = [c for c in cells[:1000] if c is not None]
    return bool(sample) and all(isinstance(c, str) for c in sample)


def _mean_length(cells: Sequence[object]) -> float:
    sample = [len(str(c)) for c in cells[:1000] if c is not None]
    return sum(sample) / len(sample)


def _repeats(cells: Sequence[object]) -> bool:
    distinct = {c for c in cells if isinstance(c, str | int | float | bool)}
    return 2 <= len(distinct) <= min(_FEW, max(2, len(cells) // 2))
