"""The settings of a study by name: which exist, and how a text becomes a value of the right type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError
from autotune.near import unknown
from autotune.spec import StudySpec, TaskSpec


@dataclass(frozen=True)
class Given:
    """A value with where it came from, so that an error can say so."""

    value: Any
    source: str
    """``--seed``, ``--set``, ``AUTOTUNE_MODEL`` or a file's path."""
    folder: Path | None = None
    """Where a relative path is looked for first: the folder of the file that it stands in."""


Layer = Mapping[str, Given]
"""One step of the precedence: full setting names (``task.name``, ``seed``, ``space.lr.high``) to values."""

ALIASES: Mapping[str, str] = {
    "task": "task.name",
    "data_dir": "task.data_dir",
    "text_column": "task.text_columns",
    "text_columns": "task.text_columns",
    "label_column": "task.label_column",
    "task_kind": "task.kind",
    "metric": "task.metric",
    "max_train": "task.max_train",
    "split_seed": "task.split_seed",
    "offline": "task.offline",
    "objective": "objectives",
    "constraint": "constraints",
    "plugin": "plugins",
}
"""Short names, among them every flag's."""


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Path):
        raise ValueError("a text")  # noqa: TRY004 (the caller turns it into a message)
    return str(value)


def _integer(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise ValueError("a whole number")
    return int(number)


def _number(value: Any) -> float:
    try:
        number = float("bool" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        raise ValueError("a number") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("a finite number")
    return number


def _flag(value: Any) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    found = words.get(str(value).strip().lower())
    if found is None:
        raise ValueError("true or false")
    return found


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [] if value.strip() in ("", "none") else value.split(",")
    if not isinstance(value, list | tuple):
        value = [value]
    return tuple(_text(v).strip() for v in value)


def _configurations(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


_KINDS: dict[str, Callable[[Any], Any]] = {
    "str": _text,
    "int": _integer,
    "float": _number,
    "bool": _flag,
    "tuple[str, ...]": _texts,
    "tuple[Mapping[str, Any], ...]": _configurations,
}


def _kinds() -> dict[str, tuple[str, bool]]:
    found = {f"task.{f.name}": str(f.type) for f in fields(TaskSpec)}
    found |= {f.name: str(f.type) for f in fields(StudySpec) if f.name not in ("task", "space")}
    return {name: (kind.removesuffix(" | None"), kind.endswith(" | None")) for name, kind in found.items()}


KINDS: Mapping[str, tuple[str, bool]] = _kinds()
"""Every setting but the space, with its type and whether it may be empty; read from the specification's own fields."""


def full_name(name: str) -> str:
    """The setting that a name stands for; hyphens count as underscores.

    Raises:
        AutotuneError: there is no such setting.
    """
    key = name if name.startswith("space.") else name.strip().replace("-", "_")
    key = ALIASES.get(key, key)
    if key in KINDS or key == "space" or (key.startswith("space.") and len(key) > len("space.")):
        return key
    raise unknown("setting", name, [*KINDS, "space", "space.<parameter>.<key>"])


def convert(name: str, given: Given) -> Any:
    """The value in the setting's own type.

    Raises:
        AutotuneError: the value is of another type.
    """
    kind, optional = KINDS[name]
    if given.value is None and optional:
        return None
    if name == "controls" and isinstance(given.value, bool):
        return StudySpec.controls if given.value else ()
    try:
        return _KINDS[kind](given.value)
    except ValueError as error:
        raise AutotuneError(
            f"{name}={given.value!r} ({given.source}) is not {error}", f"write {name}=<{error}>"
        ) from None


def parse_set(text: str) -> tuple[str, Given]:
    """Read ``KEY=VALUE`` of ``--set``; the value is YAML.

    Raises:
        AutotuneError: there is no ``=``, or the key is unknown.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise AutotuneError(f"--set {text!r} is not of the form KEY=VALUE", "write for example: --set seed=3")
    name = full_name(key.strip())
    from autotune.space.yaml_text import read_value

    return name, Given(read_value(value), "--set")


def flatten(
    data: Mapping[str, Any], source: str, folder: Path | None, lines: Mapping[tuple[str | int, ...], int]
) -> Layer:
    """A study file's mapping as a layer: ``task: {name: ...}`` becomes ``task.name``.

    Raises:
        AutotuneError: a key is unknown.
    """
    layer: dict[str, Given] = {}
    for key, value in data.items():
        pairs: Sequence[tuple[str, Any]] = [(str(key), value)]
        if key == "task" and isinstance(value, Mapping):
            pairs = [(f"task.{k}", v) for k, v in value.items()]
        for name, item in pairs:
            path = (key, name.removeprefix("task.")) if len(pairs) > 1 else (key,)
            where = f"{source}:{lines.get(path, lines.get((key,), 1))}"
            try:
                layer[full_name(name)] = Given(item, where, folder)
            except AutotuneError as error:
                raise AutotuneError(f"{where}: {error.message}", error.remedy) from None
    return layer
