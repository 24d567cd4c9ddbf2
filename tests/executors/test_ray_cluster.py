import importlib.util
import queue
import socket
import threading

import pytest

from autotune.errors import AutotuneError
from autotune.executors import ray_head
from autotune.executors.ray import RayExecutor
from autotune.executors.ray_cluster import Need, Wish, join, need_of

CPUS = [{"CPU": 4.0}, {"CPU": 8.0}]
GPUS = [{"CPU": 4.0}, {"CPU": 16.0, "GPU": 2.0}]


@pytest.mark.parametrize(
    ("wish", "there", "need", "places"),
    [
        (Wish(threads=2), CPUS, Need(2, 0), 6),
        (Wish(workers=3), CPUS, Need(4, 0), 3),
        (Wish(workers=1), CPUS, Need(8, 0), 1),
        (Wish(workers=40), CPUS, Need(1, 0), 12),
        (Wish(), GPUS, Need(0, 1), 2),
        (Wish(per_device=4), GPUS, Need(0, 0.25), 8),
        (Wish(threads=6, per_device=4), GPUS, Need(6, 0.25), 2),
        (Wish(device="cpu", threads=4), GPUS, Need(4, 0), 5),
    ],
)
def test_what_a_worker_takes_and_for_how_many_there_is_room(wish, there, need, places):
    assert need_of(wish, there) == need
    assert sum(need.places(node) for node in there) == places


@pytest.mark.parametrize(
    ("wish", "needs"),
    [
        (Wish(threads=9), "9 CPUs"),
        (Wish(device="cuda", per_device=2), "0.5 GPU"),
        (Wish(device="cuda", threads=1), "1 CPU and 1 GPU"),
    ],
)
def test_what_no_node_has_is_refused(wish, needs):
    with pytest.raises(AutotuneError, match=f"a worker needs {needs}, and no node .*4 CPUs, 0 GPUs; 8 CPUs, 0 GPUs"):
        need_of(wish, CPUS)


def test_an_address_where_nothing_answers_is_refused_before_ray_waits_for_it():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and does not listen
        address = f"127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(AutotuneError, match=f"no Ray answers at {address}: Connection refused"):
            join(Wish(address))


@pytest.mark.parametrize("address", ["cluster", "ray://head:10001", "head:", "head:port"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(AutotuneError, match="is not understood"):
        join(Wish(address))


def test_without_ray_the_command_that_installs_it_is_told(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(AutotuneError, match=r"pip install 'autotune\[ray\]'"):
        RayExecutor("a:b", {}, Wish())


def test_a_cluster_that_is_gone_is_not_waited_for(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and does not listen
        address = f"127.0.0.1:{held.getsockname()[1]}"
        monkeypatch.setattr("ray._private.utils.read_ray_address", lambda: address)
        with pytest.raises(AutotuneError, match=f"no Ray answers at {address}"):
            join(Wish("auto"))


def test_a_machine_of_no_cluster_is_told_so(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr("ray._private.utils.read_ray_address", lambda: None)
    with pytest.raises(AutotuneError, match="this machine belongs to no Ray cluster"):
        join(Wish("auto"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_head_is_gone_when_it_has_not_answered_for_a_while(monkeypatch):
    monkeypatch.setattr(ray_head, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(ray_head, "GONE_SECONDS", 0.5)
    ended = threading.Event()

    def leave(code):
        ended.set()
        raise SystemExit(code)  # ends the thread: one that went on would end this process once nothing is patched

    monkeypatch.setattr(ray_head.os, "_exit", leave)
    told = queue.SimpleQueue()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        ray_head.watch(address, told.put)
        with pytest.raises(queue.Empty):
            told.get(timeout=1.0)
    assert told.get(timeout=10) == ray_head.HeadLost(address, "Connection refused")
    assert ended.wait(10), "whoever does not read it ends, too"


def test_a_ray_that_cannot_be_started_is_told_with_its_logs(monkeypatch):
    import ray

    def init(**options):
        raise Exception("The current node timed out during startup.\nAnd so on.")  # noqa: TRY002

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(AutotuneError, match=r"could not be started on this machine: .* during startup\.\n") as caught:
        join(Wish())
    assert "/tmp/ray/session_latest/logs" in caught.value.remedy
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(AutotuneError, match=f"Ray at '{address}' cannot be joined") as caught:
            join(Wish(address))
    assert "ray start --address" in caught.value.remedy
