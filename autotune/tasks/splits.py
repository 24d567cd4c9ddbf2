"""Deterministic, stratified splits that never part exact duplicates."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict

import numpy as np

from autotune.tasks.types import Split

SELECTION_SHARE = 0.2
"""Of the training data goes to selection."""
SELECTION_CAP = 2000
"""Examples that selection holds at most: enough to tell scores one point apart."""
HELD_OUT_SHARE = 0.2
"""Of data without a validation part of their own is held out."""
_BINS = 10
"""Strata of a regression task: deciles of the score (fewer where texts are few)."""


def pick(split: Split, size: int, seed: int, salt: str, at_least: int = 1) -> tuple[list[int], list[int]]:
    """Choose about ``size`` rows, in every stratum the same share, all copies of a text together.

    A text's place depends on (seed, salt, text) alone, not on its position in a file. Where the parts cannot be exact,
    fewer rows are chosen, though ``at_least`` distinct texts of each stratum are as long as one is left over.

    Args:
        split: examples; classes are the strata, or the deciles of a score.
        size: how many to choose.
        seed: of the choice.
        salt: keeps choices for different purposes apart.
        at_least: distinct texts to choose from each stratum.

    Returns:
        The chosen rows and the others, each ascending.
    """
    groups: dict[bytes, list[int]] = defaultdict(list)
    for row, key in enumerate(split.keys()):
        groups[key].append(row)
    strata = _strata(split, len(groups))
    frequency = Counter(strata.tolist())
    members: dict[int, list[bytes]] = defaultdict(list)
    for key, rows in groups.items():
        rarest = min((int(strata[row]) for row in rows), key=lambda s: (frequency[s], s))
        members[rarest].append(key)
    sizes = {s: sum(len(groups[k]) for k in keys) for s, keys in sorted(members.items())}
    chosen: set[int] = set()
    for stratum, quota in _quotas(sizes, size).items():
        order = sorted(members[stratum], key=lambda key: _order(key, seed, salt))
        chosen.update(row for key in _fill(order, groups, quota, at_least) for row in groups[key])
    return sorted(chosen), [row for row in range(len(split)) if row not in chosen]


def selection_size(examples: int, classes: int) -> int:
    """How many of that many training examples go to selection."""
    return max(min(int(examples * SELECTION_SHARE), SELECTION_CAP), classes)


def _order(key: bytes, seed: int, salt: str) -> bytes:
    return hashlib.blake2b(key, digest_size=16, key=f"{salt}:{seed}".encode()).digest()


def _strata(split: Split, texts: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if split.labels.dtype.kind == "i":
        return split.labels.astype(np.int64)
    bins = max(1, min(_BINS, texts // 5))
    edges = np.quantile(split.labels, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, split.labels, side="right").astype(np.int64)


def _quotas(sizes: dict[int, int], size: int) -> dict[int, int]:
    """The chosen rows shared out in proportion, what rounding leaves to the largest remainders."""
    total = sum(sizes.values())
    exact = {s: size * n / total for s, n in sizes.items()}
    quotas = {s: int(share) for s, share in exact.items()}
    by_remainder = sorted(exact, key=lambda s: (quotas[s] - exact[s], s))
    for stratum in by_remainder[: max(0, size - sum(quotas.values()))]:
        quotas[stratum] += 1
    return quotas


def _fill(order: list[bytes], groups: dict[bytes, list[int]], quota: int, at_least: int) -> list[bytes]:
    """Whole groups in order while they fit the quota, then the smallest up to ``at_least``; one is always left over."""
    taken: list[bytes] = []
    rows = 0
    for key in order:
        if rows + len(groups[key]) <= quota and len(taken) < len(order) - 1:
            taken.append(key)
            rows += len(groups[key])
    wanted = min(at_least, len(order) - 1) - len(taken)
    if wanted > 0:
        had = set(taken)
        taken += sorted((k for k in order if k not in had), key=lambda k: len(groups[k]))[:wanted]
    return taken
