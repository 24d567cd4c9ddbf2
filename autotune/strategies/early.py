"""What trials are compared by before they are trained in full."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from autotune.objectives import COSTS, Objective
from autotune.trial import CurvePoint

EARLY = Objective("early_loss", "minimize")
"""The mean of the loss on the selection part and of the training loss since the last point.

A metric counts right answers on a small selection part, and a model that has not found its feet yet answers alike
whatever its configuration: after a ninth of the training its rank correlation with the end was about zero, this one's
0.8 (``docs/decisions.md``). All trials see the same examples in the same order, so their training losses are paired.
"""
LOSSES = ("loss", "train_loss")


def early_loss(point: CurvePoint) -> float | None:
    """The mean of a point's losses; None where it has none."""
    found = [point.metrics[name] for name in LOSSES if name in point.metrics]
    return fmean(found) if found else None


def before_the_end(objectives: Sequence[Objective]) -> tuple[Objective, ...]:
    """The objectives with ``EARLY`` in the place of the primary metric."""
    learnt = next((o for o in objectives if o.name not in COSTS), None)
    return tuple(EARLY if o is learnt else o for o in objectives)
