"""Ways to tell the end of a curve from its beginning and from the finished curves of the same study.

Each answers for every row of a group: for the finished curves as if it had not seen their ends, and for the partial
ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autotune.curves.curve import Floats
from autotune.curves.group import Group
from autotune.curves.lawful import law_posterior
from autotune.curves.mixture import Posterior
from autotune.curves.net import net_posterior
from autotune.curves.robust import LEAST_SD, TAIL_SDS, TAIL_WEIGHTS, heavy, robust_spread, typical

_NEIGHBOURS = 8
_FAR, _OUT_OF_SIGHT = 3.0, 20.0
"""Where values are cut for regressions and for likeness, in units of the study's spread."""


def default_spread(t: Floats) -> float:
    """How far curves still move, in units of their range so far, where nothing else is known."""
    return 0.25 * float(np.sqrt(1 / t[-1] - 1)) if len(t) > 1 else 1.0


def around(group: Group, location: Floats, unit: Floats) -> Posterior:
    """A heavy-tailed distribution as wide as the residuals of the finished curves say, in row-wise units."""
    m = len(group.ends)
    residuals = (group.ends - location[:m]) / unit[:m]
    prior = default_spread(group.t) * float(np.median((group.ranges / unit)[:m])) * 0.5
    return heavy(location, unit * robust_spread(residuals, group.others, prior)[group.fit])


def last(group: Group) -> Posterior:
    """The last value; all curves equally uncertain."""
    return around(group, group.rows[:, -1], np.ones(len(group.rows)))


def typical_gain(group: Group) -> Posterior:
    """The last value and what the finished curves typically gained from there."""
    now = group.rows[:, -1]
    gains = group.ends - now[: len(group.ends)]
    return around(group, now + typical(gains, group.others)[group.fit], np.ones(len(now)))


def regression(group: Group, features: Floats, unit: Floats, worth: float = 1.0) -> Posterior:
    """Robust ridge regression of what is gained beyond the last value on some features.

    Values far out of the study's range (diverged ones) are drawn in to its edge first: no line goes through them.
    """
    m, now = len(group.ends), group.rows[:, -1]
    x = np.concatenate((np.clip(features, -_FAR, _FAR), np.ones((len(features), 1))), axis=1)
    gained = np.clip(group.ends - now[:m], -_FAR, _FAR)
    penalty = worth * np.diag([*np.maximum(x[:m, :-1].var(axis=0), 1e-4), 0.3])
    trust = (np.median(unit[:m]) / unit[:m]) ** 2
    weights = group.others * trust
    for _ in range(4):
        gram = (weights @ (x[:m, :, None] * x[:m, None]).reshape(m, -1)).reshape(m + 1, *penalty.shape) + penalty
        found = np.linalg.solve(gram, (weights @ (x[:m] * gained[:, None]))[:, :, None])[:, :, 0]
        left = (gained - found @ x[:m].T) / unit[:m]
        scale = 1.5 * np.median(np.abs(left), axis=1)[:, None] + 1e-4
        weights = group.others * trust * 4 / (3 + (left / scale) ** 2)
    low, high = gained.min(), gained.max()
    return around(group, now + np.clip((x * found[group.fit]).sum(axis=1), low, high), unit)


