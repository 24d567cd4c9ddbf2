"""What trainings cost: the seconds of one example differ from configuration to configuration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autotune.history import History
from autotune.pareto import Floats
from autotune.strategies.base import Setting
from autotune.strategies.mobo.basis import Basis
from autotune.strategies.mobo.gp import Inputs, Parameters, Posterior, fit, standard
from autotune.strategies.pace import paid, to_finish
from autotune.trial import Config, Trial, TrialKind

_SAME = 0.05
"""Deviation of the logarithm of the rates below which all configurations cost the same."""
_ENOUGH = 6
"""Trials that a model of the rates needs."""
_MOST = 200


class Rates:
    """Device seconds for each unit of fidelity: a trial's own, a new configuration's by a model of the others'."""

    def __init__(self, history: History, setting: Setting, basis: Basis) -> None:
        """Fit them.

        Args:
            history: of the study.
            setting: of the study.
            basis: what is the same in every decision.
        """
        self._setting, self._encoding = setting, basis.encoding
        encoding, modelled = basis.encoding, basis.modelled
        found = [
            (config, trial.device_seconds / paid(trial, setting))
            for trial in history.trials.values()
            if trial.kind is not TrialKind.REPEAT
            and trial.examples_seen > 0
            and trial.device_seconds > 0
            and (config := modelled.config(trial)) is not None
        ][-_MOST:]
        self._usual = float(np.median([rate for _, rate in found])) if found else 1.0
        self._model: Posterior | None = None
        self.parameters: Parameters | None = None
        """Of the covariance, where there is a model."""
        logs = np.log([rate for _, rate in found])
        if len(found) >= _ENOUGH and logs.std() > _SAME:
            inputs = Inputs(encoding.rows([config for config, _ in found]), np.zeros(len(found)))
            shift, width = standard(logs)
            known = basis.fitted.find("rates", history, lambda past: _parameters(past, setting, basis))
            parameters = known.get("rate") or fit(inputs, (logs - shift) / width, encoding.groups)
            self._model, self.parameters = Posterior(inputs, logs, encoding.groups, parameters), parameters

    def full(self, configs: Sequence[Config]) -> Floats:
        """Device seconds of a full training of each, (n,)."""
        if self._model is None:
            return np.full(len(configs), self._usual * self._setting.full)
        inputs = Inputs(self._encoding.rows(configs), np.zeros(len(configs)))
        return np.asarray(np.exp(self._model.mean(inputs)) * self._setting.full, dtype=np.float64)

    def to_finish(self, trial: Trial) -> float:
        """Device seconds until the trial is trained in full; from its start where training does not resume."""
        cost = to_finish(trial, self._setting) if trial.examples_seen else self._usual * self._setting.full
        return max(cost, 1e-12)


def _parameters(milestone: History, setting: Setting, basis: Basis) -> dict[str, Parameters]:
    found = Rates(basis.view.of(milestone), setting, basis).parameters
    return {} if found is None else {"rate": found}
