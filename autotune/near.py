"""Names that a person may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from autotune.errors import AutotuneError


def near(word: str, known: Iterable[str]) -> str | None:
    """The known name closest to a mistyped one, or None when nothing comes near."""
    names = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def unknown(what: str, word: str, known: Iterable[str]) -> AutotuneError:
    """The error for a name that does not exist: the nearest one that does, then the whole list.

    Args:
        what: of which kind the name is, such as ``searcher``.
        word: what was written.
        known: the names that exist.
    """
    names = list(known)
    guess = near(word, names)
    hint = f"did you mean {guess!r}? " if guess else ""
    return AutotuneError(f"unknown {what} {word!r}", f"{hint}choose from: {', '.join(names)}")
