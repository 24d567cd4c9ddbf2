"""The pictures of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autotune.objectives import COSTS
from autotune.pictures import curves, front, spending
from autotune.report.blocks import Picture
from autotune.report.gathered import Gathered

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def front_picture(found: Gathered) -> Picture:
    """The first objective over the second."""
    view = found.results
    across = next(iter(view.objectives[1:]), COSTS["trainable_params"])

    def draw() -> Figure:
        return front.draw(view, across, view.primary, found.row.name)

    return Picture(draw, "Every configuration trained in full; bars are the deviation over seeds.")


def curves_picture(found: Gathered) -> Picture:
    """Every trial's primary metric as it was trained."""
    view = found.results

    def draw() -> Figure:
        return curves.draw(found.history, view)

    return Picture(draw, "Scores on the selection part while training; grey ends early where a trial was not taken on.")


def spending_picture(found: Gathered) -> Picture:
    """The best score over device time."""
    view = found.results

    def draw() -> Figure:
        from autotune.insight import bounds, progress
        from autotune.objectives import Constraint

        constraints = [Constraint.parse(text) for text in found.spec.constraints]
        box = bounds([found.history], view.objectives, constraints)
        events = [event for _, event in found.events]
        assert box is not None  # there is an entry
        return spending.draw(progress(found.history, events, view.objectives, box, constraints), found.history, view)

    return Picture(draw, "Each full training when it ended, and the best of the search so far; controls are lines.")
