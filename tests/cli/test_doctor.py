"""Each finding of the doctor, in a machine that has it."""

import importlib.metadata
import os
import socket
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import psutil
import pytest
import torch

from autotune.cli import health
from autotune.cli.health import cluster, disk, hub, machine, packages
from autotune.cli.health.disk import file_system


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    for name in ("RAY_ADDRESS", "AUTOTUNE_OFFLINE", "AUTOTUNE_DATA_DIR", "HF_ENDPOINT", *hub.OFFLINE):
        monkeypatch.delenv(name, raising=False)


def unused_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def test_it_looks_at_everything(run, monkeypatch):
    monkeypatch.setenv("AUTOTUNE_OFFLINE", "1")
    ran = run("doctor", "--json")
    names = [d["name"] for d in ran.data]
    assert names[:7] == ["python", "packages", "devices", "bf16", "memory", "config file", "environment"]
    assert names[7:11] == ["disk", "store", "hub", "ray"]
    assert set(names[11:]) == {f"extra {name}" for name in packages.EXTRAS}
    assert all(d["state"] == "ok" or d["remedy"] for d in ran.data)
    assert ran.code == (1 if any(d["state"] == "wrong" for d in ran.data) else 0)


def test_what_is_to_mend_stands_apart_from_what_is_to_know(run, monkeypatch, tmp_path):
    monkeypatch.setenv("AUTOTUNE_DATA_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    ran = run("doctor")
    assert ran.code == 1
    mend, know = ran.out.split("To mend:")[1].split("To know:")
    assert "environment: AUTOTUNE_DATA_DIR=" in mend
    assert "hub: unset HF_HUB_OFFLINE" in know


def test_a_sound_store_is_told(run, studied, monkeypatch):
    monkeypatch.setenv("AUTOTUNE_OFFLINE", "1")
    found = {d["name"]: d for d in run("doctor", "--json", "--store", studied).data}
    assert found["store"]["state"] == "ok"
    assert "2 studies, sound" in found["store"]["found"]


def test_it_sees_what_is_wrong(run, monkeypatch, tmp_path):
    folder = tmp_path / "config" / "autotune"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("modle = 1")
    (tmp_path / "broken.db").write_text("no database")
    monkeypatch.setenv("AUTOTUNE_OFFLINE", "1")
    monkeypatch.setenv("AUTOTUNE_DATA_DIR", "/nowhere")
    monkeypatch.setattr(disk, "file_system", lambda folder: "nfs4")
    ran = run("doctor", "--json", "--store", str(tmp_path / "broken.db"))
    wrong = {d["name"]: d["remedy"] for d in ran.data if d["state"] == "wrong"}
    assert ran.code == 1
    assert set(wrong) == {"config file", "environment", "disk", "store"}
    assert "AUTOTUNE_DATA_DIR" in wrong["environment"]
    assert "or PostgreSQL" in wrong["disk"]


def test_a_check_that_breaks_is_a_finding(monkeypatch):
    monkeypatch.setattr(machine, "memory", lambda: 1 / 0)
    found = {f.name: f for f in health.examine(None)}
    assert found["memory"].state == "wrong"
    assert "ZeroDivisionError" in found["memory"].found


def test_a_package_that_is_missing_or_old_is_named_with_its_command(monkeypatch):
    real = importlib.metadata.version

    def version(name):
        if name == "peft":
            raise importlib.metadata.PackageNotFoundError
        return "0.1" if name == "transformers" else real(name)

    monkeypatch.setattr(packages, "version", version)
    found = packages.required()
    assert found.state == "wrong"
    assert "peft is not installed" in found.found
    assert "transformers 0.1 is not >=" in found.found
    assert found.remedy.startswith("pip install 'peft>=")


def test_an_extra_that_is_missing_is_a_note(monkeypatch):
    real = packages._held
    monkeypatch.setattr(packages, "_held", lambda name: None if name == "dash" else real(name))
    found = {f.name: f for f in packages.extras()}
    assert found["extra dashboard"].state == "note"
    assert found["extra dashboard"].found == "autotune dashboard: dash is not installed"
    assert found["extra dashboard"].remedy == "pip install 'autotune[dashboard]'"
    assert found["extra report"].state == "ok"


@pytest.mark.parametrize(
    ("driver", "cuda", "load", "state", "says"),
    [
        (None, None, 0.0, "note", "charged as cpu time"),
        (None, None, 500.0, "note", "--threads 1"),
        ("/usr/bin/nvidia-smi", None, 0.0, "wrong", "--force-reinstall torch"),
        ("/usr/bin/nvidia-smi", "12.8", 0.0, "wrong", "CUDA_VISIBLE_DEVICES"),
    ],
)
def test_without_a_gpu_it_says_why(monkeypatch, driver, cuda, load, state, says):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(machine.shutil, "which", lambda _: driver)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    found = machine.devices()
    assert found.state == state
    assert says in found.remedy


@pytest.mark.parametrize(("free", "state"), [(120e9, "ok"), (3e9, "note")])
def test_a_gpu_that_others_fill_is_a_note(monkeypatch, free, state):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "H200")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free, 140e9))
    found = machine.devices()
    assert (found.state, found.found.startswith("H200")) == (state, True)
    assert ("others fill cuda:0" in found.remedy) == (state == "note")