def neighbours(group: Group, *, in_shape: bool = False) -> Posterior:
    """What the finished curves that began most alike gained from there; the latest points count most.

    Args:
        group: with at least two finished curves.
        in_shape: likeness is that of values less the last one and divided by the range.
    """
    m, now = len(group.ends), group.rows[:, -1]
    unit = group.ranges if in_shape else np.ones(len(now))
    seen = (group.rows - now[:, None]) / unit[:, None] if in_shape else group.rows
    weight = np.exp(-np.arange(len(group.t))[::-1] / 3)
    seen = np.clip(seen, -_OUT_OF_SIGHT, _OUT_OF_SIGHT) * np.sqrt(weight / weight.sum())
    square = (seen**2).sum(axis=1)
    apart = np.sqrt(np.maximum(square[:, None] + square[:m] - 2 * seen @ seen[:m].T, 0.0))
    apart = np.where(group.others[group.fit] > 0, apart, np.inf)
    count = min(_NEIGHBOURS, m - 1)
    nearest = np.argpartition(apart, count - 1, axis=1)[:, :count]
    distance = np.take_along_axis(apart, nearest, axis=1)
    width = np.median(distance, axis=1)[:, None] + 1e-3
    weights = np.exp(-0.5 * (distance / width) ** 2) + 1e-6
    weights /= weights.sum(axis=1, keepdims=True)
    gains = ((group.ends - now[:m]) / unit[:m])[nearest]
    mean = (weights * gains).sum(axis=1)[:, None]
    spread = np.sqrt((weights * (gains - mean) ** 2).sum(axis=1))[:, None]
    sds = np.maximum((0.5 * spread + 0.3 * width) * unit[:, None], LEAST_SD)
    seen_gains = group.ends - now[:m]
    moved = np.clip(gains * unit[:, None], seen_gains.min(), seen_gains.max())
    return Posterior(weights, now[:, None] + moved, np.tile(sds, (1, count)))


def sharpened(posterior: Posterior, factor: float) -> Posterior:
    """The same mixture of narrower or wider parts."""
    return Posterior(posterior.weights, posterior.means, np.maximum(factor * posterior.sds, LEAST_SD))


def shaped(group: Group, model: Callable[[Floats, Floats], Posterior]) -> Posterior:
    """What the laws or the network say of the curves' shapes, whatever else the study holds."""
    now, ranges = group.rows[:, -1], group.ranges
    relative = (group.rows - now[:, None]) / ranges[:, None]
    found = model(group.t, relative)
    still = np.ptp(relative, axis=1) < 1e-9  # a constant has no shape
    parts = len(TAIL_SDS)
    found.weights[still], found.means[still] = 0.0, 0.0
    for i in np.flatnonzero(still):
        found.weights[i, :parts], found.sds[i, :parts] = TAIL_WEIGHTS, default_spread(group.t) * TAIL_SDS
    found = found.scaled(now, ranges)
    return Posterior(found.weights, found.means, np.maximum(found.sds, LEAST_SD if len(group.ends) else 0))


def experts(group: Group) -> dict[str, Posterior]:
    """All of them, for the rows of a group with at least three finished curves."""
    now = group.rows[:, -1]
    middle = group.rows[:, (len(group.t) - 1) // 2]
    found = {
        "last": last(group),
        "typical gain": typical_gain(group),
        "regression": regression(
            group, np.stack((now, now - middle, now - group.rows[:, 0]), axis=1), np.ones(len(now))
        ),
        "neighbours": neighbours(group),
    }
    if len(group.t) > 1:
        laws, net = shaped(group, law_posterior), shaped(group, net_posterior)
        expected = [now, *(np.clip(part.mean - now, -_FAR, _FAR) for part in (laws, net))]
        found |= {
            "regression on shape": regression(group, np.stack(expected, axis=1), np.sqrt(laws.sd + 1e-4)),
            "neighbours in shape": neighbours(group, in_shape=True),
            "laws": laws,
            "net": net,
            "net narrow": sharpened(net, 0.5),
            "net wide": sharpened(net, 2.0),
        }
    return found


def experts_alone(group: Group) -> dict[str, Posterior]:
    """Those that need no finished curve."""
    now = group.rows[:, -1]
    spread = default_spread(group.t) * group.ranges
    found = {"last": heavy(now, spread), "last wide": heavy(now, 4 * spread)}
    if len(group.t) > 1:
        found["last narrow"] = heavy(now, 0.3 * spread)
        found |= {"laws": shaped(group, law_posterior), "net": shaped(group, net_posterior)}
    return found


def known(ends: Floats) -> Posterior:
    """Ends that have been seen; the same training would end a little elsewhere another time."""
    return Posterior(np.ones((len(ends), 1)), ends[:, None], np.full((len(ends), 1), LEAST_SD))
