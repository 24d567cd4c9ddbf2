"""What the engine is asked and told when Tune reports, without Tune."""

import json
import math

import pytest

from autotune.errors import AutotuneError
from autotune.integrations.tune.book import Book, Verdict
from autotune.optimizer import Optimizer
from autotune.trial import TrialState

SPACE = {"name": "made", "parameters": {"x": {"type": "float", "low": 0.0, "high": 1.0}}}
GOALS = {"score": "maximize", "loss": "minimize"}


def book(strategy="random+asha", trials=8, slots=2, **more):
    made = Book(Optimizer(SPACE, GOALS, strategy, full=9, trials=trials, **more), "epoch", list(GOALS))
    made.slots = slots
    return made


def result(config, epoch, **more):
    return {"epoch": epoch, "score": config["x"] - 1 / epoch, "loss": config["x"] ** 2, "time_this_iter_s": 2.0} | more


class Tune:
    """Runs what the book asks for, as Tune would: an epoch of each running trial in turn."""

    def __init__(self, made):
        self.book, self.at, self.configs = made, {}, {}
        self.running, self.paused, self.most = [], [], 0

    def fill(self):
        self.book.plan()
        name = f"t{len(self.at)}"
        if (config := self.book.claim(name)) is not None:
            self.at[name], self.configs[name] = 0, config
            self.running.append(name)
        for name in self.book.thaws():
            self.book.thawed(name)
            self.paused.remove(name)
            self.running.append(name)
        self.most = max(self.most, len(self.running))

    def epoch(self, name):
        self.at[name] += 1
        verdict = self.book.report(name, result(self.configs[name], self.at[name]))
        if verdict is not Verdict.GO_ON:
            self.running.remove(name)
        if verdict is Verdict.PAUSE:
            self.paused.append(name)

    def run(self, epochs=10_000):
        while not self.book.over and epochs:
            self.fill()
            for name in list(self.running):
                self.epoch(name)
                epochs -= 1
                if not epochs:
                    return self
        return self


def states(made):
    return [t.state for t in made.optimizer.history.trials.values()]


@pytest.mark.parametrize("strategy", ["random+asha", "tpe+hyperband", "mobo+freeze-thaw"])
def test_trials_pause_thaw_and_end_within_the_slots(strategy):
    tune = Tune(book(strategy, 12)).run()
    assert tune.most == 2
    assert len(tune.at) == 12
    assert TrialState.COMPLETE in states(tune.book)
    history = tune.book.optimizer.history
    assert {name: t.examples_seen for name, t in zip(tune.at, history.trials.values(), strict=True)} == tune.at
    assert history.device_seconds == 2 * sum(tune.at.values())
    assert all(tune.book.given_up(name) for name in tune.paused)


def test_early_stopping_keeps_what_is_best_by_either_objective():
    tune = Tune(book(trials=27, slots=1)).run()
    done = [t.config["x"] for t in tune.book.optimizer.complete()]
    every = sorted(t.config["x"] for t in tune.book.optimizer.history.trials.values())
    assert len(done) < len(every)
    assert every[0] in done, "the lowest loss, though its score is the worst of all"
    assert every[-1] in done, "the highest score, though its loss is"


def test_a_trial_that_goes_on_at_once_keeps_its_place():
    made = book("random+fifo", slots=1)
    made.plan()
    config = made.claim("a")
    assert [made.report("a", result(config, e)) for e in range(1, 10)] == [Verdict.GO_ON] * 8 + [Verdict.STOP]
    made = book("random+asha", slots=1, trials=2)
    made.plan()
    config = made.claim("a")
    assert made.report("a", result(config, 1)) is Verdict.PAUSE


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"score": math.nan}, "it reported score=nan"),
        ({"loss": math.inf}, "it reported loss=inf"),
        ({"loss": "low"}, "which is no number"),
        ({"score": None}, "which is no number"),
    ],
)
def test_a_bad_result_is_one_failed_trial(bad, why):
    made = book()
    made.plan()
    config = made.claim("a")
    assert made.report("a", result(config, 1, **bad)) is Verdict.STOP
    (trial,) = made.optimizer.history.trials.values()
    assert trial.state is TrialState.FAILED
    assert why in trial.failure.message
    assert trial.device_seconds == 2.0


