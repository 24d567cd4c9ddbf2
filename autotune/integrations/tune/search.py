"""Ray Tune's ``Searcher``, on our engine."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ray.tune.search import Searcher
from ray.tune.search.variant_generator import _has_unresolved_values  # what Tune refuses a param_space by

from autotune.errors import AutotuneError
from autotune.integrations.tune.book import Book
from autotune.objectives import Objective
from autotune.optimizer import Optimizer
from autotune.space import SearchSpace
from autotune.trial import config_to_json

STATE = "autotune-search-{}.json"
"""Where the state lies in the folder of an experiment."""
FORMAT = 1


class Search(Searcher):  # type: ignore[misc]
    """Proposes the configurations of a ``Tuner``; with ``Scheduler``, decides how far each is trained as well.

    ::

        search = Search("space.yaml", {"accuracy": "maximize", "params": "minimize"}, full=27, budget=3600)
        tune_config = TuneConfig(search_alg=search, scheduler=Scheduler(search), num_samples=-1)

    A configuration is a plain dictionary of the active parameters; a layer subset is a list of layer numbers.
    """

    CKPT_FILE_TMPL = STATE

    def __init__(
        self,
        space: SearchSpace | str | Path | Mapping[str, Any],
        objectives: Sequence[Objective] | Mapping[str, str],
        *,
        full: int,
        time: str = "training_iteration",
        strategy: str = "auto",
        budget: float | None = None,
        **engine: Any,
    ) -> None:
        """Prepare.

        Args:
            space: a search space, its name or file, or its definition.
            objectives: names to ``maximize`` or ``minimize``, or ``Objective``s; every result of a trial has to hold
                those that are not known before training. The first is the primary one.
            full: the fidelity of a full training, in whole units of ``time``.
            time: the key of results that says how far a training has come.
            strategy: as for ``autotune.Optimizer``. ``auto`` takes asynchronous halving by fronts where no budget says
                when to end; without ``Scheduler`` every trial is trained in full.
            budget: seconds of training, all trials together; planned with, and the end when no training fits any more.
            **engine: what else ``autotune.Optimizer`` takes: ``known``, ``refuse``, ``constraints``, ``seed``,
                ``lowest``, ``eta``, ``resumes`` (False where trials save no checkpoints), ``warm_start`` ...

        Raises:
            AutotuneError: an argument makes no sense.
        """
        super().__init__()
        self._arguments = {"space": space, "objectives": objectives, "full": full, "budget": budget, **engine}
        self._time, self._strategy, self._budget = time, strategy, budget
        self._limit: int | None = None
        self.scheduled = False
        """A ``Scheduler`` goes with it."""
        self.restored = False
        """The state was read, and Tune's trials are not yet held against it."""
        self._taken_up = False
        self._book: Book | None = self._begin(None)

    @property
    def book(self) -> Book:
        """The trials of the run."""
        assert self._book is not None, "set_search_properties comes first"
        return self._book

    @property
    def limit(self) -> float:
        """The trials that a person lets run at once."""
        return math.inf if self._limit is None else self._limit

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        """Begin a run; Tune calls this only where it was given a ``param_space``, which is for constants."""
        self.begin(metric, mode, spec)
        return not _has_unresolved_values(config)

    def begin(self, metric: str | None, mode: str | None, spec: Mapping[str, Any]) -> None:
        """Begin a run.

        Args:
            metric: of ``TuneConfig``.
            mode: of ``TuneConfig``.
            spec: what Tune tells of the experiment.

        Raises:
            AutotuneError: the metric is no objective, or nothing ends the search.
        """
        if self._taken_up:  # Tune does not say again what it said at first; `restore` knows
            self._book = self._begin(None)
            return
        samples = spec.get("num_samples", sys.maxsize)
        if samples == 1:
            raise AutotuneError("num_samples=1 is no search", "TuneConfig(num_samples=-1) with a budget, or more")
        endless = samples >= sys.maxsize
        if endless and self._budget is None and spec.get("time_budget_s") is None:
            raise AutotuneError("nothing ends this search", "Search(..., budget=SECONDS), or TuneConfig(num_samples=N)")
        self._book = self._begin(None if endless else int(samples))
        wanted = {o.name: o.direction for o in self.book.optimizer.objectives}
        if metric is not None and (metric not in wanted or mode not in (None, wanted[metric][:3])):
            raise AutotuneError(
                f"TuneConfig(metric={metric!r}, mode={mode!r}) is no objective of this search: {wanted}",
                "leave metric and mode out: Search(objectives) has them",
            )

    def set_max_concurrency(self, max_concurrent: int) -> bool:
        """``TuneConfig(max_concurrent_trials)``: paused trials do not count."""
        self._limit = max_concurrent
        return True

    def suggest(self, trial_id: str) -> Any:
        """The configuration of a new trial; None while none is wanted.

        Raises:
            AutotuneError: the strategy pauses trials, and nobody would.
        """
        book = self.book
        if not self.scheduled:
            if self._strategy != "auto" and not self._strategy.endswith("+fifo"):
                raise AutotuneError(
                    f"strategy {self._strategy!r} pauses trials, which takes a scheduler",
                    "TuneConfig(scheduler=Scheduler(search)), or a strategy such as mobo+fifo",
                )
            book.slots = self.limit
        book.plan()
        config = book.claim(trial_id)
        if config is not None:
            return config_to_json(config)
        return Searcher.FINISHED if book.over else None

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Note a result; with a ``Scheduler`` that has been done."""
        if not self.scheduled:
            self.book.report(trial_id, result)

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """A trial ended; what we ended ourselves is known already."""
        self.book.close(trial_id, result, "it failed: see its error file" if error else "")

    def save(self, checkpoint_path: str) -> None:
        """Write the state as JSON."""
        history = self.book.optimizer.history
        objectives = [vars(objective) for objective in self.book.optimizer.objectives]
        state = {"autotune_search": FORMAT, "full": history.full, "objectives": objectives}
        state |= {"samples": history.budget.trials, **self.book.to_json()}
        Path(checkpoint_path).write_text(json.dumps(state))

    def restore(self, checkpoint_path: str) -> None:
        """Go on where ``save`` was called; part of ``Tuner.restore``."""
        state = read_state(Path(checkpoint_path).read_text(), checkpoint_path)
        self._book = self._begin(state["samples"])
        self.book.take_up(state)
        self.book.slots, self.restored = 1, True

    def __getstate__(self) -> dict[str, Any]:
        # what Tuner pickles is how to begin; how far it has come is in the file that `save` writes
        return {**self.__dict__, "_book": None, "_taken_up": True}

    def _begin(self, trials: int | None) -> Book:
        """An engine that was asked nothing yet; at the first call it also checks the arguments."""
        strategy, arguments = self._strategy, dict(self._arguments)
        if strategy == "auto" and not self.scheduled:
            strategy = "mobo+fifo"
        elif strategy == "auto" and self._budget is None:
            strategy = "mobo+asha"
            if trials is not None:  # so few fill no tall ladder: none would be trained in full
                eta, full = arguments.get("eta", 3), arguments["full"]
                arguments.setdefault("lowest", max(1, round(full / eta ** int(math.log(trials, eta) + 1e-9))))
        engine = Optimizer(strategy=strategy, trials=trials, **arguments)
        losses = ["loss", "train_loss"] if self._arguments.get("losses") else []
        return Book(engine, self._time, dict.fromkeys([*engine.learnt, *losses]))


def read_state(text: str, where: str) -> dict[str, Any]:
    """The state that a ``Search`` has saved.

    Raises:
        AutotuneError: it is none, or of a later version.
    """
    try:
        state = json.loads(text)
        version = state["autotune_search"]
    except (ValueError, KeyError, TypeError):
        raise AutotuneError(f"{where} holds no state of a search", "restore an experiment that used Search") from None
    if version != FORMAT:
        raise AutotuneError(
            f"{where} was written by a newer autotune (format {version}; this one knows {FORMAT})",
            "upgrade autotune: pip install -U autotune",
        )
    return dict(state)
