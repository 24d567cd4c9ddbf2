"""The spaces that come with autotune, and how a name or path finds its file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from autotune.errors import AutotuneError
from autotune.near import near

_SUFFIXES = (".yaml", ".yml")


def available_spaces() -> dict[str, Path]:
    """The shipped spaces: name → file, in alphabetical order."""
    found = (Path(str(entry)) for entry in files("autotune.search_spaces").iterdir())
    return {path.stem: path for path in sorted(found) if path.suffix in _SUFFIXES}


def find_space(name_or_path: str | Path) -> Path:
    """The file of a shipped space or of the user's own.

    Raises:
        AutotuneError: there is no such space or file; with near matches.
    """
    shipped = available_spaces()
    text = str(name_or_path)
    if text in shipped and not isinstance(name_or_path, Path):
        return shipped[text]
    path = Path(text).expanduser()
    if path.is_file():
        return path
    close = near(path.stem, shipped)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    remedy = f"{hint}Give one of {', '.join(shipped)}, or the path of a YAML file"
    if path.is_dir():
        raise AutotuneError(f"{text} is a folder, not the file of a space", remedy)
    what = "no file" if path.suffix in _SUFFIXES or len(path.parts) > 1 else "no space"
    raise AutotuneError(f"there is {what} {text!r}", remedy)
