"""What a benchmark of searchers is: trainings whose outcome is known without training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from autotune.objectives import Objective
from autotune.space import SearchSpace
from autotune.trial import Config

Values = Mapping[str, float]


@runtime_checkable
class Benchmark(Protocol):
    """Anything with these attributes can be searched by ``autotune bench --benchmark package.module:Class``.

    Further attributes are read where they exist:

    - ``lowest`` (1): the lowest fidelity that may be asked for.
    - ``resumes`` (True): whether a trial trained to one fidelity pays only the rest to reach a higher one.
    - ``known(config)``: the objectives that are known before training, by name, exact.
    - ``refuse(config)``: why a configuration cannot run, or None.
    - ``pool``: the only configurations that can be evaluated, where they are that few.
    - ``layers``: the number of the model's layers, where the space speaks of layers without it.
    - ``cost(config, start, end)``: of the piece of training from one fidelity to a later one, where that is not the
      difference of what ``evaluate`` says (a thawed trial has to be loaded again).
    - ``curve(config, start, end)``: values at fidelities between the two, by fidelity, that are seen at no cost.
    - ``seconds`` (False): whether costs are device seconds, so that the time a searcher thinks is charged as well.
    - ``losses`` (False): whether values hold ``loss`` and ``train_loss``, by which a study ranks trials early.
    - ``reference``: the worst value of each objective that still counts, by name; ``sample``: the values of random
      full trainings; ``front``: those of the best known front. ``autotune.bench.score`` says what is done without.
    - ``about``: a sentence printed above the results.
    """

    @property
    def space(self) -> SearchSpace | str | Mapping[str, Any]:
        """The space, its name or file, or its definition."""
        ...

    @property
    def objectives(self) -> Sequence[Objective] | Mapping[str, str]:
        """Names to ``maximize`` or ``minimize``, or ``Objective``s; the first is the primary one."""
        ...

    @property
    def full(self) -> int:
        """The fidelity of a full training, a whole number of anything; 1 if trainings cannot be cut."""
        ...

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """Every learnt objective of the configuration after training to ``fidelity``, and the cost from the start.

        A training that fails gives empty values, with what it cost.
        """
        ...
