"""Study files: YAML with the settings of a study, the user's own or one that ships with autotune."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from autotune.errors import AutotuneError
from autotune.near import near
from autotune.settings.values import Layer, flatten


def shipped() -> dict[str, Path]:
    """The study files that come with autotune, by name."""
    folder = Path(str(resources.files("autotune.studies")))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find(text: str | Path) -> Path:
    """The file meant by a path, by the bare name of a shipped study, or by ``studies/<name>.yaml`` of a shipped one.

    Raises:
        AutotuneError: there is none.
    """
    path = Path(text).expanduser()
    if path.is_file():
        return path
    known = shipped()
    if path.parent in (Path(), Path("studies")) and path.suffix in ("", ".yaml", ".yml") and path.stem in known:
        return known[path.stem]
    if path.is_dir():
        raise AutotuneError(f"{path} is a folder, not a study file", f"data go to --task {path}")
    guess = near(path.stem, known)
    hint = f"did you mean {' or '.join(guess)}? " if guess else ""
    raise AutotuneError(
        f"no study file {str(text)!r}", f"{hint}give the path of a YAML file, or a shipped study: {', '.join(known)}"
    )


def read(path: Path) -> Layer:
    """The settings of a study file.

    Raises:
        AutotuneError: the file is no YAML mapping, or a key is unknown or stands twice; with its line.
    """
    from autotune.space.yaml_text import read_file

    data, lines = read_file(path)
    if not isinstance(data, dict) or not data:
        raise AutotuneError(f"{path} holds no settings", "write one setting a line, such as: task: glue/mrpc")
    return flatten(data, str(path), path.parent, lines)
