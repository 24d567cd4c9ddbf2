"""The models of a study at one moment, and what they expect of full trainings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autotune.history import History
from autotune.objectives import Objective
from autotune.pareto import Floats, front_mask, hypervolume
from autotune.standing import feasible
from autotune.strategies.base import Setting
from autotune.strategies.mobo.acquisition import Boxes, cells, normal_draws, within
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.bounds import Bound, Bounds, read_bounds
from autotune.strategies.mobo.gp import Base, Parameters
from autotune.strategies.mobo.observed import Observed, observe
from autotune.strategies.mobo.output import Output
from autotune.strategies.mobo.proposing import leaders
from autotune.strategies.rungs import minimized, value_row
from autotune.trial import Config, Trial, TrialState

DRAWS = 64
"""Draws of the front and of the candidates, in which a gain is averaged."""
_ENDS, _MARGIN = 6, 1.0
"""Full trainings that it takes to doubt the early losses, and by how much (log density) these must be worse."""
_ENOUGH = 10
"""Random configurations that hold all bounds: the others do not count then."""
_FRONTS = 4
"""That are kept: a decision asks for four."""


class Surrogate:
    """Gaussian processes for the learnt objectives, the known ones exact. A function of the history alone."""

    def __init__(self, history: History, setting: Setting, basis: Basis) -> None:
        """Fit a model for each learnt objective.

        Args:
            history: of the study.
            setting: of the study.
            basis: what is the same in every decision.

        Raises:
            ValueError: nothing has been observed yet.
            LinAlgError: a covariance cannot be factorised.
        """
        self._setting = setting
        self._modelled = basis.modelled
        learnt = [o for o in setting.objectives if not o.known_before_training]
        told = partial(observe, history, setting, basis.encoding, learnt, basis.modelled)
        self.observed: Observed = told()
        if not len(self.observed.owner):
            raise ValueError("no trial has given a number yet")
        self.configs = self.completed([history.trials[n] for n in self.observed.trials])
        """Of the trials that the models learnt from."""
        plain = told(losses=False) if setting.losses else self.observed
        known = basis.fitted.find("objectives", history, lambda past: _parameters(past, setting, basis))
        self.models = {o: self._model(j, o, plain, basis, known) for j, o in enumerate(learnt)}
        bounds = read_bounds(setting.learnt_bounds, setting.objectives)
        self._drawn = {**self.models, **self._bounding(bounds, history, basis, known)}
        """Models of all that a gain depends on: the learnt objectives, and what else is bounded."""
        self._bounds = Bounds(bounds, self._drawn)
        trials = history.trials.values()
        self._remembered: dict[int, tuple[Config, Floats]] = {}
        """Expected objectives by the identity of the configuration, which is held for that."""
        self._outside = self._ends(t for t in trials if not self.holds(t))
        """What rivals outside the space have scored, such as the head alone."""
        usual = self.means(basis.usual)
        if self._bounds and (held := self._bounds.excess(basis.usual) == 0).sum() >= _ENOUGH:
            usual = usual[held]
        self.reference = _reference(np.vstack((self.means(self.configs), self._outside)), usual)
        self.volume = hypervolume(self._ends(trials), self.reference)
        """The hypervolume of the complete trials."""
        self._bases: dict[tuple[int, ...], dict[Objective, Base]] = {}
        """By trials: the joint of their ends."""
        self._boxes: dict[tuple[int, ...], list[Boxes]] = {}
        """By draws and trials: what the fronts that were drawn leave open; many candidates are held against them."""

    def _model(
        self, column: int, objective: Objective, plain: Observed, basis: Basis, known: Mapping[str, Parameters]
    ) -> Output:
        """Of the early losses, or of the metric itself where that foretells the ends that are known better."""

        def of(observed: Observed, name: str) -> Output:
            hunches = basis.hunches.get(objective.name)
            return Output(name, observed, column, self.configs, basis.encoding, hunches, known.get(name))

        itself = f"{objective.name} itself"
        if itself in known:
            return of(plain, itself)
        found = of(self.observed, objective.name)
        same = np.array_equal(plain.values[:, column], self.observed.values[:, column])
        if same or known or len(found.ends) < _ENDS:
            return found
        other = of(plain, itself)
        return other if other.foresight() > found.foresight() + _MARGIN else found

    def _bounding(
        self, bounds: Sequence[Bound], history: History, basis: Basis, known: Mapping[str, Parameters]
    ) -> dict[Objective, Output]:
        """Models of what is bounded and no objective, as far as trials have told it."""
        found = {}
        for quantity in dict.fromkeys(b.quantity for b in bounds if b.quantity not in self.models):
            observed = observe(history, self._setting, basis.encoding, [quantity], basis.modelled, losses=False)
            configs = self.completed([history.trials[n] for n in observed.trials])
            name = f"{quantity.name} bounded"
            if len(observed.owner):
                found[quantity] = Output(name, observed, 0, configs, basis.encoding, None, known.get(name))
        return found

    def gains(self, there: Sequence[Trial], configs: Sequence[Config], seed: int, draws: int = DRAWS) -> Floats:
        """The expected gain in hypervolume of training each configuration in full.

        The noisy expected hypervolume improvement (Daulton et al. 2021): the front is drawn from the posterior along
        with the candidates, so noise is nobody's merit and running trials count as what they may become. What may
        break a bound gains as much less.

        Args:
            there: trials that the front is made of, at the end of their training.
            configs: candidates; those of paused trials are predicted with what their curves say.
            seed: of the draws.
            draws: their number.

        Returns:
            (n,).
        """
        inside, numbers = self.completed(there), tuple(trial.number for trial in there)
        if numbers not in self._bases:
            _forget(self._bases)
            self._bases[numbers] = {o: model.base(inside) for o, model in self._drawn.items()}
        step = len(inside) + 1
        normals = normal_draws(draws, max(1, len(self._drawn) * step), seed)
        front: dict[Objective, Floats] = {}
        new: dict[Objective, Floats] = {}
        for k, (quantity, model) in enumerate(self._drawn.items()):
            part = normals[:, k * step : (k + 1) * step]
            front[quantity], new[quantity] = model.draw(self._bases[numbers][quantity], configs, part)
        drawn = (seed, draws, *numbers)
        if drawn not in self._boxes:
            _forget(self._boxes)
            self._boxes[drawn] = self._cells(front, inside, draws)
        gained = within(self._boxes[drawn], self._joined(new, configs, draws))
        if self._bounds:
            gained *= self._bounds.chances(new, gained.shape)
        found: Floats = gained.mean(axis=0)
        if not np.isfinite(found).all():
            raise ValueError("a gain is no number")
        return found

    def _cells(self, front: Mapping[Objective, Floats], configs: Sequence[Config], draws: int) -> list[Boxes]:
        """What the drawn front leaves open; those of it that break a bound say nothing."""
        points = self._joined(front, configs, draws)
        if self._bounds:
            points[~self._bounds.mask(front, points.shape[:2])] = np.inf
        outside = np.broadcast_to(self._outside, (draws, *self._outside.shape))
        return cells(np.concatenate((points, outside), axis=1), self.reference)

    def _joined(self, drawn: Mapping[Objective, Floats], configs: Sequence[Config], draws: int) -> Floats:
        """All objectives, (draws, n, m): drawn ones, and those that are known."""
        found = np.empty((draws, len(configs), len(self._setting.objectives)))
        for k, objective in enumerate(self._setting.objectives):
            found[:, :, k] = drawn[objective] if objective in drawn else self._known(objective, configs)
        return found

    def in_words(self, gain: float) -> str:
        """A gain for the decision log."""
        if self.volume <= 0:
            return f"a hypervolume of {gain:.3g}"
        return f"{100 * gain / self.volume:.2g} % more hypervolume"

    def holds(self, trial: Trial) -> bool:
        """Whether the trial's configuration is one of the space."""
        return self._modelled.config(trial) is not None

    def completed(self, trials: Sequence[Trial]) -> list[Config]:
        """The configurations of trials of the space, what they leave out filled with defaults."""
        return [config for t in trials if (config := self._modelled.config(t)) is not None]

    def remember(self, configs: Sequence[Config]) -> None:
        """Work out now what ``means`` will be asked for again and again."""
        rows = self._means(configs)
        self._remembered = {id(config): (config, row) for config, row in zip(configs, rows, strict=True)}

    def leaders(self) -> list[Config]:
        """Observed configurations whose expected objectives are best, first those that ought to hold all bounds."""
        return leaders(self.configs, self.means(self.configs), self._bounds.excess(self.configs))

    def means(self, configs: Sequence[Config]) -> Floats:
        """Expected objectives of full trainings, minimised, (n, m)."""
        known = [self._remembered.get(id(config)) for config in configs]
        rest = iter(self._means([config for config, at in zip(configs, known, strict=True) if at is None]))
        rows = [next(rest) if at is None else at[1] for at in known]
        return np.array(rows).reshape(len(rows), len(self._setting.objectives))

    def _means(self, configs: Sequence[Config]) -> Floats:
        columns = [
            self.models[o].mean(configs) if o in self.models else self._known(o, configs)
            for o in self._setting.objectives
        ]
        return np.column_stack(columns)

    def _ends(self, trials: Iterable[Trial]) -> Floats:
        """What those of the trials that are complete and break no bound scored, minimised, (n, m)."""
        objectives = self._setting.objectives
        rows = [value_row(t, t.curve[-1], objectives) for t in trials if _ended(t, self._setting)]
        found = np.array(rows, dtype=np.float64).reshape(len(rows), len(objectives))
        return found[np.isfinite(found).all(axis=1)]

    def _known(self, objective: Objective, configs: Sequence[Config]) -> Floats:
        return np.array([minimized(objective, self._setting.costs(c)[objective.name]) for c in configs])


def _ended(trial: Trial, setting: Setting) -> bool:
    return trial.state is TrialState.COMPLETE and bool(trial.curve) and feasible(trial, setting.constraints)


def _forget(kept: dict[Any, Any]) -> None:
    """Models that serve many decisions would keep the fronts of all of them."""
    if len(kept) >= _FRONTS:
        kept.clear()


def _parameters(milestone: History, setting: Setting, basis: Basis) -> dict[str, Parameters]:
    models = Surrogate(basis.view.of(milestone), setting, basis)._drawn
    return {model.name: model.parameters for model in models.values()}


def _reference(observed: Floats, usual: Floats) -> Floats:
    """The corner that bounds the hypervolume: what nine of ten random trials are better than, beyond the front's ends.

    Never what nine of ten *observed* trials are better than: those gather where the search looks, the bound would
    follow them, and what lies beyond it would never be looked at again.
    """
    front = observed[front_mask(observed)]
    nadir, ideal = front.max(axis=0), front.min(axis=0)
    beyond = nadir + 0.1 * np.where(nadir > ideal, nadir - ideal, 1.0)
    reference: Floats = np.maximum(np.quantile(usual, 0.9, axis=0), beyond) if len(usual) else beyond
    return reference
