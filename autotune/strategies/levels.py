"""The rungs of a study: at which fidelities trials are compared."""

from __future__ import annotations

_MOST_STEPS = 3
"""Rungs below a full training: what a smaller share of it tells is hardly worth a trial (``docs/decisions.md``)."""


def worth_a_rung(full: int, eta: int, lowest: int) -> int:
    """The lowest fidelity at which trials are compared where nobody asked for another, at least ``lowest``."""
    share: int = eta**_MOST_STEPS
    return max(lowest, round(full / share))


def levels(full: int, eta: int, min_resource: int) -> tuple[int, ...]:
    """The fidelities full, full/eta, full/eta², ..., rounded, that are at least ``min_resource``; ascending.

    Args:
        full: examples of a full training.
        eta: how many times less a rung gets than the next one, at least 2.
        min_resource: examples of the lowest rung, at least 1.

    Raises:
        ValueError: a number is out of its range.
    """
    if full < 1 or eta < 2 or min_resource < 1:
        raise ValueError(
            f"levels(full={full}, eta={eta}, min_resource={min_resource}): needs full, min_resource >= 1, eta >= 2"
        )
    found = [full]
    while min_resource <= (lower := round(full / eta ** len(found))) < found[-1]:
        found.append(lower)
    return tuple(reversed(found))
