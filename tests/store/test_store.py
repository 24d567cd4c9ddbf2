"""What every store must do, whatever database is behind it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.events import FULL, LEVELS, decide, event_sequences, result_of, without_files
from hypothesis import HealthCheck, given, settings

from autotune.budget import Budget
from autotune.decision import Score, Start, Stop, Thaw
from autotune.errors import AutotuneError
from autotune.history import Charged, Event, Extended, History, Lost, Returned
from autotune.store import Store, StudyStatus
from autotune.trial import Failure, FailureKind, SegmentStatus, TrialState

CONFIG = {"method": "lora", "lora.rank": 8, "lora.layers": (0, 1, 5), "lora.lr": 1e-3}
New = Callable[..., int]


class Book:
    """A study whose events go to the store and to a history side by side."""

    def __init__(self, store: Store, study: int) -> None:
        self.store, self.study, self.history, self.events = store, study, History(FULL), list[Event]()

    def add(self, event: Event, **more: bytes | None) -> None:
        assert self.store.append(self.study, event, **more)
        self.history = self.history.after(event)
        self.events.append(event)

    def start(self, end: int = 10) -> int:
        number = len(self.history.trials)
        self.add(decide(self.history, Start(CONFIG, end, "first", seed=4, bracket=1), {"trainable_params": 73728}))
        return number

    def holds(self) -> None:
        events = self.store.events(self.study)
        assert [revision for revision, _ in events] == list(range(1, len(self.events) + 1))
        assert [repr(e) for _, e in events] == [repr(e) for e in without_files(self.events)]
        assert repr(self.store.history(self.study)) == repr(self.history)
        bare = [replace(t, curve=(), failure=None, again=None) for t in self.history.trials.values()]
        assert repr([replace(t, failure=None) for t in self.store.trials(self.study)]) == repr(bare)
        assert self.store.check() == []


@pytest.fixture
def book(store: Store, new_study: New) -> Book:
    return Book(store, new_study(store))


class TestStudies:
    def test_what_goes_in_comes_out(self, store: Store, new_study: New) -> None:
        assert store.studies() == []
        study = new_study(store)
        row = store.study("mrpc")
        assert (row.id, row.name, row.status, row.message) == (study, "mrpc", StudyStatus.RUNNING, "")
        assert row.spec == {"model": "builtin/minilm", "seed": 3, "budget": ["20cpu-min"]}
        assert row.facts["task"] == {"labels": ["no", "yes"]}
        assert (row.levels, row.full, row.seed) == (LEVELS, FULL, 3)
        assert row.environment == {"python": "3.11"}
        assert row.space_digest == "abc"
        assert (row.revision, row.elapsed, row.counts, row.alive) == (0, 0.0, {}, False)

    def test_a_name_is_taken_once(self, store: Store, new_study: New) -> None:
        new_study(store)
        with pytest.raises(AutotuneError, match=r"study 'mrpc' already(.|\n)*autotune resume mrpc"):
            new_study(store)

    @pytest.mark.parametrize("name", ["", ".hidden", "a/b", "a b", "ü", "x" * 101, "..", "a\n"])
    def test_names_that_are_not_allowed(self, store: Store, new_study: New, name: str) -> None:
        with pytest.raises(AutotuneError, match="is not allowed"):
            new_study(store, name)

    def test_an_unknown_study_names_near_ones(self, store: Store, new_study: New) -> None:
        new_study(store, "mrpc-minilm")
        with pytest.raises(AutotuneError, match="did you mean mrpc-minilm"):
            store.study("mrpc-minlm")
        with pytest.raises(AutotuneError, match="autotune studies list"):
            store.study("zzz")

    def test_status_and_counts(self, book: Book) -> None:
        book.start()
        book.add(Returned(result_of(book.history, 0)))
        book.start()
        book.store.set_status(book.study, "complete", "the budget is spent")
        row = book.store.study("mrpc")
        assert (row.status, row.message) == (StudyStatus.COMPLETE, "the budget is spent")
        assert row.counts == {"paused": 1, "running": 1}
        assert (row.revision, row.elapsed) == (3, book.history.elapsed)

    def test_a_stop_is_asked_for_until_the_study_runs_again(self, store: Store, new_study: New) -> None:
        study = new_study(store)
        assert not store.stop_requested(study)
        assert not store.request_stop("mrpc")  # nobody is there to see it
        assert store.stop_requested(study)
        store.set_status(study, "running")
        assert not store.stop_requested(study)
        with store.acquire(study):
            assert store.request_stop("mrpc")
            assert store.study("mrpc").status is StudyStatus.STOPPING

    def test_deleting_takes_everything_and_numbers_are_not_given_again(self, book: Book, new_study: New) -> None:
        book.start()
        book.add(Returned(result_of(book.history, 0, checkpoint=b"state", predictions=b"{}")))
        other = new_study(book.store, "other")
        assert list(book.store.checkpoints.rglob("*.ckpt"))
        book.store.delete("mrpc")
        assert [s.name for s in book.store.studies()] == ["other"]
        assert list(book.store.checkpoints.rglob("*.ckpt")) == []
        assert book.store.check() == []
        assert new_study(book.store) > other > book.study
        with pytest.raises(AutotuneError, match="no study 'never'"):
            book.store.delete("never")


class TestEvents:
    def test_every_kind_comes_back_in_order(self, book: Book) -> None:
        book.add(Extended(Budget(device_seconds=1200.0, device="cpu")))
        book.add(Charged("startup", 3.25, "worker-0"))
        book.start()
        book.add(Returned(result_of(book.history, 0, seconds_by_kind={"train": 2.0}, measured={"latency_ms": 3.0})))
        book.add(decide(book.history, Thaw(0, FULL, "promising")))
        book.add(Lost(1, 0, 0, 4.0, "the worker was killed", "worker-0"))
        book.add(decide(book.history, Thaw(0, FULL, "again")))
        book.add(Returned(result_of(book.history, 0)))
        book.add(decide(book.history, Score(0, "finalist")))
        scored = result_of(book.history, 0, curve=(), held_out={"f1": 0.8}, predictions=b'{"labels": [1]}')
        book.add(Returned(scored))
        book.start()
        book.add(Returned(result_of(book.history, 1, 5, status=SegmentStatus.DEADLINE, curve=())))
        book.add(decide(book.history, Stop(1, "dominated")))
        book.holds()
        assert book.store.predictions(book.study, 0) == {"labels": [1]}
        assert book.store.predictions(book.study, 1) is None
        assert [(s.number, s.purpose, s.status, s.start, s.end) for s in book.store.segments(book.study)] == [
            (0, "train", "done", 0, 10),
            (1, "train", "lost", 10, 90),
            (2, "train", "done", 10, 90),
            (3, "score", "done", 90, 90),
            (4, "train", "deadline", 0, 10),
        ]
        assert [(d.number, d.revision, d.seen_revision, d.reason) for d in book.store.decisions(book.study)][-1] == (
            5, 13, 12, "dominated",
        )  # fmt: skip

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(events=event_sequences())
    def test_any_history_comes_back_exactly(self, store: Store, new_study: New, events: list[Event]) -> None:
        book = Book(store, new_study(store, f"study-{len(store.studies())}"))
        for event in events:
            book.add(event)
        book.holds()

    def test_studies_do_not_mix(self, book: Book, new_study: New) -> None:
        other = Book(book.store, new_study(book.store, "other"))
        for each in (book, other, book, other):
            each.start()
        book.add(Returned(replace(result_of(book.history, 1), trial=0, number=0)))
        book.holds()
        other.holds()

    def test_numbers_that_json_does_not_know(self, book: Book) -> None:
        book.start()
        wild = {"loss": math.nan, "train_loss": math.inf, "f1": -math.inf}
        book.add(Returned(result_of(book.history, 0, measured=wild)))
        measured = book.store.history(book.study).trials[0].measured
        assert math.isnan(measured["loss"])
        assert (measured["train_loss"], measured["f1"]) == (math.inf, -math.inf)

    def test_a_failure_keeps_its_traceback_whatever_is_in_it(self, book: Book) -> None:
        book.start()
        failure = Failure(FailureKind.OUT_OF_MEMORY, "no \0 memory", "line 1\nline \udcff 2 ü")
        book.add(Returned(result_of(book.history, 0, status=SegmentStatus.FAILED, failure=failure)))
        (row,) = book.store.failures(book.study)
        assert (row.segment, row.trial, row.kind) == (0, 0, "out_of_memory")
        assert (row.message, row.traceback) == ("no \\x00 memory", "line 1\nline \\udcff 2 ü")
        assert book.store.trials(book.study)[0].state is TrialState.FAILED


class TestRefusals:
    def test_a_result_counts_once(self, book: Book) -> None:
        book.start()
        result = Returned(result_of(book.history, 0, checkpoint=b"state"))
        book.add(result)
        assert not book.store.append(book.study, result)
        book.holds()
        assert book.store.checkpoint(book.study, 0) == b"state"
        assert book.store.garbage() == []

    def test_a_stale_attempt_is_refused_and_harmless(self, book: Book) -> None:
        book.start()
        late = Returned(result_of(book.history, 0, checkpoint=b"late"))
        book.add(Lost(0, 0, 0, 1.0, worker="worker-0"))
        book.add(decide(book.history, Thaw(0, 10, "again")))
        assert not book.store.append(book.study, late)
        assert not book.store.append(book.study, Returned(replace(late.result, number=1)))
        assert not book.store.append(book.study, Lost(0, 0, 0, 1.0))
        book.holds()
        assert list(book.store.checkpoints.rglob("*.ckpt")) == []

    @pytest.mark.parametrize("change", [{"number": 7}, {"trial": 1}, {"attempt": 1}])
    def test_a_result_of_nothing_is_refused(self, book: Book, change: dict[str, int]) -> None:
        book.start()
        assert not book.store.append(book.study, Returned(replace(result_of(book.history, 0), **change)))
        book.holds()

    def test_a_decision_is_made_once(self, book: Book) -> None:
        first = decide(book.history, Start(CONFIG, 10, "one"))
        book.add(first)
        with pytest.raises(AutotuneError, match="another process runs the study"):
            book.store.append(book.study, first)
        with pytest.raises(AutotuneError, match="has a trial 0 already"):
            book.store.append(book.study, replace(first, number=1))
        with pytest.raises(AutotuneError, match="has no trial 9"):
            book.store.append(book.study, replace(first, number=1, action=Stop(9, "")))
        book.holds()

    def test_unknown_studies(self, store: Store) -> None:
        with pytest.raises(AutotuneError, match="no study number 99"):
            store.append(99, Charged("startup", 1.0))
        with pytest.raises(AutotuneError, match="no study number 99"):
            store.history(99)
        with pytest.raises(AutotuneError, match="no study number 99"):
            store.acquire(99)


class TestAfterACrash:
    def test_running_segments_tell_how_long_they_certainly_ran(
        self, book: Book, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = [1000.0]
        monkeypatch.setattr("time.time", lambda: clock[0])
        lease = book.store.acquire(book.study, ttl=30)
        book.start()
        clock[0] += 20
        lease.renew(elapsed=21.0)
        clock[0] += 500  # killed, and resumed later
        again = book.store
        again.acquire(book.study).renew()
        (left,) = again.running_segments(book.study)
        assert (left.number, left.trial, left.attempt, left.start, left.end) == (0, 0, 0, 0, 10)
        assert left.held_seconds == 20.0
        assert again.study("mrpc").elapsed == 21.0

    def test_the_second_attempt_goes_on(self, book: Book) -> None:
        book.start()
        book.add(Returned(result_of(book.history, 0, checkpoint=b"at 10")))
        book.add(decide(book.history, Thaw(0, 30, "more")))
        for left in book.store.running_segments(book.study):
            book.add(Lost(left.number, left.trial, left.attempt, left.held_seconds))
        assert book.store.running_segments(book.study) == []
        assert book.store.checkpoint(book.study, 0) == b"at 10"
        book.add(decide(book.history, Thaw(0, 30, "again")))
        book.add(Returned(result_of(book.history, 0)), checkpoint=b"at 30")
        assert book.store.checkpoint(book.study, 0) == b"at 30"
        book.holds()


def test_the_url_hides_the_password(url: str, tmp_path: Path) -> None:
    with Store.open(url) as store:
        assert "not-a-secret" not in store.url + str(store) + repr(store)
        assert str(store.checkpoints).startswith(str(tmp_path))


def test_a_study_taken_in_has_the_rows_of_one_that_was_recorded(tmp_path):
    import sqlalchemy as sa
    from helpers.crowd import Crowd

    from autotune.store import tables as t

    crowd = Crowd(4)
    events = [*crowd.begin(), *(e for _ in range(12) for e in crowd.trial())]
    paused = [n for n, trial in crowd.history.trials.items() if trial.state.value == "paused"]
    events += [e for n in paused[:2] for e in crowd.thaw(n)]
    done = next(n for n, trial in crowd.history.trials.items() if trial.state.value == "complete")
    events += crowd.score(done)
    with Store.open(tmp_path / "a.db") as here, Store.open(tmp_path / "b.db") as there:
        from helpers.crowd import create

        study = create(here)
        for event in events:
            assert here.append(study, event)
        told = [(1.0, event) for event in events]
        assert there.take_in(here.study("crowd"), told) == study
        times = {"created", "updated", "made_at", "submitted_at", "at", "started", "ended"}
        for table in t.metadata.sorted_tables:
            if table is t.studies:
                continue
            columns = [c for c in table.c if c.name not in times]
            with here._read() as mine, there._read() as theirs:
                query = sa.select(*columns).order_by(*table.primary_key)
                assert mine.execute(query).all() == theirs.execute(query).all(), table.name
        assert there.study("crowd").revision == here.study("crowd").revision
        assert there.history(study) == here.history(study)
        with pytest.raises(AutotuneError, match="does not follow"):
            there.take_in(replace(here.study("crowd"), name="torn"), told[:-3] + told[-1:])
        assert [s.name for s in there.studies()] == ["crowd"]


def test_an_outline_adds_up_as_the_history_does(book: Book) -> None:
    for kind in ("startup", "calibration", "startup"):
        book.add(Charged(kind, 2.0, "worker-0"))
    book.add(Extended(Budget(device_seconds=600.0, trials=3)))
    for _ in range(3):
        book.start()
    for trial, seen in ((0, 10), (1, 10)):
        book.add(Returned(replace(result_of(book.history, trial, seen), number=trial)))
    book.add(decide(book.history, Thaw(0, FULL, "on")))
    book.add(Returned(result_of(book.history, 0)))
    book.add(decide(book.history, Score(0, "scored")))
    book.add(Returned(result_of(book.history, 0, curve=(), held_out={"f1": 0.8})))
    book.add(Lost(2, 2, 0, 5.0, "gone", "worker-1"))
    book.add(decide(book.history, Thaw(1, 30, "audit: would have been stopped")))
    found, whole = book.store.outline(book.study), book.store.history(book.study)
    assert (found.full, found.budget, found.revision, found.decisions) == (FULL, whole.budget, whole.revision, 6)
    assert found.spent == whole.spent
    assert [replace(t, curve=(), failure=None) for t in whole.running] == found.running
    for number, trial in whole.trials.items():
        short = found.trials[number]
        assert (short.state, short.kind, short.examples_seen) == (trial.state, trial.kind, trial.examples_seen)
        assert short.device_seconds == trial.device_seconds
    assert [d.trial for d in book.store.decisions(book.study, "audit: ")] == [1]
