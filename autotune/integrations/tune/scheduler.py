"""Ray Tune's ``TrialScheduler``, on our engine: trials pause at rungs, and those that promise most go on.

Tune has a place for all of it but one: it knows no free slots, it starts whatever waits when there is room. So this
scheduler reckons how many trials the cluster holds, and the engine is asked for that many and no more.
"""

from __future__ import annotations

import logging
import math
import time
from typing import Any

import ray
from ray.tune.experiment import Trial
from ray.tune.schedulers import TrialScheduler

from autotune.integrations.tune.book import Verdict
from autotune.integrations.tune.search import Search
from autotune.trial import TrialState

logger = logging.getLogger(__name__)
LOOK_SECONDS = 5.0
"""How often the cluster is looked at: nodes come and go."""


class Scheduler(TrialScheduler):  # type: ignore[misc]
    """Pauses, thaws and stops the trials of a ``Search``, by all its objectives at once.

    A paused trial is taken up from its last checkpoint, so trainables report one with every result.
    """

    _supports_buffered_results = False  # what follows a rung within a buffer would be trained for nothing

    def __init__(self, search: Search) -> None:
        """Go with a search.

        Args:
            search: of the same ``TuneConfig``.
        """
        super().__init__()
        self._search = search
        search.scheduled = True
        self._trials: dict[str, Trial] = {}
        self._looked = -math.inf
        self._warned = False

    def set_search_properties(self, metric: str | None, mode: str | None, **spec: Any) -> bool:
        """Begin the search: its own is not called where Tune has no ``param_space``."""
        self._search.begin(metric, mode, spec)
        return True

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:  # noqa: ARG002
        """A new trial, or after ``Tuner.restore`` an old one: all that have not ended come as pending."""
        book = self._search.book
        self._trials[trial.trial_id] = trial
        if trial.status != Trial.PENDING:
            return
        if trial.trial_id not in book.numbers:
            logger.warning("trial %s is not one of the search's; it is left out", trial.trial_id)
            trial.set_status(Trial.TERMINATED)
        elif not book.runs(trial.trial_id):
            state = book.optimizer.history.trials[book.numbers[trial.trial_id]].state
            if state is TrialState.PAUSED:
                trial.set_status(Trial.PAUSED)
            elif state is TrialState.FAILED:
                book.again(trial.trial_id)
            else:
                trial.set_status(Trial.TERMINATED)

    def on_trial_error(self, tune_controller: Any, trial: Trial) -> None:
        """Nothing: either Tune tries again, or the search is told."""

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:  # noqa: ARG002
        """Go on to the next rung, pause there, or end."""
        verdict = self._search.book.report(trial.trial_id, result)
        action: str = {Verdict.GO_ON: self.CONTINUE, Verdict.PAUSE: self.PAUSE, Verdict.STOP: self.STOP}[verdict]
        return action

    def on_trial_complete(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> None:
        """Nothing: the search is told, too."""

    def on_trial_remove(self, tune_controller: Any, trial: Trial) -> None:
        """Nothing: the search is told, too."""

    def choose_trial_to_run(self, tune_controller: Any) -> Trial | None:
        """A paused trial that shall go on. New ones Tune starts by itself."""
        book = self._search.book
        if self._search.restored:
            self._search.restored = False
            self._settle()
        self._look_for_room()
        book.plan()
        for trial in list(self._trials.values()):
            if trial.status in (Trial.TERMINATED, Trial.ERROR):
                del self._trials[trial.trial_id]
            elif trial.status == Trial.PAUSED and book.given_up(trial.trial_id):
                tune_controller.stop_trial(trial)
        for name in book.thaws():
            trial = self._trials.get(name)
            if trial is None or (trial.status in (Trial.PENDING, Trial.RUNNING) and not trial.is_saving):
                book.thawed(name)
            elif trial.status == Trial.PAUSED:
                self._warn_of_no_checkpoint(trial)
                return trial
        return None

    def debug_string(self) -> str:
        """For Tune's progress table."""
        history = self._search.book.optimizer.history
        counts = {state.value: 0 for state in TrialState}
        for trial in history.trials.values():
            counts[trial.state.value] += 1
        said = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        return f"autotune: {said or 'no trial yet'}; {history.device_seconds:,.0f} s of training"

    def save(self, checkpoint_path: str) -> None:
        """Nothing to write: all that decides is in the search's state."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing to read."""

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_trials": {}, "_looked": -math.inf}

    def _settle(self) -> None:
        """A kill may fall between Tune's two files, its trials' and ours."""
        book = self._search.book
        for trial in self._trials.values():
            if trial.is_finished() and trial.trial_id in book.numbers:
                book.close(trial.trial_id, trial.last_result, "it failed" if trial.status == Trial.ERROR else "")
        book.settle(self._trials)

    def _look_for_room(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS or not self._trials:
            return
        self._looked = now
        need = next(iter(self._trials.values())).placement_group_factory.required_resources
        there = ray.cluster_resources()
        room = [there.get(name, 0.0) // amount for name, amount in need.items() if amount > 0]
        self._search.book.slots = min([self._search.limit, *(max(1.0, r) for r in room)])

    def _warn_of_no_checkpoint(self, trial: Trial) -> None:
        if self._warned or trial.latest_checkpoint_result or not self._search.book.optimizer.setting.resumes:
            return
        self._warned = True
        logger.warning(
            "trial %s was paused and has no checkpoint: it begins anew. Report one with every result, "
            "or say Search(..., resumes=False), which reckons with that",
            trial.trial_id,
        )
