"""What can be refused about a study before any model, data or device is touched."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autotune.budget import Budget
from autotune.errors import AutotuneError
from autotune.near import unknown
from autotune.objectives import Constraint
from autotune.spec import StudySpec

PRECISIONS = ("auto", "fp32", "bf16")
DEVICES = ("auto", "cpu", "cuda", "cuda:<number>")
TASK_KINDS = ("classification", "regression")
MOST_RESERVE = 0.9

_Rule = tuple[str, Callable[[Any], bool], str]
_RANGES: tuple[_Rule, ...] = (
    ("seed", lambda v: v >= 0, "0 or more"),
    ("eta", lambda v: v >= 2, "2 or more: each rung keeps one trial of eta"),
    ("seeds", lambda v: v >= 1, "1 or more trainings of the winner"),
    ("reserve", lambda v: 0.0 <= v <= MOST_RESERVE, f"a share of the budget between 0 and {MOST_RESERVE}"),
    ("workers", lambda v: v >= 1, "1 or more"),
    ("threads", lambda v: v >= 1, "1 or more"),
    ("max_length", lambda v: v >= 4, "4 tokens or more"),
    ("max_epochs", lambda v: v > 0, "above 0"),
    ("min_resource", lambda v: v >= 1, "1 example or more"),
)


def check(spec: StudySpec) -> None:
    """Refuse what is wrong in a specification by itself.

    Raises:
        AutotuneError: with the offending value and what to write instead.
    """
    from autotune.strategies.controls import CONTROLS
    from autotune.strategies.registry import available
    from autotune.strategies.registry import check as check_strategy

    if spec.study:
        check_name(spec.study)
    Budget.parse(spec.budget)
    for text in spec.constraints:
        Constraint.parse(text)
    _one_of("searcher", [spec.searcher], available("searcher"))
    _one_of("scheduler", [spec.scheduler], available("scheduler"))
    check_strategy(spec.searcher, spec.scheduler)
    _one_of("control", spec.controls, CONTROLS)
    _one_of("precision", [spec.precision], PRECISIONS)
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", spec.device):
        raise unknown("device", spec.device, DEVICES)
    for name, holds, wanted in _RANGES:
        value = getattr(spec, name)
        if value is not None and not holds(value):
            raise AutotuneError(f"{name}={value} is out of range", f"write {wanted}")
    for name in ("objectives", "controls"):
        _distinct(name, getattr(spec, name))
    _check_task(spec)
    for plugin in spec.plugins:
        _check_plugin(plugin)


def check_name(name: str) -> None:
    """Refuse a study's name that could not stand in ``STUDY/TRIAL`` or in a file's name.

    Raises:
        AutotuneError: it could not.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise AutotuneError(
            f"study name {name!r} is not allowed", "use letters, digits, '.', '_' and '-', at most 100 of them"
        )


def _check_task(spec: StudySpec) -> None:
    task = spec.task
    if task.kind is not None:
        _one_of("task kind", [task.kind], TASK_KINDS)
    if len(task.text_columns) > 2:
        raise AutotuneError(
            f"{len(task.text_columns)} text columns are given: {', '.join(task.text_columns)}",
            "name one or two of them",
        )
    _distinct("task.text_columns", task.text_columns)
    if task.label_column is not None and task.label_column in task.text_columns:
        raise AutotuneError(f"column {task.label_column!r} is both text and label", "name another --label-column")
    if task.max_train is not None and task.max_train < 2:
        raise AutotuneError(f"task.max_train={task.max_train} is out of range", "write 2 examples or more")


def _check_plugin(name: str) -> None:
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise AutotuneError(
            f"plugin {name!r} cannot be found", "give a module that Python can import: install it, or set PYTHONPATH"
        )


def _one_of(what: str, values: Iterable[str], known: Sequence[str]) -> None:
    for value in values:
        if value not in known:
            raise unknown(what, value, known)


def _distinct(name: str, values: tuple[str, ...]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise AutotuneError(f"{name} names {value!r} twice", "name each once")
