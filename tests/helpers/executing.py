"""What every executor that runs processes has to do, with the workers of ``fake_worker``."""

from __future__ import annotations

import os
import signal
import time

import pytest

from autotune.errors import AutotuneError
from autotune.executors.base import Ready
from autotune.history import Lost
from autotune.trial import FailureKind, Segment, SegmentResult, SegmentStatus

FACTORY = "helpers.fake_worker:create"


def segment(number, do="work", **config):
    """One that does as told."""
    return Segment(number, number, 0, {"do": do, **config}, 0, 0, 10, 10)


def collect(executor, count, kinds=(SegmentResult, Lost)):
    """The next items of those kinds; fewer after half a minute."""
    found = []
    until = time.monotonic() + 30
    while len(found) < count and time.monotonic() < until:
        found += [i for i in executor.wait(1.0) if isinstance(i, kinds)]
    return found


class ExecutorConformance:
    """Needs a fixture ``start(workers=1, arguments={"a": 1}, **options)`` → (executor, ready) that closes them."""

    def test_workers_start_tell_their_facts_and_work(self, start):
        executor, ready = start(2)
        assert [r.worker for r in ready] == ["worker-0", "worker-1"]
        assert ready[0].info["arguments"] == {"a": 1}
        assert executor.capacity() == 2
        executor.submit(segment(0))
        executor.submit(segment(1, bytes=3_000_000))
        with pytest.raises(AutotuneError, match="no worker is free"):
            executor.submit(segment(2))
        results = {r.number: r for r in collect(executor, 2)}
        assert {r.status for r in results.values()} == {SegmentStatus.DONE}
        assert len(results[1].checkpoint) == 3_000_000

    def test_cancel_reaches_a_running_segment(self, start):
        executor, _ = start()
        executor.submit(segment(0, "long"))
        assert not executor.wait(0.2)
        executor.cancel()
        assert collect(executor, 1)[0].status is SegmentStatus.CANCELLED
        executor.submit(segment(1))
        assert collect(executor, 1)[0].status is SegmentStatus.DONE

    def test_a_dead_worker_loses_its_segment_and_is_replaced(self, start):
        executor, ready = start()
        executor.submit(segment(4, "die"))
        (lost,) = collect(executor, 1)
        assert isinstance(lost, Lost)
        assert (lost.number, lost.attempt, lost.worker) == (4, 0, "worker-0")
        (again,) = collect(executor, 1, (Ready,))
        assert again.info["pid"] != ready[0].info["pid"]
        executor.submit(segment(5))
        assert collect(executor, 1)[0].number == 5

    def test_a_worker_that_is_killed_loses_its_segment(self, start):
        executor, ready = start(2)
        executor.submit(segment(0, "long"))
        executor.submit(segment(1, "long"))
        os.kill(ready[0].info["pid"], signal.SIGKILL)
        lost, again = collect(executor, 2, (Lost, Ready))  # a quick one may be back before the loss is looked at
        assert isinstance(lost, Lost)
        assert lost.worker == again.worker == "worker-0"
        assert executor.capacity() == 2
        executor.cancel()
        assert collect(executor, 1)[0].number == 1 - lost.number

    def test_a_hanging_worker_is_killed_and_counted(self, start):
        executor, _ = start(hang_seconds=0.3)
        executor.submit(segment(0, "hang"))
        (result,) = collect(executor, 1)
        assert result.status is SegmentStatus.FAILED
        assert result.failure.kind is FailureKind.HANG
        assert result.device_seconds >= 0.3
        assert len(collect(executor, 1, (Ready,))) == 1

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"refuse": 1}, "model 'nope' is unknown"),
            ({"crash": 1}, "ValueError: boom"),
            ({"exit": 1}, "before it was ready"),
        ],
    )
    def test_a_worker_that_cannot_start_says_why(self, start, arguments, message):
        with pytest.raises(AutotuneError, match=message):
            start(arguments=arguments)
