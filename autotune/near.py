"""Near matches, for messages about a name that nothing has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from autotune.errors import AutotuneError

MOST_LISTED = 40
"""Names that a message lists where none is near."""


def near(word: str, names: Iterable[str]) -> list[str]:
    """Up to three of the names that look like the word, or that share what follows their last dot."""
    known = {name.lower(): name for name in names}
    tail = word.lower().rsplit(".", 1)[-1]
    close = difflib.get_close_matches(word.lower(), known, n=3, cutoff=0.6)
    same_tail = [name for name in known if name.rsplit(".", 1)[-1] == tail]
    return [known[name] for name in dict.fromkeys(close + same_tail)][:3]


def did_you_mean(word: str, names: Iterable[str], kind: str) -> str:
    """A remedy for an unknown name: the near matches, or the names there are.

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


def unknown(what: str, word: str, known: Iterable[str]) -> AutotuneError:
    """The error for a name that does not exist: the nearest ones that do, then the whole list.

    Args:
        what: of which kind the name is, such as ``searcher``.
        word: what was written.
        known: the names that exist.
    """
    names = list(known)
    close = near(word, names)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return AutotuneError(f"unknown {what} {word!r}", f"{hint}choose from: {', '.join(names)}")
