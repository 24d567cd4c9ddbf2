import threading

import pytest

from autotune.aside import in_a_thread, when_asked


@pytest.mark.parametrize("aside", [when_asked, in_a_thread])
def test_work_is_done_once_and_gives_its_result_or_its_error(aside):
    done = []
    ask = aside(lambda: done.append(1) or len(done))
    assert [ask(), ask()] == [1, 1]

    def fail():
        raise ValueError("singular")

    ask = aside(fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="singular"):
            ask()


def test_nothing_is_done_before_it_is_asked_for_unless_there_is_a_thread():
    began, go_on = threading.Event(), threading.Event()
    when_asked(began.set)
    assert not began.is_set()
    ask = in_a_thread(lambda: began.set() or go_on.wait(10))
    assert began.wait(10)
    go_on.set()
    assert ask() is True
