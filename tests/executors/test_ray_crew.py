"""What the crew makes of the answers of its actors, without Ray."""

from __future__ import annotations

import time

import pytest
from helpers.executing import segment

from autotune.errors import AutotuneError
from autotune.executors import ray_crew, ray_standing
from autotune.executors.base import Ready, Told
from autotune.executors.process import MOST_DEATHS, StartError
from autotune.executors.ray_actor import Here
from autotune.executors.ray_cluster import Need
from autotune.executors.ray_crew import Capacity, Crew
from autotune.executors.ray_member import Done, Member
from autotune.executors.ray_standing import Gathered
from autotune.history import Lost
from autotune.trial import FailureKind, SegmentResult, SegmentStatus


class Puppet(Member):
    """Notes its calls; the test answers them."""

    def create(self):
        self.calls = ["create"]
        self.ready = self.placed = False

    def kill(self, *, restart):
        self.calls.append(f"kill {restart}")

    def _call(self, group, method, *arguments, number=-1, tries=0):
        self.calls.append(method)
        self.given = arguments


class Stage:
    """A crew of puppets, and what the controller was sent."""

    def __init__(self, count=2, places=2, hang_seconds=600.0):
        self.sent = []
        arguments = {"a": 1, "threads": None}
        self.crew = Crew("x:y", arguments, Need(2, 0), count, hang_seconds, self.sent.append, lambda _: None)
        self.members = list(self.crew._members)
        self.crew.gather(places)

    def answer(self, index, call, answer=None, error=None, number=-1):
        self.crew.take(Done(index, call, number, answer, error))

    def ready(self, index, life):
        self.answer(index, "hello", Here(life, "node", 7))
        self.answer(index, "start", Ready(f"worker-{index}", 1.0, {}))

    def all_ready(self):
        for member in self.members:
            self.ready(member.index, f"first of {member.index}")
        self.crew.look_after()
        self.sent.clear()
        return self

    def got(self, kind):
        return [item for item in self.sent if isinstance(item, kind)]


@pytest.fixture(autouse=True)
def _puppets(monkeypatch):
    monkeypatch.setattr(ray_crew, "Member", Puppet)
    monkeypatch.setattr(ray_crew, "words", str)
    monkeypatch.setattr(ray_crew, "gone_for_good", lambda error: isinstance(error, StopIteration))


def result(number):
    return SegmentResult(number, number, 0, SegmentStatus.DONE, 10)


def test_the_crew_is_gathered_when_those_with_room_are_ready():
    stage = Stage(count=3, places=2)
    stage.ready(0, "a")
    stage.crew.look_after()
    assert not stage.got(Gathered)
    stage.ready(1, "b")
    stage.crew.look_after()
    assert stage.got(Gathered)
    assert stage.got(Told)[0].text == "1 of 3 workers has no room in Ray yet and will join later"
    stage.ready(2, "c")
    assert stage.got(Capacity)[-1].count == 3


def test_threads_that_nobody_chose_are_the_cpus_of_a_worker():
    stage = Stage()
    stage.answer(0, "hello", Here("a", "node", 7))
    assert stage.members[0].given == ({"a": 1, "threads": 2},)


def test_a_segment_whose_worker_died_is_lost_and_its_result_never_counts():
    stage = Stage().all_ready()
    stage.crew.submit(segment(5))
    stage.answer(0, "run", error=OSError("socket closed"), number=5)
    (lost,) = stage.got(Lost)
    assert (lost.number, lost.worker) == (5, "worker-0")
    assert lost.message == "worker 0 at node:7 was lost: socket closed"
    assert stage.got(Capacity)[-1].count == 1
    stage.answer(0, "run", result(5), number=5)
    assert not stage.got(SegmentResult)