@pytest.mark.parametrize(("good", "state"), [(True, "ok"), (False, "note")])
def test_bf16_that_a_gpu_emulates_is_a_note(monkeypatch, good, state):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: good)
    assert machine.precision().state == state


def test_little_memory_is_a_note(monkeypatch):
    held = namedtuple("Held", "available total")(1e9, 8e9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: held)
    assert machine.memory().state == "note"
    assert "1 GB of 8 GB" in machine.memory().found


def test_little_room_and_a_disk_that_takes_nothing(monkeypatch, tmp_path):
    url = str(tmp_path / "a.db")
    usage = namedtuple("Usage", "total used free")
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: usage(1e12, 1e12, 1e8))
    assert disk.disk(url).state == "note"
    assert "autotune studies gc" in disk.disk(url).remedy

    def full(dir):  # noqa: A002
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr(disk.tempfile, "TemporaryFile", full)
    found = disk.disk(url)
    assert found.state == "wrong"
    assert "takes no files: Read-only file system" in found.found
    assert file_system(tmp_path) != "unknown"


def test_an_older_store_is_a_note_and_a_newer_one_is_wrong(tmp_path, monkeypatch):
    from sqlalchemy import create_engine, text

    from autotune.store import Store, schema

    url = str(tmp_path / "a.db")
    Store.open(url).close()
    monkeypatch.setattr(schema, "REVISIONS", ("0000", *schema.REVISIONS))
    for version, state in (("0000", "note"), ("9999", "wrong")):
        engine = create_engine(f"sqlite:///{url}")
        with engine.begin() as connection:
            connection.execute(text("update alembic_version set version_num = :v"), {"v": version})
        engine.dispose()
        found = {f.name: f for f in health.examine(url)}["store"]
        assert found.state == state, found
        assert found.remedy


class Answers(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(int(self.path.strip("/") or 200))
        self.end_headers()

    def log_message(self, *given):
        pass


def test_the_hub_is_asked_where_it_shall_be(monkeypatch):
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_address[1]}"
        for path, state in (("", "ok"), ("/401", "ok"), ("/503", "note")):
            monkeypatch.setenv("HF_ENDPOINT", there + path)
            assert hub.hub().state == state, path
        server.shutdown()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused_port()}")
    assert "cannot be reached" in hub.hub().found
    monkeypatch.setenv("HF_ENDPOINT", "hub")
    assert hub.hub().state == "wrong"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE set" in hub.hub().found
    monkeypatch.setenv("AUTOTUNE_OFFLINE", "1")
    assert hub.hub().state == "ok"


def test_ray_is_asked_where_it_would_be_joined(monkeypatch):
    known = "autotune.executors.ray_address.known_cluster"
    gone = f"127.0.0.1:{unused_port()}"
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setattr(known, lambda: there)
        assert f"a cluster answers at {there}" in cluster.ray().found
    monkeypatch.setattr(known, lambda: gone)
    assert cluster.ray().state == "note"
    monkeypatch.setattr(known, lambda: None)
    assert "belongs to no cluster" in cluster.ray().found
    for address in (gone, "ray://head:10001"):
        monkeypatch.setenv("RAY_ADDRESS", address)
        assert cluster.ray().state == "wrong"
        assert cluster.ray().remedy.startswith("unset RAY_ADDRESS, or ")

    def missing(name):
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(cluster, "version", missing)
    assert cluster.ray().found == "not installed; only --executor ray needs it"
