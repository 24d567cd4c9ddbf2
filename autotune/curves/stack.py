"""The experts' opinions, mixed by how well each foretold the finished curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from autotune.curves import experts as way
from autotune.curves.curve import Curve, Floats
from autotune.curves.group import Group, groups
from autotune.curves.mixture import Posterior, joined, mixed

ENOUGH = 3
"""Finished curves from which on the experts learn from them."""
_WORTH = 4.0
"""Finished curves that the prior shares are worth."""
ALONE = {"last": 0.1, "last narrow": 0.06, "last wide": 0.05, "laws": 0.19, "net": 0.6}
"""How much each expert is believed without finished curves."""
TOGETHER = {
    "last": 0.04,
    "typical gain": 0.06,
    "regression": 0.10,
    "regression on shape": 0.10,
    "neighbours": 0.35,
    "neighbours in shape": 0.12,
    "laws": 0.03,
    "net": 0.12,
    "net narrow": 0.05,
    "net wide": 0.03,
}
"""How much each is believed before it is known how well it did on the finished curves."""


def extrapolate(curves: Sequence[Curve], finished: Sequence[Curve] = ()) -> Posterior:
    """What is to be expected of the values at the end of a full training.

    Whatever is said of one curve does not depend on the others asked for, but on the finished ones alone. Rescaled
    values give a rescaled posterior, with one exception: where a single value or a constant is all there is, nothing
    but its size tells the scale.

    Args:
        curves: partial ones. One that has reached the end is taken at its word, one without a usable point gets NaN.
        finished: curves of the same metric in the same study that have reached the end; others among them are left out.

    Returns:
        A posterior of as many rows as curves.
    """
    return _answer(curves, finished, _stacked)


def last_value(curves: Sequence[Curve], finished: Sequence[Curve] = ()) -> Posterior:
    """What any model has to beat: the last value, as uncertain as the finished curves say."""
    return only("last", curves, finished)


def only(name: str, curves: Sequence[Curve], finished: Sequence[Curve] = ()) -> Posterior:
    """What one expert says; the last value where it has nothing to say."""

    def method(group: Group) -> Posterior:
        found = _opinions(group)
        return found.get(name, found["last"])

    return _answer(curves, finished, method)


def left_out(group: Group) -> tuple[Posterior, Posterior]:
    """Posteriors of the group's finished curves, each as if its end were not known: the mixture's and the last value's.

    Only the scale of the study is taken from all curves.
    """
    found = _opinions(group)
    m = len(group.ends)
    seen = [part.rows(np.arange(m)) for part in found.values()]
    shares = _shares(seen, group.ends, _prior(TOGETHER, found), 1 - np.eye(m))
    return mixed(seen, shares), found["last"].rows(np.arange(m))


def _answer(curves: Sequence[Curve], finished: Sequence[Curve], method: Callable[[Group], Posterior]) -> Posterior:
    places = [place for place, curve in enumerate(curves) if not len(curve)]
    unknown = np.full((len(places), 1), np.nan)
    parts = [Posterior(unknown, unknown, unknown)]
    for where, group in groups(curves, finished):
        rows = np.arange(len(group.ends), len(group.ends) + len(group.values))
        known = group.t[-1] >= 1 - 1e-9
        parts.append(group.in_units(way.known(group.values[:, -1]) if known else method(group).rows(rows)))
        places += where
    return joined(parts).rows(np.argsort(places, kind="stable"))


def _opinions(group: Group) -> dict[str, Posterior]:
    return way.experts_alone(group) if len(group.ends) < ENOUGH else way.experts(group)


def _stacked(group: Group) -> Posterior:
    found, m = _opinions(group), len(group.ends)
    parts = list(found.values())
    if m < ENOUGH:
        share = _prior(ALONE, found)[None]
    else:
        seen = [part.rows(np.arange(m)) for part in parts]
        share = _shares(seen, group.ends, _prior(TOGETHER, found), np.ones((1, m)))
    return mixed(parts, np.tile(share, (len(parts[0]), 1)))


def _prior(of: Mapping[str, float], found: Mapping[str, Posterior]) -> Floats:
    weights = np.array([of[name] for name in found])
    return np.asarray(weights / weights.sum())


def _shares(seen: Sequence[Posterior], ends: Floats, prior: Floats, counted: Floats) -> Floats:
    """How much of the mixture each expert is, by expectation maximisation under a Dirichlet prior.

    Args:
        seen: what each said of the m finished curves without having seen their ends.
        ends: shape (m,).
        prior: shape (experts,), adding up to one.
        counted: which of the m count in which of r fits, shape (r, m).
    """
    logs = np.stack([part.log_density(ends) for part in seen], axis=1)
    likelihood = np.exp(logs - logs.max(axis=1, keepdims=True))
    found = np.tile(prior, (len(counted), 1))
    total = counted.sum(axis=1, keepdims=True) + _WORTH
    for _ in range(30):
        found = (found * ((counted / (found @ likelihood.T)) @ likelihood) + _WORTH * prior) / total
    return found
