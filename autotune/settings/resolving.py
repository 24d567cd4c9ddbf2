"""From everything a person and a machine have set to one ``StudySpec``.

Precedence, the first that says something wins: flag, ``--set``, study file, environment, configuration file,
built-in default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autotune import methods, plugins
from autotune.errors import AutotuneError
from autotune.settings import checks, enqueue, machine, studyfile
from autotune.settings.values import KINDS, Given, Layer, convert, full_name, parse_set
from autotune.spec import StudySpec, TaskSpec

if TYPE_CHECKING:
    from autotune.space import SearchSpace

MODEL = "roberta-base"
DEMO_MODEL = "builtin/minilm"
SPACE = "encoder"
DEMO_SPACE = "quick"
_NAMED_TASK = re.compile(r"[a-z_0-9]+/[a-z_0-9-]+")
_DATA_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".parquet")


def resolve(
    flags: Mapping[str, Any],
    sets: Sequence[str] = (),
    file: Path | str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
) -> StudySpec:
    """The study that flags, ``--set`` texts, a study file and the machine's settings describe together.

    Args:
        flags: setting names (``seed``, ``task``, ``task.max_train``) to values; None is not given.
        sets: ``KEY=VALUE`` texts.
        file: a study file's path, or the name of a shipped one.
        environ: the environment variables.

    Returns:
        A checked specification; ``study`` is empty unless it was given (see ``named``).

    Raises:
        AutotuneError: anything that can be refused without a model, data or a device.
    """
    layers = [
        {full_name(k): Given(v, "--" + k.replace("_", "-")) for k, v in flags.items() if v is not None},
        dict(parse_set(text) for text in sets),
        studyfile.read(studyfile.find(file)) if file is not None else {},
        _machine_layer(machine.read_environment(environ), {v: k for k, v in machine.VARIABLES.items()}),
        _machine_layer(machine.read_config(environ), {}, str(machine.config_path(environ))),
    ]
    return _build(layers)


def named(spec: StudySpec, taken: Collection[str]) -> StudySpec:
    """The specification with a name that no study has yet: made from task and model unless one was given.

    Raises:
        AutotuneError: the given name is taken.
    """
    if spec.study:
        if spec.study in taken:
            raise AutotuneError(
                f"study {spec.study!r} exists already",
                f"go on with it: autotune resume {spec.study}; or choose another name with --study",
            )
        return spec
    base = "-".join(_slug(Path(text.rstrip("/")).stem) for text in (spec.task.name, spec.model))
    numbers = (n for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)
    return replace(spec, study=base if base not in taken else f"{base}-{next(numbers)}")


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "study"


def _machine_layer(found: Mapping[str, Any], variables: Mapping[str, str], source: str = "") -> Layer:
    return {full_name(k): Given(v, variables.get(k, source)) for k, v in found.items() if k != "store"}


def _build(layers: Sequence[Layer]) -> StudySpec:
    given = {name: layer[name] for layer in reversed(layers) for name in layer}
    if "task.name" not in given:
        raise AutotuneError(
            "no task was given", "name one: --task glue/mrpc, --task path/to/file.csv; see: autotune tasks"
        )
    path = _task_path(given["task.name"])
    demo = path is None and str(given["task.name"].value).startswith("demo/")
    if path is not None or demo:  # a machine's GLUE folder says nothing about other data
        given = {name: item for name, item in given.items() if name != "task.data_dir" or item not in _last(layers)}
    values = {name: convert(name, item) for name, item in given.items() if name in KINDS and name != "enqueue"}
    task = {name.removeprefix("task."): values.pop(name) for name in list(values) if name.startswith("task.")}
    task |= {"name": str(path) if path is not None else task["name"]}
    if task.get("data_dir") is not None:
        task["data_dir"] = str(_existing(given["task.data_dir"], "data folder", folder=True))
    values.setdefault("model", DEMO_MODEL if demo else MODEL)
    if "model" in given:
        values["model"] = _model(given["model"], values["model"])
    space = _space(layers, given.get("space", Given(DEMO_SPACE if demo else SPACE, "default")))
    values.setdefault("budget", ())
    spec = StudySpec(task=TaskSpec(**task), space=space.to_dict(), **values)
    spec = replace(spec, enqueue=_enqueued(given.get("enqueue"), space))
    checks.check(spec)
    plugins.import_modules(spec.plugins)
    methods.check_space(space, partial(_place, space, _overrides(layers)))
    return spec


def _last(layers: Sequence[Layer]) -> list[Given]:
    return [item for layer in layers[3:] for item in layer.values()]


def _task_path(given: Given) -> Path | None:
    """The file or folder that a task's name means, made absolute; None for a task known by its name."""
    text = str(given.value)
    obvious = text.startswith((".", "/", "~")) or text.lower().endswith(_DATA_SUFFIXES)
    if not obvious and (_NAMED_TASK.fullmatch(text) and text.split("/")[0] in ("glue", "demo")):
        return None
    if obvious:
        return _existing(given, "data")
    found = _candidates(given)
    return found[0].resolve() if found else None


def _model(given: Given, text: str) -> str:
    """A folder made absolute, so that a study resumes from anywhere; any other name as it is."""
    if text.startswith((".", "/", "~")):
        return str(_existing(given, "model folder", folder=True))
    folders = [p for p in _candidates(given) if p.is_dir()] if text.strip() else []
    return str(folders[0].resolve()) if folders else text


def _candidates(given: Given) -> list[Path]:
    path = Path(str(given.value)).expanduser()
    return [p for p in ((given.folder or Path()) / path, path) if p.exists()]


def _existing(given: Given, what: str, *, folder: bool = False) -> Path:
    found = _candidates(given)
    if not found:
        raise AutotuneError(f"{what} {str(given.value)!r} ({given.source}) does not exist", "check the path")
    if folder and not found[0].is_dir():
        raise AutotuneError(f"{what} {str(given.value)!r} ({given.source}) is a file", "give the folder that holds it")
    return found[0].resolve()


def _space(layers: Sequence[Layer], base: Given) -> SearchSpace:
    from autotune.space import SearchSpace

    overrides = _overrides(layers)
    if isinstance(base.value, Mapping):
        return SearchSpace.from_dict(base.value, base.source, overrides)
    found = _candidates(base) if "/" in str(base.value) or str(base.value).endswith((".yaml", ".yml")) else []
    return SearchSpace.load(str(found[0]) if found else str(base.value), overrides)


def _overrides(layers: Sequence[Layer]) -> dict[str, Any]:
    flags, sets, file, *_ = layers
    # Overrides in a study file were meant for its own space, not for one that the command line names instead.
    meant = [sets, flags] if "space" in flags or "space" in sets else [file, sets, flags]
    return {
        name.removeprefix("space."): item.value
        for layer in meant
        for name, item in layer.items()
        if name.startswith("space.")
    }


def _place(space: SearchSpace, overridden: Collection[str], parameter: str) -> str:
    """Where a parameter stands, for a message: ``file:line`` of a user's own file unless an override may be meant."""
    if space.source.endswith((".yaml", ".yml")) and not overridden:
        from autotune.space.yaml_text import read_file

        lines = read_file(Path(space.source).expanduser())[1]
        line = lines.get(("parameters", parameter), lines.get(("parameters",), 1))
        return f"{space.source}:{line}"
    return f"space {space.name!r}"


def _enqueued(given: Given | None, space: SearchSpace) -> tuple[dict[str, Any], ...]:
    if given is None or given.value is None:
        return ()
    configs = enqueue.parse(convert("enqueue", given), given.folder)
    for config in configs:
        enqueue.check(config, space)
    return tuple(configs)
