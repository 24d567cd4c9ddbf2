"""Near matches, for messages about a name that nothing has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST_LISTED = 12
"""Names that a message lists where none is near."""


def near(word: str, names: Iterable[str]) -> list[str]:
    """Up to three of the names that look like the word, or that share what follows their last dot."""
    known = list(names)
    tail = word.rsplit(".", 1)[-1]
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    same_tail = [name for name in known if name.rsplit(".", 1)[-1] == tail]
    return list(dict.fromkeys(close + same_tail))[:3]


def did_you_mean(word: str, names: Iterable[str], kind: str) -> str:
    """A remedy for an unknown name: the near matches, or all names there are.

    Args:
        word: what was written.
        names: what there is.
        kind: what they are called, in the plural, such as ``parameters``.
    """
    known = list(names)
    close = near(word, known)
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = f" and {len(known) - MOST_LISTED} more" if len(known) > MOST_LISTED else ""
    return f"known {kind}: {', '.join(known[:MOST_LISTED])}{more}"
