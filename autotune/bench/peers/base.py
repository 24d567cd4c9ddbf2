"""What peers have in common: what a training cost, and its curve, is nothing to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from autotune.bench.problem import Values
from autotune.optimizer import Asked


class Peer(ABC):
    """Asks and is told as ``autotune.Optimizer`` does."""

    @abstractmethod
    def ask(self) -> Asked | None:
        """What to train next; None where there is nothing for now."""

    @abstractmethod
    def told(self, asked: Asked, values: Values | None) -> None:
        """What came of it; None where the training failed or will never end."""

    def tell(
        self,
        asked: Asked,
        values: Values | None,
        cost: float = 0.0,  # noqa: ARG002
        *,
        curve: Mapping[int, Values] | None = None,  # noqa: ARG002
        error: str = "",  # noqa: ARG002
    ) -> None:
        """Pass on what a peer makes use of."""
        self.told(asked, values)

    def lost(self, asked: Asked, cost: float = 0.0) -> None:  # noqa: ARG002
        """It will never be told."""
        self.told(asked, None)