def test_an_actor_that_was_out_of_reach_and_lives_is_ended_before_it_works_again():
    stage = Stage().all_ready()
    stage.crew.submit(segment(5))
    stage.answer(0, "run", error=OSError("unreachable"), number=5)
    stage.answer(0, "hello", Here("first of 0", "node", 7))
    assert stage.members[0].calls[-2:] == ["kill True", "hello"]
    stage.ready(0, "second of 0")
    assert stage.members[0].calls[-1] == "start"
    assert stage.got(Capacity)[-1].count == 2


def test_a_segment_for_a_worker_that_just_died_goes_to_the_next_free_one():
    stage = Stage(count=1, places=1).all_ready()
    stage.answer(0, "silence", error=OSError())
    assert stage.got(Capacity)[-1].count == 0
    stage.crew.submit(segment(5))
    assert "run" not in stage.members[0].calls
    stage.ready(0, "second")
    assert stage.members[0].calls[-1] == "run"


def test_a_worker_that_makes_no_step_is_killed():
    stage = Stage(hang_seconds=0.05).all_ready()
    stage.crew.submit(segment(5))
    time.sleep(0.06)
    stage.crew.look_after()
    assert stage.got(SegmentResult)[0].failure.kind is FailureKind.HANG
    assert stage.members[0].calls[-2:] == ["kill True", "hello"]


def test_a_worker_that_makes_steps_is_not():
    stage = Stage(hang_seconds=0.05).all_ready()
    stage.crew.submit(segment(5))
    time.sleep(0.06)
    stage.answer(0, "silence", 0.01)
    stage.crew.look_after()
    assert not stage.got(SegmentResult)


def test_an_actor_that_ray_gave_up_is_made_anew():
    stage = Stage().all_ready()
    stage.answer(1, "silence", error=OSError())
    stage.answer(1, "hello", error=StopIteration("for good"))
    assert stage.members[1].calls == ["create"]


def test_a_late_worker_that_cannot_start_is_left_out_and_named():
    stage = Stage(count=3, places=2)
    stage.ready(0, "a")
    stage.ready(1, "b")
    stage.crew.look_after()
    stage.answer(2, "hello", Here("c", "far", 9))
    stage.answer(2, "start", StartError({"message": "no such model", "remedy": None}, ""))
    assert stage.got(Told)[-1].text == "worker 2 at far:9 could not start, and is left out: no such model"
    assert stage.members[2].calls[-1] == "kill False"


def test_a_first_worker_that_cannot_start_ends_the_search():
    with pytest.raises(AutotuneError, match="no such model"):
        Stage().answer(0, "start", StartError({"message": "no such model", "remedy": None}, ""))


def test_workers_that_always_die_end_the_crew():
    stage = Stage(count=1, places=1).all_ready()
    with pytest.raises(AutotuneError, match=f"every worker died {MOST_DEATHS} times in a row"):
        for number in range(20):
            stage.crew.submit(segment(number))
            stage.answer(0, "run", error=OSError(), number=number)
            stage.ready(0, f"life {number}")


def test_results_between_deaths_forgive_them():
    stage = Stage(count=1, places=1).all_ready()
    for number in range(0, 40, 2):
        stage.crew.submit(segment(number))
        stage.answer(0, "run", error=OSError(), number=number)
        stage.ready(0, f"life {number}")
        stage.crew.submit(segment(number + 1))
        stage.answer(0, "run", result(number + 1), number=number + 1)
    assert len(stage.got(SegmentResult)) == 20


def test_without_room_for_too_long_the_search_ends(monkeypatch):
    stage = Stage(count=1, places=1).all_ready()
    stage.answer(0, "silence", error=OSError())
    monkeypatch.setattr(ray_standing, "ALONE_SECONDS", 0.0)
    stage.crew.look_after()
    assert "waiting for Ray to place one, which needs 2 CPUs" in stage.got(Told)[0].text
    monkeypatch.setattr(ray_standing, "ROOM_SECONDS", 0.0)
    with pytest.raises(AutotuneError, match="had no room for a worker, which needs 2 CPUs"):
        stage.crew.look_after()