def test_a_missing_objective_fails_the_trial_and_a_missing_fidelity_the_run():
    made = book()
    made.plan()
    config = made.claim("a")
    given = result(config, 1)
    del given["loss"]
    assert made.report("a", given) is Verdict.STOP
    assert "did not report 'loss'" in made.optimizer.history.trials[0].failure.message
    made.plan()
    made.claim("b")
    with pytest.raises(AutotuneError, match="a result has no 'epoch', only loss"):
        made.report("b", {"loss": 1.0})


def test_nan_between_rungs_is_forgiven():
    made = book("random+fifo")
    made.plan()
    config = made.claim("a")
    for epoch in range(1, 10):
        made.report("a", result(config, epoch, **({"loss": math.nan} if epoch == 4 else {})))
    (trial,) = made.optimizer.complete()
    assert [p.examples for p in trial.curve] == [1, 2, 3, 5, 6, 7, 8, 9]


def test_a_training_that_ends_by_itself_is_a_full_one():
    made = book("random+fifo")
    made.plan()
    config = made.claim("a")
    made.report("a", result(config, 4))
    assert made.report("a", result(config, 4, done=True)) is Verdict.STOP
    (trial,) = made.optimizer.complete()
    assert trial.value("score") == config["x"] - 1 / 4
    assert trial.device_seconds == 2.0, "Tune gives the last result twice"


def test_a_trial_that_somebody_stops_counts_as_far_as_it_came():
    made = book("random+fifo")
    made.plan()
    config = made.claim("a")
    made.report("a", result(config, 1))
    made.close("a", result(config, 2))
    (trial,) = made.optimizer.history.trials.values()
    assert (trial.state, trial.examples_seen, trial.device_seconds) == (TrialState.STOPPED, 2, 4.0)
    made.plan()
    made.claim("b")
    made.close("b", error="it failed: see its error file")
    assert states(made)[1] is TrialState.FAILED


def test_a_paused_trial_that_somebody_stops_is_not_asked_again():
    made = book(slots=1, trials=3)
    tune = Tune(made).run(1)
    assert tune.paused == ["t0"]
    made.close("t0")
    assert states(made)[0] is TrialState.STOPPED
    tune.paused.clear()
    assert tune.run().at["t0"] == 1


@pytest.mark.parametrize("epochs", [1, 2, 5, 9, 14])
def test_a_restored_book_goes_on_as_if_nothing_had_been(epochs):
    whole = Tune(book(slots=1)).run()
    tune = Tune(book(slots=1)).run(epochs)
    state = json.loads(json.dumps(tune.book.to_json()))
    tune.book = book(slots=1)
    tune.book.take_up(state)
    tune.running = [name for name in tune.at if tune.book.runs(name)]
    tune.paused = [name for name in tune.paused if name not in tune.running]
    tune.run()
    assert tune.at == whole.at
    assert tune.book.optimizer.history.trials == whole.book.optimizer.history.trials


def test_what_tune_forgot_in_a_kill_is_asked_again():
    made = book(slots=2)
    made.plan()
    config = made.claim("a")
    made.settle(known=())
    made.plan()
    assert made.claim("b") == config
    assert made.numbers == {"b": 0}


def test_a_failed_trial_that_tune_takes_up_goes_on():
    made = book()
    made.plan()
    config = made.claim("a")
    made.close("a", error="the node went away")
    made.again("a")
    assert made.runs("a")
    made.report("a", result(config, 1))
    assert states(made)[0] is not TrialState.FAILED
