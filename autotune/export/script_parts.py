"""The parts of an exported ``train.py`` that are functions of autotune's own, copied as they stand."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any

from autotune.tasks import metrics

_LOSSES = {"cross_entropy": "loss", "squared_error": "loss"}
"""Functions that are every task's ``loss``."""


def copied() -> str:
    """The batches, the learning rate and the weight decay of a study."""
    from autotune.training import batches
    from autotune.training.optimizer import decays
    from autotune.training.schedule import rate_factor

    constant = f"_POOL = {batches._POOL}\n"
    return "\n\n".join([constant, *(_source(f) for f in (batches.epoch_batches, rate_factor, decays))])


def metric_functions(names: Iterable[str]) -> tuple[str, list[str], list[str]]:
    """The source of the metrics of those names.

    Returns:
        The source of the functions, the entries of a dictionary of them, and the names left out: a plugin's metrics
        may need what a script does not have.
    """
    sources: dict[str, str] = {}
    entries, left_out = [], []
    for name in names:
        function = _function(name)
        if function is None:
            left_out.append(name)
            continue
        for needed in _with_helpers(function):
            sources.setdefault(needed.__name__, _source(needed))
        entries.append(f'    "{_LOSSES.get(name, name)}": {function.__name__},')
    return "\n\n".join(sources.values()), entries, left_out


def _function(name: str) -> FunctionType | None:
    known = metrics.all_metrics()
    function = known[name].function if name in known else getattr(metrics, name, None)
    own = isinstance(function, FunctionType) and function.__module__ == metrics.__name__
    return function if own and isinstance(function, FunctionType) else None


def _with_helpers(function: FunctionType) -> Iterator[FunctionType]:
    """The functions of the same module that it calls, then itself."""
    for name in _names(function.__code__):
        found = getattr(metrics, name, None)
        if isinstance(found, FunctionType) and found.__module__ == metrics.__name__:
            yield from _with_helpers(found)
    yield function


def _names(code: CodeType) -> Iterator[str]:
    """The global names that a function uses, inside its comprehensions too."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _source(function: Callable[..., Any]) -> str:
    text = inspect.getsource(function)
    return re.sub(r"\bArray\b", "NDArray", text)
