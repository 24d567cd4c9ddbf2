"""Reads a ``training.yaml``; everything in it is checked, because a person may have written it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError
from autotune.export.training_file import ALL, FILE, FORMAT, TRAIN, Recorded, TrainingFile
from autotune.facts import TaskFacts
from autotune.near import unknown
from autotune.settings import checks
from autotune.settings.values import Given, convert, flatten
from autotune.spec import TaskSpec
from autotune.trial import config_from_json

_KEYS = ("autotune_training", *(f.name for f in fields(TrainingFile)))
_AS_IN_A_STUDY = (
    *("model", "study", "seed", "max_length", "device", "precision", "threads"),
    *("trust_remote_code", "plugins"),
)
_DATA_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".parquet")
_MISSING = {"model": "builtin/minilm", "task": "glue/mrpc", "config": "{method: lora}"}
"""Keys that must be there, with an example of each."""


@dataclass(frozen=True)
class _Source:
    file: Path
    lines: Mapping[tuple[str | int, ...], int]

    def at(self, *path: str) -> str:
        """Where a key stands: file and line."""
        return f"{self.file}:{self.lines.get(path, 1)}"


def read(path: str | Path) -> TrainingFile:
    """The content of a ``training.yaml``.

    Args:
        path: the file, or a folder that holds it. Relative paths in it are looked for beside it.

    Raises:
        AutotuneError: there is no such file, or it cannot be trained from; with its line.
    """
    from autotune.space.yaml_text import read_file

    path = Path(path).expanduser()
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        what = f"the folder {path} holds no {FILE}" if path.is_dir() else f"there is no file or folder {path}"
        raise AutotuneError(what, "write one from a study: autotune export STUDY --out DIR; then: autotune train DIR")
    data, lines = read_file(file)
    if not isinstance(data, Mapping) or not data:
        raise AutotuneError(f"{file} is no training.yaml: it holds no settings", "export the trial again")
    return _parsed(data, _Source(file, lines))


def _parsed(data: Mapping[str, Any], source: _Source) -> TrainingFile:
    for key in data:
        if key not in _KEYS:
            problem = unknown("key", key, _KEYS)
            raise AutotuneError(f"{source.at(key)}: {problem.message}", problem.remedy)
    for key, example in _MISSING.items():
        if data.get(key) in (None, "", {}):
            raise AutotuneError(f"{source.file} names no {key}", f"write for example {key}: {example}")
    if data.get("autotune_training", FORMAT) != FORMAT:
        raise AutotuneError(
            f"{source.at('autotune_training')}: the format {data['autotune_training']!r} is not known",
            "update autotune",
        )
    found = {k: convert(k, Given(data[k], source.at(k))) for k in _AS_IN_A_STUDY if k in data}
    found["model"] = _placed(found["model"], source, ())
    for key, least in (("epochs", 0.0), ("max_grad_norm", 0.0)):
        if key in data:
            found[key] = _above(least, data[key], key, source)
    if data.get("trial") is not None:
        found["trial"] = convert("seed", Given(data["trial"], source.at("trial")))
    found["data"] = _part(TaskFacts.from_dict, "data", data, source)
    found["recorded"] = _part(_recorded, "recorded", data, source)
    found["versions"] = _part(lambda part: {str(k): str(v) for k, v in part.items()}, "versions", data, source) or {}
    file = TrainingFile(task=_task(data, source), config=_config(data["config"], source), **found)
    checks.check(file.spec())
    return file


def _task(data: Mapping[str, Any], source: _Source) -> TaskSpec:
    layer = flatten({"task": data["task"]}, str(source.file), source.file.parent, source.lines)
    values = {name.removeprefix("task."): convert(name, given) for name, given in layer.items()}
    if not values.get("name"):
        raise AutotuneError(f"{source.at('task')}: the task has no name", "write for example task: glue/mrpc")
    for key in ("name", "data_dir"):
        if values.get(key):
            values[key] = _placed(values[key], source, _DATA_SUFFIXES)
    return TaskSpec(**values)


def _placed(text: str, source: _Source, suffixes: tuple[str, ...]) -> str:
    """A path that is written relative to the file, made absolute; names of models and tasks as they are."""
    if text.startswith((".", "~")) or text.lower().endswith(suffixes or ("/",)):
        beside = source.file.parent / Path(text).expanduser()
        return str((beside if beside.exists() else Path(text).expanduser()).resolve())
    return text


def _config(value: Any, source: _Source) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise AutotuneError(f"{source.at('config')}: config is no mapping", "write for example config: {method: lora}")
    return dict(config_from_json(value))


def _above(least: float, value: Any, key: str, source: _Source) -> float:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
    if not least < number < float("inf"):
        raise AutotuneError(f"{source.at(key)}: {key}={value!r} is not a number above {least:g}", f"write {key}: 1.0")
    return float(number)


def _part(make: Any, key: str, data: Mapping[str, Any], source: _Source) -> Any:
    if data.get(key) is None:
        return None
    try:
        return make(data[key])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AutotuneError(
            f"{source.at(key)}: {key} is damaged ({type(error).__name__}: {error})", f"export again, or leave {key} out"
        ) from error


def _recorded(part: Mapping[str, Any]) -> Recorded:
    figures = {
        k: {str(n): float(v) for n, v in part.get(k, {}).items()} for k in ("objectives", "selection", "held_out")
    }
    trained_on = str(part.get("trained_on", TRAIN))
    if trained_on not in (TRAIN, ALL):
        raise ValueError(f"trained_on is {trained_on!r}, neither {TRAIN!r} nor {ALL!r}")
    return Recorded(int(part["examples"]), trained_on, int(part.get("seeds", 1)), **figures)
