"""The rungs of a study: at which fidelities trials are compared."""

from __future__ import annotations


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
