"""YAML with the line of every value, free of YAML 1.1's surprises.

Plain scalars follow YAML 1.2's core schema, with one liberty: ``1e-3`` is a number. So ``on`` and ``no`` stay texts,
and ``010`` is ten. Duplicate keys and tags are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from autotune.errors import AutotuneError

if TYPE_CHECKING:
    import yaml

Path = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INT = re.compile(r"[-+]?\d{1,400}")
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_STANDARD_TAGS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


def read_file(path: FilePath) -> tuple[Any, dict[Path, int]]:
    """The data of a YAML file, and the line (from 1) of every key and value.

    Raises:
        AutotuneError: it cannot be read, is not UTF-8 or is not YAML; with file and line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise AutotuneError(f"{path} cannot be read: {error.strerror}", "give the path of a YAML file") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = f"{path}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8"
        raise AutotuneError(message, "save the file in UTF-8") from None
    return read_text(text, str(path))


def read_text(text: str, source: str) -> tuple[Any, dict[Path, int]]:
    """As ``read_file``, of a text.

    Args:
        text: the YAML.
        source: what messages call it.
    """
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        lines: dict[Path, int] = {}
        return (None if node is None else _Reader(source, lines).value(node, (), ())), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{source}:{mark.line + 1}" if mark else source
        remedy = "indent with spaces, not tabs" if "\\t" in str(error.problem) else "mend the YAML there"
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise AutotuneError(f"{where}: {problem}", remedy) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        message = f"{source}:{line}: the character {chr(error.character)!r} may not stand in YAML"
        raise AutotuneError(message, "leave it out, and save the file as plain text") from None
    except RecursionError:
        raise AutotuneError(f"{source}: nested too deeply", "write it flatter") from None


def read_value(text: str) -> Any:
    """A value as a file would have it: ``8``, ``1e-3``, ``true``, ``[a, b]``, ``{top: 3}``; else the text itself."""
    try:
        return read_text(text, "value")[0]
    except AutotuneError:
        return text


def read_scalar(text: str) -> Any:
    """What an unquoted word of a file stands for."""
    lowered = text if text in ("", "~") else text.lower()
    if lowered in _CONSTANTS and text in (lowered, lowered.capitalize(), lowered.upper()):
        return _CONSTANTS[lowered]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


class _Reader:
    """Turns YAML nodes into data and notes their lines."""

    def __init__(self, source: str, lines: dict[Path, int]) -> None:
        self.source = source
        self.lines = lines

    def value(self, node: yaml.Node, path: Path, above: tuple[int, ...]) -> Any:
        """The data of a node at a path; ``above`` are the ids of the nodes that hold it."""
        import yaml

        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if id(node) in above:
            raise self._refuse(line, "an alias to a value that holds it", "write the value out")
        if node.tag not in _STANDARD_TAGS:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            raise self._refuse(line, f"the tag {tag} has no meaning here", "leave the tag out")
        above = (*above, id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, above)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i), above) for i, item in enumerate(node.value)]
        plain = isinstance(node, yaml.ScalarNode) and node.style is None
        return read_scalar(node.value) if plain else node.value

    def _mapping(self, node: yaml.MappingNode, path: Path, above: tuple[int, ...]) -> Mapping[str, Any]:
        import yaml

        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._refuse(line, "a key that is not a word", "write key: value")
            key = str(key_node.value)
            here = (*path, key)
            if key in data:
                raise self._refuse(line, f"duplicate key {key!r}, first on line {self.lines[here]}", "leave one out")
            self.lines[here] = line
            data[key] = self.value(value_node, here, above)
        return data

    def _refuse(self, line: int, message: str, remedy: str) -> AutotuneError:
        return AutotuneError(f"{self.source}:{line}: {message}", remedy)
