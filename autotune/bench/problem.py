"""What a benchmark of searchers is: trainings whose outcome is known without training."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from autotune.errors import AutotuneError
from autotune.objectives import Objective
from autotune.space import SearchSpace
from autotune.trial import Config


@runtime_checkable
class Benchmark(Protocol):
    """Anything with these attributes can be searched by ``autotune bench --benchmark package.module:Class``.

    Further attributes are read where they exist:

    - ``lowest`` (1): the lowest fidelity that may be asked for.
    - ``resumes`` (True): whether a trial trained to one fidelity pays only the rest to reach a higher one.
    - ``known(config)``: the objectives that are known before training, by name.
    - ``pool``: the only configurations that can be evaluated.
    - ``reference``: the point, by objective, that bounds the hypervolume; found by random trainings without it.
    - ``seconds`` (False): whether costs are device seconds, so that the time a searcher thinks is charged on the same clock.
    - ``refuse(config)``: why a configuration cannot run, or None.
    """

    space: SearchSpace | str | Mapping[str, Any]
    """The space, its name or file, or its definition."""
    objectives: Sequence[Objective] | Mapping[str, str]
    """Names to ``maximize`` or ``minimize``, or ``Objective``s; the first is the primary one."""
    full: int
    """The fidelity of a full training; 1 if trainings cannot be cut."""

    def evaluate(self, config: Config, fidelity: int) -> tuple[Mapping[str, float], float]:
        """Every objective of the configuration after training to ``fidelity``, and the cost of that from the start.

        A training that fails gives empty values, with what it cost.
        """
        ...


def load(text: str) -> Benchmark:
    """The benchmark that ``package.module:Class`` names: the class is called without arguments; an object is taken.

    Raises:
        AutotuneError: it cannot be imported or is no benchmark.
    """
    module, _, name = text.partition(":")
    if not module or not name:
        raise AutotuneError(f"benchmark {text!r} is not of the form package.module:Class", "write it so")
    try:
        found = getattr(importlib.import_module(module), name)
        made = found() if isinstance(found, type) or callable(found) else found
    except Exception as error:  # a benchmark is anyone's code
        raise AutotuneError(f"benchmark {text!r} cannot be made: {error!r}", "install it, or set PYTHONPATH") from error
    missing = [a for a in ("space", "objectives", "full", "evaluate") if not hasattr(made, a)]
    if missing:
        raise AutotuneError(f"benchmark {text!r} has no {', '.join(missing)}", "see autotune.bench.Benchmark")
    return made  # type: ignore[no-any-return]
