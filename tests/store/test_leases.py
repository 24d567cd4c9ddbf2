from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from autotune.errors import AutotuneError
from autotune.history import Charged
from autotune.store import Store

New = Callable[..., int]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


def test_a_lease_is_renewed_released_and_taken_again(lite: Store, new_study: New, clock: list[float]) -> None:
    study = new_study(lite)
    with lite.acquire(study, ttl=30) as lease:
        clock[0] += 29
        lease.renew()
        clock[0] += 29
        with pytest.raises(AutotuneError, match="its lease ends in 1 s unless renewed"):
            lite.acquire(study)
        row = lite.study("mrpc")
        assert (row.alive, row.heartbeat) == (True, 1029.0)
    row = lite.study("mrpc")
    assert (row.alive, row.pid, row.host) == (False, None, None)
    lite.acquire(study).release()


def test_who_slept_too_long_is_shut_out(lite: Store, new_study: New, clock: list[float]) -> None:
    study = new_study(lite)
    sleeper = lite.acquire(study, ttl=30)
    clock[0] += 31
    with Store.open(lite.url) as other:
        successor = other.acquire(study)
        append = partial(lite.append, study, Charged("startup", 1.0))
        tell = partial(lite.set_status, study, "interrupted")
        for attempt in (sleeper.renew, append, tell):
            with pytest.raises(AutotuneError, match="'mrpc' was taken over by another process"):
                attempt()
        sleeper.release()  # harmless: the successor keeps it
        successor.renew()
        assert other.append(study, Charged("startup", 2.0))
        assert [e.seconds for _, e in other.events(study)] == [2.0]


def test_a_later_process_of_the_same_number_is_not_the_holder(
    lite: Store, new_study: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = new_study(lite)
    with monkeypatch.context() as patch:
        patch.setattr("autotune.store.leases._started", lambda pid: 5.0)
        lite.acquire(study, ttl=3600)
    lite.acquire(study)


def test_a_process_elsewhere_is_believed_until_its_lease_ends(
    lite: Store, new_study: New, monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    study = new_study(lite)
    with monkeypatch.context() as patch:
        patch.setattr("autotune.store.leases._machine", lambda: "another container")
        patch.setattr("os.getpid", lambda: 2**22 + 1)
        lite.acquire(study, ttl=30)
    with pytest.raises(AutotuneError, match="held by process 4194305"):
        lite.acquire(study)
    clock[0] += 31
    lite.acquire(study)
