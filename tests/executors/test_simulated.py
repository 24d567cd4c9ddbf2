import pytest

from autotune.executors.simulated import SimulatedExecutor
from autotune.trial import CurvePoint, Segment, SegmentResult, SegmentStatus


def answer(segment):
    seconds = float(segment.end - segment.start)
    curve = (CurvePoint(segment.end, {"score": 0.5}, seconds),)
    return SegmentResult(
        segment.number, segment.trial, segment.attempt, SegmentStatus.DONE, segment.end, curve, seconds
    )


def segment(number, end, deadline=None):
    return Segment(number, number, 0, {}, 0, 0, end, 100, deadline=deadline)


def test_results_come_in_the_order_of_the_virtual_clock():
    executor = SimulatedExecutor(answer, {}, workers=2, startup_seconds=3)
    assert [r.startup_seconds for r in executor.start()] == [3, 3]
    executor.submit(segment(0, 50))
    executor.submit(segment(1, 20))
    assert [executor.wait()[0].number, executor.wait()[0].number] == [1, 0]
    assert executor.clock() == 53


def test_a_timeout_moves_the_clock_and_returns_nothing():
    executor = SimulatedExecutor(answer, {})
    executor.submit(segment(0, 50))
    assert executor.wait(10) == []
    assert executor.clock() == 10
    assert executor.wait(100)[0].ended_at == 50


def test_a_deadline_cuts_the_segment():
    executor = SimulatedExecutor(answer, {})
    executor.submit(segment(0, 50, deadline=20))
    (result,) = executor.wait()
    assert (result.status, result.examples_seen, result.curve) == (SegmentStatus.DEADLINE, 20, ())
    assert result.device_seconds == 20


def test_what_the_controller_thinks_passes_on_the_clock_while_others_go_on():
    real = iter([0.0, 2.0, 2.5, 12.5, 12.5, 15.5, 15.5])  # at start; before and after each call
    executor = SimulatedExecutor(answer, {}, workers=2, thinking=lambda: next(real))
    executor.start()
    executor.submit(segment(0, 5))  # thought about for 2 s; answering it takes nobody's time
    executor.submit(segment(1, 50))  # 10 s more
    (first,) = executor.wait()
    assert (first.started_at, first.ended_at) == (2.0, 7.0)
    assert executor.clock() == 15.0  # it was done before the controller asked


def test_what_is_thought_aside_passes_beside_the_devices():
    real = [0.0]
    executor = SimulatedExecutor(answer, {}, thinking=lambda: real[0])
    executor.start()
    executor.submit(segment(0, 5))

    def work():
        real[0] += 8.0
        return "found"

    ask = executor.aside(work)
    assert executor.clock() == 0.0
    assert executor.wait()[0].ended_at == 5.0
    assert ask() == "found"  # 3 s too early
    assert executor.clock() == 8.0
    real[0] += 1.0
    assert ask() == "found"
    assert executor.clock() == 9.0


def test_what_goes_wrong_aside_is_raised_where_it_is_asked_for():
    def work():
        raise ValueError("singular")

    ask = SimulatedExecutor(answer, {}).aside(work)
    with pytest.raises(ValueError, match="singular"):
        ask()
